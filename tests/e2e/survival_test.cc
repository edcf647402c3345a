// What callers and hosts do that they should not: the call ends or waits, the others go on, and nothing is
// left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

constexpr char no_carrier[] = "NO CARRIER\r\n", connected[] = "\nCONNECT 115200\r\n";
constexpr int rounds = 3;

class Survival : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bank->up());
    echo.emplace(bank->port(2));
    ASSERT_TRUE(echo->type("ATDT5550000\r"));
    ASSERT_TRUE(echo->expect(connected));
  }
  pid_t pid() { return bank->process().pid(); }

  /// Runs it once to warm up, then some times more: after each the process holds what it held at first, and
  /// in the end it has grown no further.
  void survives(auto scenario) {
    Held before = held(pid());
    scenario();
    ASSERT_FALSE(HasFatalFailure());
    ASSERT_TRUE(holds_as_before(pid(), before, size_t{1} << 20));
    before.anonymous_kib = held(pid()).anonymous_kib;
    for (int i = 0; i < rounds && !HasFailure(); ++i) {
      scenario();
      EXPECT_TRUE(holds_as_before(pid(), before));
    }
    PortFile port(bank->port(3));
    EXPECT_TRUE(port.command("AT"));
  }
  /// A modem that called a peer of ours.
  struct Call {
    explicit Call(std::string const& path) : port(path) {}
    PortFile port;
    Peer peer;
  };
  std::unique_ptr<Call> call_out(std::string const& protocol = {}) {
    auto call = std::make_unique<Call>(bank->port(0));
    std::string const number = protocol.empty() ? server.address() : "5551234";
    EXPECT_TRUE(call->port.type("ATDT" + number + "\r"));
    call->peer.take_over(server.accept());
    EXPECT_TRUE(call->port.expect(connected));
    return call;
  }
  /// The call to the echo line, which must go on as if nothing were.
  void goes_on_elsewhere() {
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(echo->type("x"));
      ASSERT_EQ(echo->take(1), "x");
    }
  }
  static std::string listeners() {
    std::string const any = "[[listener]]\naddress = \"127.0.0.1:0\"\n";
    return any + "number = \"5550100\"\nlimit_per_address = 0\n" + any +
           "number = \"5550000\"\nprotocol = \"telnet\"\n";
  }
  Server server;
  std::optional<PortFile> echo;
  ConfiguredBank bank{
      "[bank]\nphonebook = \"BOOK\"\n" + listeners(),
      "[[entry]]\nnumber = \"5551234\"\ntarget = \"" + server.address() + "\"\nprotocol = \"telnet\"\n"};
};

