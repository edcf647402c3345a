// What an answered call gets, against a bank: how programs end, and what they leave behind.
#include "rasd/app/service.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include "rasd/app/rasd_fixture.h"
#include "rasd/holder/signs.h"

namespace offhook::rasd {
namespace {

using port::State;

class ServiceTest : public RasdTest {
 protected:
  /// Port 1 has the service, port 0 calls it.
  Program calls(std::string const& text) {
    run(text + port(1, "service = 's'"));
    EXPECT_TRUE(listens(1));
    return dials(1);
  }
  /// The call ends by itself and the port comes back.
  void ends_in_order() {
    size_t const from = entries.size();
    EXPECT_TRUE(until([&] { return was(1, State::listening, from); }));
    EXPECT_FALSE(was(1, State::failed));
    EXPECT_FALSE(was(1, State::foreign));
  }
  port::Why why_the_call_ended() const {
    for (port::Entry const& each : entries)
      if (each.change.kind == port::Change::Kind::call_ended) return each.change.why;
    return port::Why::none;
  }
};

TEST_F(ServiceTest, what_a_program_leaves_behind_with_its_terminal_does_not_keep_the_call) {
  Program caller =
      calls(service("s", "setsid sh -c 'trap \"\" HUP; exec sleep 1000' & echo $! left; exit 0"));
  EXPECT_TRUE(reads(caller, "left"));
  EXPECT_TRUE(reads(caller, "NO CARRIER"));
  ends_in_order();
  pid_t const left = std::atoi(caller.seen.c_str() + caller.seen.find("115200") + 6);
  if (left > 1) ::kill(left, SIGKILL);
}

TEST_F(ServiceTest, a_program_that_closes_its_terminal_and_lives_on_ends_the_call) {
  Program caller = calls(service("s", "echo bye; exec </dev/null >/dev/null 2>&1; exec sleep 1000"));
  EXPECT_TRUE(reads(caller, "bye"));
  EXPECT_TRUE(reads(caller, "NO CARRIER"));
  ends_in_order();
}

TEST_F(ServiceTest, a_program_that_ignores_hang_ups_is_killed) {
  Program caller = calls(service("s", "trap '' HUP TERM; echo deaf; while :; do sleep 1; done"));
  EXPECT_TRUE(reads(caller, "deaf"));
  caller.fd = io::Fd();
  ends_in_order();
}

TEST_F(ServiceTest, last_words_longer_than_a_pty_holds_reach_the_caller) {
  Program caller = calls(
      service("s", "i=0; while [ $i -lt 3000 ]; do echo line $i of many; i=$((i+1)); done; echo the end"));
  EXPECT_TRUE(reads(caller, "the end"));
  ends_in_order();
}

TEST_F(ServiceTest, a_program_that_cannot_be_run_ends_the_call) {
  Program const caller = calls("[service.s]\ncommand = ['/nonexistent/program']\n");
  EXPECT_TRUE(until([&] { return was(1, State::connected); }));
  ends_in_order();
  EXPECT_EQ(why_the_call_ended(), port::Why::lost_service);
}

TEST_F(ServiceTest, a_user_that_is_not_there_ends_the_call) {
  Program const caller = calls(service("s", "echo never", "user = 'no-such-user'"));
  EXPECT_TRUE(until([&] { return was(1, State::connected); }));
  ends_in_order();
}

TEST_F(ServiceTest, a_program_of_another_user_finds_that_user_in_its_environment) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  Program caller = calls(service("s", "echo $HOME $USER $LOGNAME $(id -un) $RAS_PORT.", "user = 'daemon'"));
  EXPECT_TRUE(reads(caller, "/usr/sbin daemon daemon daemon P1."));
}

TEST_F(ServiceTest, a_program_on_the_port_itself_may_open_it_by_its_name) {
  Program caller = calls(service("s", "echo direct; read line", "direct = true"));
  EXPECT_TRUE(reads(caller, "direct"));
  io::Fd const again(::open(path(1).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK));
  ASSERT_TRUE(again);
  EXPECT_FALSE(holder::exclusive(again.get()));
  EXPECT_TRUE(std::filesystem::exists(dir + "/lock/LCK..ttyVM1"));
}

TEST_F(ServiceTest, a_terminal_service_has_the_port_locked_against_opens) {
  Program caller = calls(service("s", "echo there; read line"));
  EXPECT_TRUE(reads(caller, "there"));
  io::Fd const again(::open(path(1).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK));
  EXPECT_TRUE(!again || holder::exclusive(again.get()));  // root is not refused
}

TEST_F(ServiceTest, bytes_put_an_idle_limit_off) {
  Program caller = open(0);
  run(service("s", "while read line; do echo got $line; done") +
      port(1, "service = 's'\nidle_limit = '600ms'"));
  ASSERT_TRUE(listens(1));
  caller.type("ATD5550101\r");
  ASSERT_TRUE(reads(caller, "CONNECT"));
  for (int i = 0; i < 12; ++i) {
    caller.type("x" + std::to_string(i) + "\n");
    ASSERT_TRUE(reads(caller, "got x" + std::to_string(i))) << "cut off while it spoke";
    auto const pause = std::chrono::steady_clock::now() + 100ms;
    until([&] { return std::chrono::steady_clock::now() > pause; });
  }
  EXPECT_TRUE(reads(caller, "NO CARRIER"));
  EXPECT_EQ(why_the_call_ended(), port::Why::idle_timeout);
}

/// A TCP service that the test plays.
class RelayServiceTest : public ServiceTest {
 protected:
  RelayServiceTest() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener.get(), 4), 0);
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    text = "[service.s]\nrelay = '127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "'\n";
  }
  io::Fd accepted() {
    io::Fd fd;
    EXPECT_TRUE(until([&] {
      fd = io::Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
      return static_cast<bool>(fd);
    }));
    return fd;
  }
  io::Fd listener;
  std::string text;
};

TEST_F(RelayServiceTest, a_relay_carries_both_ways_and_its_end_in_order_ends_the_call) {
  Program caller = calls(text);
  Program peer{accepted(), "", false};
  EXPECT_TRUE(reads(caller, "CONNECT"));
  caller.type("to the peer");
  EXPECT_TRUE(reads(peer, "to the peer"));
  peer.type("last words");
  ::shutdown(peer.fd.get(), SHUT_WR);
  EXPECT_TRUE(reads(caller, "last words"));
  EXPECT_TRUE(reads(caller, "NO CARRIER"));
  ends_in_order();
}

TEST_F(RelayServiceTest, a_relay_that_is_reset_ends_the_call) {
  Program caller = calls(text);
  Program peer{accepted(), "", false};
  EXPECT_TRUE(reads(caller, "CONNECT"));
  linger const at_once{1, 0};
  ::setsockopt(peer.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  peer.fd = io::Fd();
  EXPECT_TRUE(reads(caller, "NO CARRIER"));
  ends_in_order();
  EXPECT_EQ(why_the_call_ended(), port::Why::lost_service);
}

TEST_F(RelayServiceTest, a_relay_that_is_refused_ends_the_call) {
  listener = io::Fd();
  Program caller = calls(text);
  EXPECT_TRUE(reads(caller, "NO CARRIER"));
  ends_in_order();
}

}  // namespace
}  // namespace offhook::rasd
