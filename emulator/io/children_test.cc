#include "emulator/io/children.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <optional>
#include <string>

#include "emulator/io/alarm.h"
#include "emulator/io/fd.h"

namespace offhook::io {
namespace {

using testing::HasSubstr;

struct ChildrenOnATerminal : testing::Test {
  ChildrenOnATerminal() {
    int m = -1, s = -1;
    EXPECT_EQ(::openpty(&m, &s, nullptr, nullptr, nullptr), 0);
    master = Fd(m);
    slave = Fd(s);
  }
  Result<uint64_t> run(std::string const& script) {
    return children.spawn(Command{{"sh", "-c", script}, {{"RAS_PORT", "ttyVM0"}}, {}}, slave.get(),
                          [this](int status) { ended = status; });
  }
  void until_ended() {
    while (!ended && io.run_one_for(std::chrono::seconds(30)) > 0) {
    }
  }
  /// What the terminal shows until `wanted` was seen.
  std::string read_until(std::string const& wanted) {
    std::string text;
    pollfd waiting{master.get(), POLLIN, 0};
    while (text.find(wanted) == text.npos && ::poll(&waiting, 1, 30000) > 0) {
      char buffer[256];
      ssize_t const n = ::read(master.get(), buffer, sizeof buffer);
      if (n <= 0) break;
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }
  boost::asio::io_context io;
  Alarm alarm{io};
  Children children{io, alarm};
  Fd master, slave;
  std::optional<int> ended;
};

TEST_F(ChildrenOnATerminal, a_command_has_it_as_its_controlling_terminal_and_our_words_in_its_environment) {
  ASSERT_TRUE(run("echo $RAS_PORT > /dev/tty; exit 3"));
  EXPECT_THAT(read_until("ttyVM0"), HasSubstr("ttyVM0"));
  until_ended();
  ASSERT_TRUE(ended);
  EXPECT_EQ(describe_exit(*ended), "exit status 3");
}

TEST_F(ChildrenOnATerminal, what_cannot_be_run_is_an_error_that_names_it) {
  auto const made = children.spawn(Command{{"/nonexistent/login"}, {}, {}}, slave.get(), [](int) {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("'/nonexistent/login': No such file"));
}

TEST_F(ChildrenOnATerminal, hanging_up_ends_one_that_would_go_on) {
  auto const id = run("trap 'echo got hup; exit' HUP; echo ready; while :; do read x; done");
  ASSERT_TRUE(id);
  read_until("ready");
  children.hang_up(*id, 60s);
  EXPECT_THAT(read_until("got hup"), HasSubstr("got hup"));
}

TEST_F(ChildrenOnATerminal, one_that_ignores_the_hang_up_is_killed_after_its_grace) {
  auto const id = run("trap '' HUP; echo ready; while :; do sleep 100; done");
  ASSERT_TRUE(id);
  read_until("ready");
  pid_t const pid = children.pid(*id);
  children.hang_up(*id, 1ms);
  while (children.pid(*id) >= 0 && io.run_one_for(std::chrono::seconds(30)) > 0) {
  }
  EXPECT_EQ(children.pid(*id), -1);
  EXPECT_NE(::kill(pid, 0), 0);
  ASSERT_TRUE(ended);
  EXPECT_EQ(describe_exit(*ended), "killed by signal 9 (Killed)");
}

TEST_F(ChildrenOnATerminal, the_end_of_one_that_was_forgotten_is_not_told) {
  auto const id = run("exit 0");
  ASSERT_TRUE(id);
  children.forget(*id);
  while (children.pid(*id) >= 0 && io.run_one_for(std::chrono::seconds(30)) > 0) {
  }
  EXPECT_FALSE(ended);
}

TEST_F(ChildrenOnATerminal, ours_are_not_left_behind) {
  auto const id = run("trap '' HUP; while :; do sleep 100; done");
  ASSERT_TRUE(id);
  pid_t const pid = children.pid(*id);
  children.stop();
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST(DescribeExit, names_the_signal) { EXPECT_EQ(describe_exit(SIGKILL), "killed by signal 9 (Killed)"); }

}  // namespace
}  // namespace offhook::io
