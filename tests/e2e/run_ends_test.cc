// `vmodem run`: exit statuses, signals, job control, and the deaths of each who takes part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "tests/e2e/run_fixture.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

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

TEST_F(Run, a_terminal_is_put_back_that_a_program_without_its_supervisor_cannot) {
  Argv argv{"sh", "-c", "\"$@\"; echo now $(stty -a | grep -o '[^ ]*icanon')", "sh"};
  auto const program =
      under({"sh", "-c", "stty -icanon; kill -9 $PPID; sleep 0.5; stty icanon || echo cannot"});
  argv.insert(argv.end(), program.begin(), program.end());
  Terminal shell(argv);
  EXPECT_TRUE(shell.expect("cannot"));
  EXPECT_TRUE(shell.expect("now icanon"));
}

TEST_F(Run, the_bank_notices_at_once_that_the_supervisor_is_dead) {
  Paused program(lines({"bic", "DTR", "pause"}));
  ASSERT_TRUE(program.ready());
  Watcher const bank_side(bank.dir() + "/v24.sock");
  ASSERT_TRUE(bank_side.sees(v24::Circuit::dtr, false));
  auto const killed = Clock::now();
  program.kill_supervisor();
  // What it set has lapsed; the port is open.
  ASSERT_TRUE(bank_side.sees(v24::Circuit::dtr, true));
  double const ms = std::chrono::duration<double, std::milli>(Clock::now() - killed).count();
  std::printf("noticed after %.1f ms\n", ms);
  EXPECT_LT(ms, 2000);  // 100 on a machine that has nothing else to do
}

TEST_F(Run, a_killed_bank_shows_dcd_and_dsr_off_and_hangs_up) {
  Paused program(lines({"say", "ATDT5550000", "expect", "CONNECT", "rise", "CD", "get", "pause", "get",
                        "expect", "more", "wait", "CD", "bic", "DTR", "exit", "0"}));
  ASSERT_TRUE(program.ready());
  EXPECT_THAT(program.terminal().unseen(), Not(HasSubstr("get")));
  bank.process().signal(SIGKILL);
  std::this_thread::sleep_for(200ms);
  ASSERT_TRUE(program.go_on());
  EXPECT_TRUE(program.terminal().expect("get RTS,DTR\r"));
  EXPECT_TRUE(program.terminal().expect("expect end"));
  EXPECT_TRUE(program.terminal().expect("wait EIO"));
  EXPECT_TRUE(program.terminal().expect("bic EIO"));
  EXPECT_EQ(program.terminal().process().wait(), 0);
}

TEST_F(Run, a_killed_bank_ends_a_wait_too) {
  Paused program(lines({"pause", "wait", "RI", "exit", "5"}));
  ASSERT_TRUE(program.ready());
  ASSERT_TRUE(program.go_on());
  std::this_thread::sleep_for(200ms);
  bank.process().signal(SIGKILL);
  EXPECT_TRUE(program.terminal().expect("wait EIO"));
}

// ---- as a service

std::string replaced(std::string text, std::string const& what, std::string const& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

TEST_F(Run, systemd_finds_no_fault_in_the_drop_in) {
  if (run({"systemd-analyze", "--version"}).status != 0) GTEST_SKIP() << "no systemd-analyze";
  TemporaryFolder units;
  std::string const from = RUN_SYSTEMD;
  auto const installed = [&](std::string const& file) {
    return replaced(replaced(read_file(from + "/" + file), "/usr/local/bin/vmodem", programs / "vmodem"),
                    "/sbin/mgetty", programs / "lines");
  };
  std::filesystem::create_directory(units / "mgetty@.service.d");
  write_file(units / "vmodem.service", installed("vmodem.service"));
  write_file(units / "mgetty@.service", "[Service]\nExecStart=/nonexistent %i\n");
  write_file(units / "mgetty@.service.d/vmodem-run.conf", installed("vmodem-run.conf"));
  auto const checked = run({"env", "SYSTEMD_UNIT_PATH=" + units.path() + ":", "systemd-analyze", "verify",
                            "--man=no", units / "vmodem.service", units / "mgetty@ttyVM0.service"});
  EXPECT_EQ(checked.status, 0) << checked.err;
  EXPECT_THAT(checked.err, Not(HasSubstr(units.path()))) << checked.err;
}

TEST_F(Run, who_stops_a_service_stops_the_program_by_its_main_process) {
  Terminal service(
      under({"sh", "-c", "trap 'echo stopped; exit 0' TERM; echo started; while :; do sleep 0.1; done"}));
  ASSERT_TRUE(service.expect("started"));
  service.process().signal(SIGTERM);  // KillMode=mixed: the front alone
  EXPECT_TRUE(service.expect("stopped"));
  EXPECT_EQ(service.process().wait(), 0);
}

}  // namespace
}  // namespace offhook::e2e
