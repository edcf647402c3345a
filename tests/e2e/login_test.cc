// A bulletin board's login on a number of its own: a program on a terminal, for modems and for callers from
// the network, that dies with its call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

constexpr char board_script[] = R"sh(#!/bin/sh
echo $$ > "$1/pid"
printf 'Welcome, %s of %s at %s on %s\n' "${CALLER_NUMBER:-nobody}" "$CALLER_NAME" "$CONNECT_SPEED" "$(tty)"
printf 'login: '; read -r user || exit 1
stty -echo; printf 'password: '; read -r secret || exit 1; stty echo; echo
[ "$secret" = xyzzy ] || { echo 'no such user or password'; exit 1; }
while :; do
  printf '\n%s, your choice: (t)ime or (l)ogout? ' "$user"
  read -r choice || exit 1
  case $choice in
    t) echo "it is late" ;;
    l) echo "goodbye, $user"; exit 0 ;;
  esac
done
)sh";

class Board : public testing::Test {
 protected:
  /// A bank whose number 5559 is the board, and whose listener rings it.
  void open_board(std::string const& more = {}) {
    write_file(folder / "board", board_script);
    bank.emplace(
        "[bank]\nphonebook = \"BOOK\"\n[[listener]]\naddress = \"127.0.0.1:0\"\nnumber = \"5559\"\n"
        "protocol = \"telnet\"\n",
        "[[entry]]\nnumber = \"5559\"\nprogram = \"exec sh " + (folder / "board") + " " + folder.path() +
            "\"\n" + more);
    ASSERT_TRUE((*bank)->up());
  }
  static void log_in(Talk& caller) {
    ASSERT_TRUE(caller.expect("login: "));
    ASSERT_TRUE(caller.type("ann\r"));
    ASSERT_TRUE(caller.expect("ann\r\n")) << "the terminal echoes";
    ASSERT_TRUE(caller.expect("password: "));
    ASSERT_TRUE(caller.type("xyzzy\r"));
    ASSERT_TRUE(caller.expect("ann, your choice: (t)ime or (l)ogout? "));
  }
  pid_t board() {
    std::string text;
    eventually([&] { return !(text = read_file(folder / "pid")).empty(); });
    return std::stoi("0" + text);
  }
  bool board_is_gone(pid_t pid) {
    return eventually([&] { return ::kill(pid, 0) != 0; });
  }
  PortFile& dial(PortFile& port) {
    EXPECT_TRUE(port.type("ATDT5559\r"));
    EXPECT_TRUE(port.expect("\nCONNECT 115200\r\n"));
    return port;
  }
  TemporaryFolder folder;
  std::optional<ConfiguredBank> bank;
};

TEST_F(Board, greets_a_modem_lets_it_in_and_hangs_up_after_its_last_words) {
  open_board();
  PortFile port((*bank)->port(0));
  dial(port);
  ASSERT_TRUE(port.expect("Welcome, 5550100 of ttyVM0 at "));
  ASSERT_TRUE(port.expect("33600 on /dev/pts/"));
  log_in(port);
  ASSERT_TRUE(port.type("t\r"));
  ASSERT_TRUE(port.expect("it is late\r\n"));
  ASSERT_TRUE(port.type("l\r"));
  ASSERT_TRUE(port.expect("goodbye, ann\r\n\r\nNO CARRIER\r\n"));
  EXPECT_TRUE(board_is_gone(board()));
  EXPECT_TRUE(port.command("AT"));
}

TEST_F(Board, does_not_echo_the_password) {
  open_board();
  PortFile port((*bank)->port(0));
  dial(port);
  ASSERT_TRUE(port.expect("login: "));
  ASSERT_TRUE(port.type("ann\r"));
  ASSERT_TRUE(port.expect("password: "));
  ASSERT_TRUE(port.type("plugh\r"));
  std::string said;
  ASSERT_TRUE(eventually([&] { return (said += port.listen(20ms)).find("no such user") != said.npos; }));
  EXPECT_EQ(said.find("plugh"), said.npos) << said;
}

TEST_F(Board, dies_when_the_modem_hangs_up_in_mid_session) {
  open_board();
  PortFile port((*bank)->port(0));
  log_in(dial(port));
  pid_t const pid = board();
  ASSERT_EQ(::kill(pid, 0), 0);
  port.close();
  EXPECT_TRUE(board_is_gone(pid));
}

TEST_F(Board, dies_when_the_carrier_is_lost) {
  open_board();
  PortFile port((*bank)->port(0));
  log_in(dial(port));
  pid_t const pid = board();
  ASSERT_EQ((*bank)->vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_TRUE(port.expect("\r\nNO CARRIER\r\n"));
  EXPECT_TRUE(board_is_gone(pid));
}

TEST_F(Board, dies_with_the_bank) {
  open_board();
  PortFile port((*bank)->port(0));
  log_in(dial(port));
  pid_t const pid = board();
  (*bank)->process().signal(SIGTERM);
  EXPECT_EQ((*bank)->process().wait(), 0);
  EXPECT_TRUE(board_is_gone(pid));
}

TEST_F(Board, lets_a_telnet_caller_in_as_well) {
  open_board();
  Terminal telnet({"telnet", "127.0.0.1", std::to_string(bank->listener())});
  ASSERT_TRUE(telnet.expect("Welcome, nobody of 127.0.0.1 at "));
  log_in(telnet);
  ASSERT_TRUE(telnet.type("l\r"));
  EXPECT_TRUE(telnet.expect("goodbye, ann\r\n"));
  EXPECT_TRUE(telnet.expect("Connection closed"));
}

TEST_F(Board, is_busy_to_a_second_caller_and_until_it_has_started_again) {
  open_board("lines = 1\nrestart = \"3s\"\n");
  PortFile first((*bank)->port(0)), second((*bank)->port(1));
  log_in(dial(first));
  ASSERT_TRUE(second.type("ATDT5559\r"));
  ASSERT_TRUE(second.expect("\r\nBUSY\r\n"));
  auto const hung_up = Clock::now();
  ASSERT_TRUE(first.type("l\r"));
  ASSERT_TRUE(first.expect("NO CARRIER\r\n"));
  ASSERT_TRUE(second.type("ATDT5559\r"));
  if (Clock::now() - hung_up < 2s) {
    EXPECT_TRUE(second.expect("\r\nBUSY\r\n"));
  }
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(second.type("ATDT5559\r"));
    return second.expect_one_of({"\r\nBUSY\r\n", "\nCONNECT"}) == "\nCONNECT";
  })) << "it takes calls again";
  EXPECT_GE(Clock::now() - hung_up, 3s);
}

TEST_F(Board, has_as_many_nodes_as_it_has_lines) {
  open_board("lines = 2\n");
  PortFile first((*bank)->port(0)), second((*bank)->port(1)), third((*bank)->port(2));
  log_in(dial(first));
  log_in(dial(second));
  ASSERT_TRUE(third.type("ATDT5559\r"));
  EXPECT_TRUE(third.expect("\r\nBUSY\r\n"));
}

}  // namespace
}  // namespace offhook::e2e
