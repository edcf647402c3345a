#include "rasd/port/dtr.h"

#include <gtest/gtest.h>

namespace offhook::port {
namespace {

constexpr Duration off_for = 100ms;
constexpr Instant start{};

TEST(dtr, a_rise_without_a_fall_is_told_at_once) {
  Dtr dtr(off_for);
  EXPECT_TRUE(dtr.rise());
  EXPECT_FALSE(dtr.rise_waits());
  EXPECT_FALSE(dtr.next_timeout());
}

TEST(dtr, off_is_counted_from_the_answer_of_the_devices_side) {
  Dtr dtr(off_for);
  auto const fall = dtr.fall(start);
  dtr.fell(start + 3s, fall);
  EXPECT_FALSE(dtr.rise());
  EXPECT_TRUE(dtr.rise_waits());
  EXPECT_EQ(dtr.next_timeout(), start + 3s + off_for);
  EXPECT_FALSE(dtr.on_timeout(start + 3s + off_for - 1ns));
  EXPECT_TRUE(dtr.on_timeout(start + 3s + off_for));
  EXPECT_FALSE(dtr.on_timeout(start + 3s + off_for));
  EXPECT_TRUE(dtr.rise());
}

TEST(dtr, a_rise_that_is_wanted_before_the_answer_waits_for_it) {
  Dtr dtr(off_for);
  auto const fall = dtr.fall(start);
  EXPECT_FALSE(dtr.rise());
  EXPECT_FALSE(dtr.on_timeout(start + off_for));
  dtr.fell(start + 2s, fall);
  EXPECT_TRUE(dtr.rise_waits());
  EXPECT_TRUE(dtr.on_timeout(start + 2s + off_for));
}

TEST(dtr, a_fall_that_the_bank_does_not_answer_holds_a_rise_up_for_five_seconds) {
  Dtr dtr(off_for);
  auto const fall = dtr.fall(start);
  EXPECT_FALSE(dtr.rise());
  EXPECT_EQ(dtr.next_timeout(), start + 5s);
  EXPECT_FALSE(dtr.on_timeout(start + 5s - 1ns));
  EXPECT_TRUE(dtr.on_timeout(start + 5s));
  dtr.fell(start + 6s, fall);
  EXPECT_FALSE(dtr.next_timeout());
  EXPECT_TRUE(dtr.rise());
}

TEST(dtr, a_rise_that_is_wanted_after_those_five_seconds_is_told_at_once) {
  Dtr dtr(off_for);
  dtr.fall(start);
  EXPECT_FALSE(dtr.on_timeout(start + 5s));
  EXPECT_TRUE(dtr.rise());
}

TEST(dtr, an_answer_to_an_older_fall_or_of_a_closed_tty_says_nothing) {
  Dtr dtr(off_for);
  auto const older = dtr.fall(start);
  auto const newer = dtr.fall(start + 1s);
  dtr.fell(start + 2s, older);
  EXPECT_EQ(dtr.next_timeout(), start + 6s);
  dtr.forget();
  EXPECT_FALSE(dtr.next_timeout());
  dtr.fell(start + 3s, newer);
  EXPECT_TRUE(dtr.rise());
}

}  // namespace
}  // namespace offhook::port
