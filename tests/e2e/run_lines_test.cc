// `vmodem run`: programs nobody changed see the circuits of a port, and set them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "tests/e2e/bank_process.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr uid_t nobody = 65534;

/// The programs, where every user may read them: the build may lie where not all can look.
class Programs {
 public:
  Programs() {
    for (auto const& [name, from] :
         {std::pair("vmodem", VMODEM_PROGRAM), {"lines", RUN_LINES}, {"lines_static", RUN_LINES_STATIC}}) {
      std::filesystem::copy_file(from, folder_ / name);
      std::filesystem::permissions(folder_ / name, std::filesystem::perms(0755));
    }
  }
  std::string operator/(std::string const& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

class Run : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(bank.up()); }
  /// `vmodem run` of a program.
  Argv under(Argv const& program) const {
    Argv argv{programs / "vmodem", "run", "--dir", bank.dir(), "--"};
    argv.insert(argv.end(), program.begin(), program.end());
    return argv;
  }
  Argv lines(Argv const& steps, std::string const& name = "lines") const {
    Argv program{programs / name, bank.port(0)};
    program.insert(program.end(), steps.begin(), steps.end());
    return under(program);
  }

  Programs programs;
  // The ports' group may use the side channel, too.
  BankProcess bank{{"--mode", "0660", "--group", std::to_string(geteuid() == 0 ? nobody : getegid())}};
};

// ---- who asks, and how

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
  for (char const* step : {"get",    "say", "ATDT5550000", "expect", "CONNECT", "get",   "bic",    "DTR",
                           "fall",   "CD",  "get",         "bis",    "DTR",     "get",   "say",    "AT",
                           "expect", "OK",  "set",         "DTR",    "get",     "count", "serial", "break"})
    steps.emplace_back(step);
  Argv argv = lines(steps, how.program);
  if (how.by_a_shell) {
    Argv const program(argv.begin() + 5, argv.end());
    argv = under({"sh", "-c", "sh -c '\"$@\"; exit $?' sh \"$@\"; true", "sh"});
    argv.insert(argv.end(), program.begin(), program.end());
  }
  Spawn spawn;
  if (geteuid() == 0 && uid != 0) spawn.uid = uid;
  auto const done = run(argv, patience, spawn);
  EXPECT_EQ(done.status, 0) << done.err;
  ASSERT_EQ(done.out,
            "get RTS,CTS,DSR,DTR\nsay ok\nexpect ok\nget RTS,CTS,DSR,DTR,CD\n"
            "bic ok\nfall ok\nget RTS,CTS,DSR\nbis ok\nget RTS,CTS,DSR,DTR\n"
            "say ok\nexpect ok\nset ok\nget CTS,DSR,DTR\n"
            "count cts 1 dsr 1 cd 2 ri 0\nserial type 4 line 0\nbreak ok\n")
      << done.err;
}
INSTANTIATE_TEST_SUITE_P(
    All, Kinds,
    testing::Combine(testing::Values(Case{"dynamic", "lines", {}}, Case{"static_glibc", "lines_static", {}},
                                     Case{"thread", "lines", {"thread"}}, Case{"child", "lines", {"fork"}},
                                     Case{"static_thread_of_a_child", "lines_static", {"fork", "thread"}},
                                     Case{"shell_tree", "lines", {}, true}),
                     testing::Values(0u, nobody)),
    [](auto const& instance) {
      return std::string(std::get<0>(instance.param).name) +
             (std::get<1>(instance.param) == 0 ? "_as_root" : "_as_nobody");
    });

// ---- what a program sees, in order

