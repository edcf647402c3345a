// `vmodem run`: what a program sees, in order, and that it sleeps through no edge.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <cstdlib>
#include <filesystem>

#include "tests/e2e/run_fixture.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

TEST_F(Run, who_has_read_no_carrier_sees_dcd_off) {
  for (int turn = 0; turn < 10; ++turn) {
    auto const done = run(lines({"say", "AT", "expect", "OK", "say", "ATDT5550004", "expect", "CONNECT",
                                 "rise", "CD", "get", "drop", "expect", "NO CARRIER", "get"}));
    ASSERT_EQ(done.out,
              "say ok\nexpect ok\nsay ok\nexpect ok\nrise ok\nget RTS,CTS,DSR,DTR,CD\ndrop ok\nexpect ok\n"
              "get RTS,CTS,DSR,DTR\n");
  }
}

TEST_F(Run, a_bad_address_is_efault_and_another_tty_is_the_kernels) {
  EXPECT_EQ(run(lines({"badget"})).out, "badget EFAULT\n");
  int const other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_TRUE(grantpt(other) == 0 && unlockpt(other) == 0);
  EXPECT_EQ(run(under({programs / "lines", ptsname(other), "get", "count"})).out,
            "get ENOTTY\ncount ENOTTY\n");
  close(other);
}

TEST_F(Run, a_link_in_the_banks_folder_to_a_tty_that_is_none_of_its_ports_is_the_kernels) {
  int const other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_TRUE(grantpt(other) == 0 && unlockpt(other) == 0);
  std::filesystem::create_symlink(ptsname(other), bank.dir() + "/another");
  EXPECT_EQ(run(lines({"get", "bis", "DTR", "count"})).out,
            "get RTS,CTS,DSR,DTR\nbis ok\ncount cts 1 dsr 1 cd 0 ri 0\n");
  EXPECT_EQ(
      run(under({programs / "lines", bank.dir() + "/another", "get", "bis", "DTR", "count", "break"})).out,
      "get ENOTTY\nbis ENOTTY\ncount ENOTTY\nbreak ok\n");
  close(other);
}

TEST_F(Run, a_break_reaches_the_far_end) {
  PortFile far(bank.port(1));
  ASSERT_TRUE(far.command("ATS0=1"));
  Paused program(lines({"say", "ATDT" + BankProcess::number(1), "expect", "CONNECT", "rise", "CD", "pause",
                        "break", "pause", "breakp", "pause", "breakon", "pause"}));
  ASSERT_TRUE(program.ready());
  ASSERT_TRUE(far.expect("CONNECT"));
  for (char const* step : {"break ok", "breakp ok", "breakon ok"}) {
    ASSERT_TRUE(program.go_on());
    ASSERT_TRUE(program.terminal().expect(step));
    EXPECT_TRUE(far.expect(std::string(1, '\0'))) << step << ": a UART reads a NUL";
    ASSERT_TRUE(program.ready());
  }
}

// ---- edges

class Edges : public Run, public testing::WithParamInterface<char const*> {};
TEST_P(Edges, are_never_lost_by_a_thread_that_waits) {
  bool const all = std::getenv("OFFHOOK_LONG") != nullptr;
  auto const done = run(lines({"edges", all ? "10000" : "200", GetParam()}), all ? 3600s : 4 * patience);
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("edges lost 0 of " + std::string(all ? "10000" : "200")));
  if (GetParam() == std::string("none")) {
    EXPECT_THAT(done.out, HasSubstr("extra 0"));
  }
}
INSTANTIATE_TEST_SUITE_P(All, Edges, testing::Values("none", "restart", "interrupt"),
                         [](auto const& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace offhook::e2e
