#include "emulator/loop/loop.h"

#include <gtest/gtest.h>

namespace offhook::loop {
namespace {

TEST(Loop, every_modulation_names_its_own_row) {
  EXPECT_EQ(name(Modulation::bell103), "bell103");
  EXPECT_EQ(name(Modulation::v90), "v90");
  EXPECT_EQ(max_rate_bps(Modulation::v22bis), 2400u);
  EXPECT_EQ(max_rate_bps(Modulation::v34), 33600u);
}

TEST(Loop, causes_have_the_words_of_q850) {
  EXPECT_EQ(name(Cause::user_busy), "user busy");
  EXPECT_EQ(name(Cause::no_circuit_available), "no circuit available");
}

TEST(Loop, events_and_acts_read_as_one_line) {
  EXPECT_EQ(describe(Event(RingOn{1})), "ring on (pattern 1)");
  EXPECT_EQ(describe(Event(Cleared{Cause::user_busy})), "cleared: user busy");
  EXPECT_EQ(
      describe(Event(CarrierUp{Modulation::v34, 33600, 31200, ErrorControl::lapm, Compression::v42bis})),
      "carrier up v34 33600/31200 lapm v42bis");
  EXPECT_EQ(describe(Act(Digits{"5550101", true})), "pulses 5550101");
}

}  // namespace
}  // namespace offhook::loop