TEST_F(Run, who_has_read_no_carrier_sees_dcd_off) {
  for (int turn = 0; turn < 10; ++turn) {
    auto const done = run(lines({"say", "AT", "expect", "OK", "say", "ATDT5550004", "expect", "CONNECT",
                                 "get", "drop", "expect", "NO CARRIER", "get"}));
    ASSERT_EQ(done.out,
              "say ok\nexpect ok\nsay ok\nexpect ok\nget RTS,CTS,DSR,DTR,CD\ndrop ok\nexpect ok\n"
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

// ---- edges

class Edges : public Run, public testing::WithParamInterface<char const*> {};
TEST_P(Edges, are_never_lost_by_a_thread_that_waits) {
  bool const all = std::getenv("OFFHOOK_LONG") != nullptr;
  auto const done = run(lines({"edges", all ? "10000" : "200", GetParam()}), 4 * patience);
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("edges lost 0 of " + std::string(all ? "10000" : "200")));
  if (GetParam() == std::string("none")) {
    EXPECT_THAT(done.out, HasSubstr("extra 0"));
  }
}
INSTANTIATE_TEST_SUITE_P(All, Edges, testing::Values("none", "restart", "interrupt"),
                         [](auto const& instance) { return std::string(instance.param); });

// ---- ends

TEST_F(Run, exit_statuses_are_the_programs) {
  EXPECT_EQ(run(lines({"exit", "7"})).status, 7);
  EXPECT_EQ(run(lines({"raise", "15"})).status, 128 + SIGTERM);
  EXPECT_EQ(run(lines({"raise", "9"})).status, 128 + SIGKILL);
  auto const none = run(under({"/nonexistent"}));
  EXPECT_EQ(none.status, 127);
  EXPECT_EQ(none.err, "vmodem: cannot run '/nonexistent': No such file or directory\n");
  EXPECT_EQ(run(under({"/etc/passwd"})).status, 126);
  EXPECT_EQ(run({VMODEM_PROGRAM, "run"}).status, 2);
}

TEST_F(Run, a_second_supervisor_is_refused_in_one_line) {
  auto const done = run(under(lines({"get"})));
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("there can be only one"));
}

TEST_F(Run, without_a_bank_says_so) {
  TemporaryFolder folder;
  auto const done = run({VMODEM_PROGRAM, "run", "--dir", folder.path(), "--", "true"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("no bank is running in"));
}

TEST_F(Run, signals_reach_the_program_and_what_ends_it_ends_us) {
  Terminal shell(under(
      {"sh", "-c", "trap 'echo winch' WINCH; trap 'exit 3' INT; echo ready; while :; do sleep 0.1; done"}));
  ASSERT_TRUE(shell.expect("ready"));
  shell.process().signal(SIGWINCH);
  EXPECT_TRUE(shell.expect("winch"));
  ASSERT_TRUE(shell.type("\x03"));
  EXPECT_EQ(shell.process().wait(), 3);
}

TEST_F(Run, a_stopped_program_stops_us_and_goes_on_with_us) {
  Terminal shell({"bash", "--norc", "-i"});
  std::string command;
  for (auto const& word : under({"sh", "-c", "echo be''gun; read x; echo got $x"}))
    command += "'" + word + "' ";
  command.replace(command.find("'echo be''gun"), 13, "'echo be\"\"gun");
  ASSERT_TRUE(shell.type(command + "\r"));
  ASSERT_TRUE(shell.expect("begun"));
  ASSERT_TRUE(shell.type("\x1a"));
  ASSERT_TRUE(shell.expect("Stopped"));
  ASSERT_TRUE(shell.type("fg\r"));
  ASSERT_TRUE(shell.expect("vmodem"));
  std::this_thread::sleep_for(500ms);  // the shell gives the terminal its former settings back
  ASSERT_TRUE(shell.type("this\r"));
  EXPECT_TRUE(shell.expect("got this"));
}

TEST_F(Run, what_the_program_leaves_behind_has_its_lines_still) {
  std::string const left = programs / "left";
  auto const done = run(under({"sh", "-c",
                               "(sleep 0.5; " + programs / "lines" + " " + bank.port(0) + " get >" + left +
                                   ") >/dev/null 2>&1 & exit 4"}));
  EXPECT_EQ(done.status, 4);
  auto const until = Clock::now() + patience;
  while (read_file(left).empty() && Clock::now() < until) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(read_file(left), "get RTS,CTS,DSR,DTR\n");
}

// ---- deaths

/// A program under run, between two steps of it.
class Paused {
 public:
  explicit Paused(Argv const& argv) : terminal_(argv) {}
  testing::AssertionResult ready() { return terminal_.expect("pause"); }
  testing::AssertionResult go_on() { return terminal_.type("\r"); }
  Terminal& terminal() { return terminal_; }
  /// The one child of the process that the shell sees.
  void kill_supervisor() {
    std::string const front = std::to_string(terminal_.process().pid());
    kill(std::stoi(read_file("/proc/" + front + "/task/" + front + "/children")), SIGKILL);
  }

 private:
  Terminal terminal_;
};

TEST_F(Run, a_killed_supervisor_leaves_an_error_and_no_hang) {
  Paused program(lines({"get", "pause", "get", "exit", "5"}));
  ASSERT_TRUE(program.ready());
  program.kill_supervisor();
  ASSERT_TRUE(program.terminal().expect("its modem lines with it"));
  ASSERT_TRUE(program.go_on());
  EXPECT_TRUE(program.terminal().expect("get ENOSYS"));
  EXPECT_EQ(program.terminal().process().wait(), 5);
}

TEST_F(Run, a_killed_supervisor_ends_a_wait_too) {
  Paused program(lines({"pause", "wait", "RI", "exit", "5"}));
  ASSERT_TRUE(program.ready());
  ASSERT_TRUE(program.go_on());
  std::this_thread::sleep_for(100ms);
  program.kill_supervisor();
  EXPECT_TRUE(program.terminal().expect("wait ENOSYS"));
}

TEST_F(Run, a_killed_bank_shows_dcd_and_dsr_off) {
  Paused program(lines({"say", "ATDT5550000", "expect", "CONNECT", "get", "pause", "get", "wait", "CD", "bic",
                        "DTR", "exit", "0"}));
  ASSERT_TRUE(program.ready());
  EXPECT_THAT(program.terminal().unseen(), Not(HasSubstr("get")));
  bank.process().signal(SIGKILL);
  std::this_thread::sleep_for(200ms);
  ASSERT_TRUE(program.go_on());
  std::string const said = program.terminal().expect_one_of({"get EIO", "get RTS,DTR\r", "get RTS,CTS"});
  EXPECT_THAT(said, testing::AnyOf("get EIO", "get RTS,DTR\r"));
  EXPECT_EQ(program.terminal().process().wait(), 0);
}

// ---- programs people have

TEST_F(Run, minicoms_hang_up_key_hangs_up) {
  TemporaryFolder home;
  Spawn spawn;
  spawn.environment = {{"HOME", home.path()}};
  Terminal minicom(under({"minicom", "-o", "-D", bank.own_name(0)}), spawn);
  ASSERT_TRUE(minicom.expect("Press"));
  ASSERT_TRUE(minicom.type("ATDT5550000\r"));
  ASSERT_TRUE(minicom.expect("CONNECT"));
  EXPECT_THAT(bank.vmodem({"status", "ttyVM0", "--json"}).out, HasSubstr("\"dcd\":true"));
  ASSERT_TRUE(minicom.type("\x01h"));
  ASSERT_TRUE(minicom.expect("Hang-up line?"));
  ASSERT_TRUE(minicom.type("\r"));
  auto const until = Clock::now() + patience;
  std::string status;
  do status = bank.vmodem({"status", "ttyVM0", "--json"}).out;
  while (minicom.listen(50ms), status.find("\"dcd\":true") != std::string::npos && Clock::now() < until);
  EXPECT_THAT(status, HasSubstr("\"dcd\":false")) << minicom.unseen();
}

TEST_F(Run, picocom_lowers_dtr_and_shows_the_lines) {
  Terminal picocom(under({"picocom", bank.own_name(0)}));
  ASSERT_TRUE(picocom.expect("Terminal ready"));
  ASSERT_TRUE(picocom.type("\x01\x14"));
  EXPECT_TRUE(picocom.expect("DTR: down"));
  ASSERT_TRUE(picocom.type("\x01\x16"));
  EXPECT_TRUE(picocom.expect("DTR:0 DSR:1")) << picocom.unseen();
}

}  // namespace
}  // namespace offhook::e2e