TEST_F(Survival, a_reset_while_sending) {
  survives([&] {
    auto call = call_out();
    std::string const much(200'000, 'x');
    ASSERT_TRUE(call->peer.type("take this"));
    std::thread writer([&] { call->port.type(much, 2s); });  // some of it may never find room
    EXPECT_FALSE(call->peer.take(1000).empty());
    call->peer.reset();
    EXPECT_TRUE(call->port.expect(no_carrier));
    writer.join();
    goes_on_elsewhere();
  });
}

TEST_F(Survival, a_half_close) {
  survives([&] {
    auto call = call_out();
    ASSERT_TRUE(call->peer.type("the end"));
    call->peer.end_sending();
    EXPECT_TRUE(call->port.expect("the end\r\nNO CARRIER\r\n"));
    EXPECT_TRUE(call->peer.expect_end());
  });
}

TEST_F(Survival, a_caller_that_half_closes_while_it_rings) {
  survives([&] {
    PortFile port(bank->port(0));
    Peer caller(Peer::connect_to(bank.listener()));
    ASSERT_TRUE(port.expect("RING\r\n"));
    caller.end_sending();
    EXPECT_TRUE(caller.expect_end());
    EXPECT_TRUE(port.command("AT"));
  });
}

TEST_F(Survival, a_peer_that_never_reads) {
  survives([&] {
    auto call = call_out();
    std::string const much(64 << 20, 'x');
    EXPECT_FALSE(call->port.type(much, 1s)) << "back-pressure reaches the sender";
    goes_on_elsewhere();
    call->peer.close();
    EXPECT_TRUE(call->port.expect(no_carrier));
  });
}

/// The port is closed at once; the modem has S38 for the last words (20 s), and the socket 5 s more.
TEST_F(Survival, a_peer_that_does_not_read_the_last_words) {
  Held const before = held(pid());
  auto call = call_out();
  EXPECT_FALSE(call->port.type(std::string(64 << 20, 'x'), 1s));
  call->port.close();
  auto const closed = Clock::now();
  EXPECT_TRUE(eventually([&] {
    return bank->vmodem({"status", "ttyVM0", "--json"}).out.find("\"dtr\":false") != std::string::npos;
  }));
  EXPECT_LT(Clock::now() - closed, 10s) << "DTR falls with the close, not when the peer has read";
  goes_on_elsewhere();
  EXPECT_TRUE(eventually([&] { return held(pid()).descriptors == before.descriptors; }, 60s))
      << "the call is given up, though the peer is still there";
  EXPECT_LT(Clock::now() - closed, 45s);
  PortFile again(bank->port(0));
  EXPECT_TRUE(again.command("AT"));
}

TEST_F(Survival, a_peer_that_sends_a_byte_a_second) {
  auto call = call_out("telnet");
  for (int i = 0; i < 4; ++i) {
    for (char const* byte : {"a", "\xff", "\xff"}) {
      ASSERT_TRUE(call->peer.type(byte));
      std::this_thread::sleep_for(300ms);
    }
    EXPECT_TRUE(call->port.expect("a\xff"));
  }
  goes_on_elsewhere();
}

TEST_F(Survival, a_second_caller_during_ring) {
  survives([&] {
    PortFile port(bank->port(0));
    Peer first(Peer::connect_to(bank.listener()));
    ASSERT_TRUE(port.expect("RING\r\n"));
    Peer second(Peer::connect_to(bank.listener()));
    EXPECT_TRUE(second.expect("BUSY\r\n"));
    EXPECT_TRUE(second.expect_end());
    ASSERT_TRUE(first.type("mine"));
    ASSERT_TRUE(port.type("ATA\r"));
    EXPECT_TRUE(port.expect("\nCONNECT 115200\r\nmine"));
  });
}

TEST_F(Survival, a_name_that_does_not_resolve) {
  survives([&] {
    PortFile port(bank->port(0));
    ASSERT_TRUE(port.type("ATDTno-such-host.invalid:23\r"));
    EXPECT_TRUE(port.expect(no_carrier));
    EXPECT_TRUE(port.command("AT"));
  });
}

/// A listening socket whose backlog is full: who connects gets no answer.
class UnansweringHost : public Survival {
 protected:
  void SetUp() override {
    Survival::SetUp();
    for (int i = 0; i < 4; ++i) fillers.push_back(std::make_unique<Peer>(Peer::connect_to(full.port())));
    std::this_thread::sleep_for(50ms);
  }
  void dial(PortFile& port, std::string const& first = "AT") {
    ASSERT_TRUE(port.command(first));
    ASSERT_TRUE(port.type("ATDT" + full.address() + "\r"));
    EXPECT_EQ(port.listen(1s).find("NO CARRIER"), std::string::npos) << "it is being tried";
  }
  Server full{0};
  std::vector<std::unique_ptr<Peer>> fillers;
};

TEST_F(UnansweringHost, is_given_up_at_a_key) {
  survives([&] {
    PortFile port(bank->port(0));
    dial(port);
    auto const pressed = Clock::now();
    ASSERT_TRUE(port.type("x"));
    EXPECT_TRUE(port.expect(no_carrier));
    EXPECT_LT(Clock::now() - pressed, 10s) << "not when the system gives up";
  });
}

TEST_F(UnansweringHost, is_given_up_when_the_program_closes_its_port) {
  survives([&] {
    PortFile port(bank->port(0));
    dial(port);
  });
}

TEST_F(UnansweringHost, is_given_up_after_s7) {
  survives([&] {
    PortFile port(bank->port(0));
    dial(port, "ATS7=2");
    EXPECT_TRUE(port.expect(no_carrier));
  });
}

std::string option_storm() {
  std::string storm;
  for (int i = 0; i < 60'000; ++i) {
    storm += '\xff';
    storm += static_cast<char>(251 + i % 4);  // WILL, WONT, DO, DONT
    storm += static_cast<char>(i % 256);
    if (i % 100 == 0)
      storm += std::string("\xff\xfa\x18\x01\xff\xf0\xff\xf6", 8);  // SB TERMINAL-TYPE SEND, AYT
  }
  return storm;
}

TEST_F(Survival, a_storm_of_telnet_options_from_a_host) {
  survives([&] {
    auto call = call_out("telnet");
    std::string const storm = option_storm();
    for (size_t at = 0; at < storm.size(); at += 10'000) {
      ASSERT_TRUE(call->peer.type(storm.substr(at, 10'000)));
      call->peer.listen(1ms);
    }
    ASSERT_TRUE(call->peer.type("calm"));
    EXPECT_TRUE(call->port.expect("calm"));
  });
}

TEST_F(Survival, a_storm_of_telnet_questions_whose_answers_nobody_reads) {
  std::string questions;
  for (int i = 0; i < 16'000'000; ++i) questions += "\xff\xf6";  // AYT, each of which has an answer
  survives([&] {
    auto call = call_out("telnet");
    EXPECT_FALSE(call->peer.type(questions, 1s)) << "a peer that does not listen is not heard either";
    goes_on_elsewhere();
  });
}

TEST_F(Survival, a_storm_of_telnet_options_from_a_caller) {
  survives([&] {
    Peer caller(Peer::connect_to(bank.listener(1)));
    std::string const storm = option_storm();
    for (size_t at = 0; at < storm.size(); at += 10'000) {
      ASSERT_TRUE(caller.type(storm.substr(at, 10'000)));
      caller.listen(1ms);
    }
    ASSERT_TRUE(caller.type("calm"));
    EXPECT_TRUE(caller.expect("calm")) << "the echo line still answers";
  });
}

}  // namespace
}  // namespace offhook::e2e
