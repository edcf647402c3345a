// `vmodem run`: what kinds of programs, run by whom, see the circuits of a port, and set them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/e2e/run_fixture.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

struct Case {
  char const* name;
  char const* program;
  Argv how;  // steps before those of the test
  bool by_a_shell = false;
};
class Kinds : public Run, public testing::WithParamInterface<std::tuple<Case, uid_t>> {};

TEST_P(Kinds, of_programs_see_carrier_after_connect_and_hang_up_by_dtr) {
  auto const& [how, uid] = GetParam();
  Argv steps = how.how;
  for (char const* step :
       {"get",     "say",   "ATDT5550000", "expect",  "CONNECT",  "rise", "CD",          "get",
        "bic",     "DTR",   "fall",        "CD",      "get",      "bis",  "DTR",         "get",
        "say",     "AT",    "expect",      "OK",      "set",      "DTR",  "get",         "count",
        "serial",  "break", "breakp",      "breakon", "breakoff", "say",  "ATDT5550000", "expect",
        "CONNECT", "rise",  "CD",          "edge",    "badget"})
    steps.emplace_back(step);
  Argv argv = lines(steps, how.program);
  if (how.by_a_shell) {
    Argv const program(argv.begin() + 5, argv.end());
    argv = under({"sh", "-c", "sh -c '\"$@\"; exit $?' sh \"$@\"; true", "sh"});
    argv.insert(argv.end(), program.begin(), program.end());
  }
  auto const done = run(argv, 2 * patience, as(uid));
  EXPECT_EQ(done.status, 0) << done.err;
  ASSERT_EQ(done.out,
            "get RTS,CTS,DSR,DTR\nsay ok\nexpect ok\nrise ok\nget RTS,CTS,DSR,DTR,CD\n"
            "bic ok\nfall ok\nget RTS,CTS,DSR\nbis ok\nget RTS,CTS,DSR,DTR\n"
            "say ok\nexpect ok\nset ok\nget CTS,DSR,DTR\n"
            "count cts 1 dsr 1 cd 2 ri 0\nserial type 4 line 0\nbreak ok\nbreakp ok\n"
            "breakon ok\nbreakoff ok\nsay ok\nexpect ok\nrise ok\nedge ok\nbadget EFAULT\n")
      << done.err;
}
INSTANTIATE_TEST_SUITE_P(
    All, Kinds,
    testing::Combine(testing::Values(Case{"dynamic", "lines", {}}, Case{"static_glibc", "lines_static", {}},
                                     Case{"static_musl", "lines_musl", {}},
                                     Case{"setuid", "lines_setuid", {}},
                                     Case{"musl_thread_of_a_child", "lines_musl", {"fork", "thread"}},
                                     Case{"thread", "lines", {"thread"}}, Case{"child", "lines", {"fork"}},
                                     Case{"static_thread_of_a_child", "lines_static", {"fork", "thread"}},
                                     Case{"shell_tree", "lines", {}, true}),
                     testing::Values(0u, nobody)),
    [](auto const& instance) {
      return std::string(std::get<0>(instance.param).name) +
             (std::get<1>(instance.param) == 0 ? "_as_root" : "_as_nobody");
    });

/// Even parity is the eighth bit of what the far end reads, and no bit of what the program does.
TEST_P(Kinds, of_programs_set_a_format_that_is_the_modems) {
  auto const& [how, uid] = GetParam();
  if (how.by_a_shell) GTEST_SKIP() << "as a child";
  PortFile far(bank.port(1));
  ASSERT_TRUE(far.command("ATS0=1"));
  Argv steps = how.how;
  for (char const* step :
       {"format", "7E", "say",   "ATDT5550101", "expect", "CONNECT", "rise", "CD", "say",   "C",
        "expect", "Q",  "bytes", "2",           "format", "8N",      "say",  "C",  "bytes", "2"})
    steps.emplace_back(step);
  std::thread other([&] {
    EXPECT_TRUE(far.expect("\xc3\x8d")) << "C and CR have three ones each";
    EXPECT_TRUE(far.type("Q\xc1\xd7"));
    EXPECT_TRUE(far.expect("C\r"));
    EXPECT_TRUE(far.type("\xc1\xd7"));
  });
  auto const done = run(lines(steps, how.program), 2 * patience, as(uid));
  other.join();
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.out,
            "format ok\nsettings 7E\nsay ok\nexpect ok\nrise ok\nsay ok\nexpect ok\nbytes 41 57 \n"
            "format ok\nsettings 8N\nsay ok\nbytes c1 d7 \n")
      << done.err;
}

TEST_F(Run, says_that_setuid_programs_get_no_rights_without_root) {
  auto const done = run(lines({"get"}, "lines_setuid"), patience, as(nobody));
  EXPECT_EQ(done.out, "get RTS,CTS,DSR,DTR\n");
  EXPECT_THAT(done.err, HasSubstr("has rights of its own (setuid or setgid), which it does not get"));
  EXPECT_EQ(std::ranges::count(done.err, '\n'), 1) << done.err;
}

TEST_F(Run, says_that_programs_which_may_not_be_read_get_no_answers_without_root) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a program that we may not read";
  auto const done = run(lines({"get"}, "lines_unreadable"), patience, as(nobody));
  EXPECT_EQ(done.out, "get ENOTTY\n");
  EXPECT_THAT(done.err, HasSubstr("may be run but not read"));
  EXPECT_EQ(run(lines({"get"}, "lines_unreadable")).out, "get RTS,CTS,DSR,DTR\n");
  auto const by_a_shell =
      run(under({"sh", "-c", "\"$0\" \"$1\" get get; true", programs / "lines_unreadable", bank.port(0)}),
          patience, as(nobody));
  EXPECT_EQ(by_a_shell.out, "get ENOTTY\nget ENOTTY\n");
  EXPECT_THAT(by_a_shell.err, HasSubstr("may not be looked into"));
  EXPECT_EQ(std::ranges::count(by_a_shell.err, '\n'), 1) << "once";
}

}  // namespace
}  // namespace offhook::e2e
