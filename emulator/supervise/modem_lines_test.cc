#include "emulator/supervise/modem_lines.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace offhook::supervise {
namespace {

using v24::Circuit;

v24::Circuits on(std::initializer_list<Circuit> circuits) {
  v24::Circuits set;
  for (auto const circuit : circuits) set.set(circuit, true);
  return set;
}

TEST(ModemLines, each_circuit_is_its_tiocm_bit) {
  EXPECT_EQ(to_tiocm({}), 0);
  EXPECT_EQ(to_tiocm(on({Circuit::rts})), TIOCM_RTS);
  EXPECT_EQ(to_tiocm(on({Circuit::cts})), TIOCM_CTS);
  EXPECT_EQ(to_tiocm(on({Circuit::dsr})), TIOCM_DSR);
  EXPECT_EQ(to_tiocm(on({Circuit::dtr})), TIOCM_DTR);
  EXPECT_EQ(to_tiocm(on({Circuit::dcd, Circuit::ri})), TIOCM_CAR | TIOCM_RNG);
}

TEST(ModemLines, without_a_dce_its_circuits_are_off) {
  EXPECT_EQ(without_dce(v24::Circuits(0x3f)), on({Circuit::rts, Circuit::dtr}));
}

TEST(ModemLines, a_format_is_what_a_termios_says) {
  constexpr uint32_t sticky = 0x40000000;  // CMSPAR
  struct Case {
    uint32_t cflag;
    char const* format;
  };
  for (auto const& [cflag, format] :
       {Case{CS8, "8N1"}, Case{CS8 | CSTOPB, "8N2"}, Case{CS7 | PARENB, "7E1"},
        Case{CS7 | PARENB | PARODD, "7O1"}, Case{CS7 | PARENB | sticky, "7S1"},
        Case{CS7 | PARENB | PARODD | sticky, "7M1"}, Case{CS7 | PARODD, "7N1"}, Case{CS5 | CSTOPB, "5N2"},
        Case{CS6 | PARENB | CSTOPB, "6E2"}, Case{CS8 | PARENB, "8E1"}}) {
    EXPECT_EQ(v24::text(format_of(cflag)), format);
    // What a pty keeps of it, and what it forgets.
    uint32_t const kept = (cflag & ~static_cast<uint32_t>(CSIZE | PARENB)) | CS8 | CREAD;
    EXPECT_EQ(with_format(kept, format_of(cflag)), cflag | CREAD) << format;
  }
}

TEST(ModemLines, bis_sets_what_it_names_and_bic_clears_it) {
  auto const up = wish(TIOCMBIS, TIOCM_DTR);
  EXPECT_EQ(up.mask, on({Circuit::dtr}));
  EXPECT_EQ(up.values, on({Circuit::dtr}));
  auto const down = wish(TIOCMBIC, TIOCM_RTS | TIOCM_DTR);
  EXPECT_EQ(down.mask, on({Circuit::rts, Circuit::dtr}));
  EXPECT_EQ(down.values, v24::Circuits());
}

TEST(ModemLines, set_means_both_lines_of_the_dte) {
  auto const both = wish(TIOCMSET, TIOCM_RTS);
  EXPECT_EQ(both.mask, on({Circuit::rts, Circuit::dtr}));
  EXPECT_EQ(both.values, on({Circuit::rts}));
}

TEST(ModemLines, lines_that_are_not_the_dtes_cannot_be_set) {
  EXPECT_EQ(wish(TIOCMBIS, TIOCM_CAR | TIOCM_RNG | TIOCM_LE).mask, v24::Circuits());
}

TEST(ModemLines, both_edges_of_a_circuit_count_and_those_of_ri_once) {
  v24::OnEdges const edges{.cts = 1, .dsr = 2, .dcd = 3, .ri = 4};
  auto const off = counts({}, edges);
  EXPECT_EQ(off, (Counts{.cts = 2, .dsr = 4, .dcd = 6, .ri = 4}));
  auto const dcd_on = counts(on({Circuit::dcd, Circuit::ri}), edges);
  EXPECT_EQ(dcd_on, (Counts{.cts = 2, .dsr = 4, .dcd = 5, .ri = 4}));
  EXPECT_EQ(icounter(dcd_on).dcd, 5);
  EXPECT_EQ(icounter(dcd_on).rng, 4);
}

TEST(ModemLines, only_an_awaited_line_ends_a_wait) {
  Counts const before{.cts = 1, .dsr = 1, .dcd = 1, .ri = 1};
  Counts now = before;
  EXPECT_FALSE(edge(before, now, TIOCM_CAR | TIOCM_DSR | TIOCM_CTS | TIOCM_RNG));
  now.dcd = 2;
  EXPECT_TRUE(edge(before, now, TIOCM_CAR));
  EXPECT_FALSE(edge(before, now, TIOCM_DSR | TIOCM_CTS | TIOCM_RNG));
  now.ri = 2;
  EXPECT_TRUE(edge(before, now, TIOCM_RNG));
}

TEST(ModemLines, a_port_is_a_16550a_of_its_own_number) {
  EXPECT_EQ(serial("ttyVM12").line, 12);
  EXPECT_EQ(serial("modem").line, 0);
  EXPECT_EQ(serial("ttyVM12").type, 4);
}

}  // namespace
}  // namespace offhook::supervise
