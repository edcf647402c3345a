// Callers from the network who reach what is outside too; lines that are busied out; breaks.
#include <csignal>

#include "emulator/base/text.h"
#include "emulator/driver/trunk_fixture.h"

namespace offhook::driver {
namespace {

using testing::HasSubstr;

TEST_F(TrunkTest, a_caller_from_the_network_reaches_a_program) {
  listen("5559");
  add({.number = "5559",
       .name = {},
       .target = {},
       .program = "echo caller $CALLER_NUMBER $CALLER_NAME.; cat"});
  start();
  size_t const before = open_descriptors();
  Program caller = connect_to(port_of(0));
  EXPECT_TRUE(reads(caller, "caller 127.0.0.1.\r\n")) << escaped(caller.seen);
  caller.seen.clear();
  caller.type("hello\r");
  EXPECT_TRUE(reads(caller, "hello\r\nhello\r\n"));
  caller.fd = io::Fd();
  EXPECT_TRUE(until([&] { return open_descriptors() == before; })) << "the program died with the call";
}

TEST_F(TrunkTest, what_a_program_said_last_reaches_the_caller_from_the_network) {
  listen("5559", trunk::Protocol::telnet);
  add({.number = "5559", .name = {}, .target = {}, .program = "seq 20000"});
  start();
  Program caller = connect_to(port_of(0));
  EXPECT_TRUE(ends(caller));
  EXPECT_THAT(caller.seen, HasSubstr("\r\n19999\r\n20000\r\n"));
}

TEST_F(TrunkTest, a_caller_from_the_network_reaches_an_address) {
  Server const server = serve();
  listen("5551234");
  add({.number = "5551234", .name = {}, .target = trunk::Address{"127.0.0.1", server.port}, .program = {}});
  start();
  size_t const before = open_descriptors();
  {
    Program caller = connect_to(port_of(0));
    caller.type("early");
    Program peer = accept(server);
    EXPECT_TRUE(reads(peer, "early"));
    EXPECT_EQ(carry(peer, caller, all_pairs()), all_pairs());
    peer.seen.clear();
    EXPECT_EQ(carry(caller, peer, all_pairs()), all_pairs());
    peer.type("goodbye");
    peer.fd = io::Fd();
    EXPECT_TRUE(ends(caller));
    EXPECT_EQ(caller.seen, "goodbye");
  }
  EXPECT_TRUE(until([&] { return open_descriptors() == before; }));
}

TEST_F(TrunkTest, a_caller_from_the_network_is_told_busy_where_its_address_refuses) {
  uint16_t port = 0;
  {
    Server const server = serve();
    port = server.port;
  }
  listen("5551234");
  add({.number = "5551234", .name = {}, .target = trunk::Address{"127.0.0.1", port}, .program = {}});
  start();
  Program caller = connect_to(port_of(0));
  EXPECT_TRUE(ends(caller));
  EXPECT_EQ(caller.seen, "BUSY\r\n");
}

TEST_F(TrunkTest, a_caller_that_leaves_while_its_address_is_tried_leaves_nothing_behind) {
  Server const server = serve(0);
  std::list<Program> fillers;
  for (int i = 0; i < 4; ++i) fillers.push_back(connect_to(server.port));
  listen("5551234");
  add({.number = "5551234", .name = {}, .target = trunk::Address{"127.0.0.1", server.port}, .program = {}});
  start();
  size_t const before = open_descriptors();
  {
    Program const caller = connect_to(port_of(0));
    ASSERT_TRUE(until([&] { return open_descriptors() == before + 3; }))
        << "the test's end, and the bank's two";
  }
  EXPECT_TRUE(until([&] { return open_descriptors() == before; }));
}

// ---- lines

class LineTest : public TrunkTest {
 protected:
  void run(size_t lines, Duration restart = 0s) {
    trunk::Entry entry;
    entry.number = "5559";
    entry.program = "read line";
    entry.lines = lines;
    entry.restart = restart;
    add(std::move(entry));
    start();
    a.emplace(open(0)), b.emplace(open(1));
  }
  bool dials(Program& caller, std::string const& result) {
    dial(caller);
    return reads(caller, result);
  }
  /// Dials until the line is not busy.
  bool gets_through(Program& caller) {
    auto const has = [&](char const* text) { return caller.seen.find(text) != std::string::npos; };
    return until([&] {
      dial(caller);
      return until([&] { return caller.look(), has("BUSY") || has("CONNECT"); }) && has("CONNECT");
    });
  }
  std::optional<Program> a, b;

 private:
  static void dial(Program& caller) {
    caller.seen.clear();
    caller.type("ATDT5559\r");
  }
};

TEST_F(LineTest, a_program_with_one_line_is_busy_to_a_second_caller_until_it_has_ended) {
  run(1);
  ASSERT_TRUE(dials(*a, "CONNECT 115200\r\n"));
  EXPECT_TRUE(dials(*b, "\r\nBUSY\r\n"));
  a->type("\r");
  EXPECT_TRUE(reads(*a, "NO CARRIER"));
  EXPECT_TRUE(gets_through(*b));
}

TEST_F(LineTest, a_line_is_busied_out_while_its_program_starts_again) {
  run(0, 1s);
  ASSERT_TRUE(dials(*a, "CONNECT 115200\r\n"));
  a->type("\r");
  ASSERT_TRUE(reads(*a, "NO CARRIER"));
  auto const ended = std::chrono::steady_clock::now();
  EXPECT_TRUE(dials(*b, "\r\nBUSY\r\n"));
  EXPECT_TRUE(gets_through(*b));
  EXPECT_GE(std::chrono::steady_clock::now() - ended, 900ms);
}

TEST_F(LineTest, a_caller_from_the_network_is_told_busy_too) {
  listen("5559");
  run(1);
  ASSERT_TRUE(dials(*a, "CONNECT 115200\r\n"));
  Program caller = connect_to(port_of(0));
  EXPECT_TRUE(ends(caller));
  EXPECT_EQ(caller.seen, "BUSY\r\n");
}

// ---- breaks and interrupts

TEST_F(TrunkTest, a_telnet_break_is_read_as_a_uart_would_have_it) {
  config.dial_protocol = trunk::Protocol::telnet;
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  peer.type("one\xff\xf3two\xff\xf4");
  EXPECT_TRUE(reads(a, std::string("one\0two\x03", 8))) << escaped(a.seen);
  termios settings{};
  ASSERT_EQ(::tcgetattr(a.fd.get(), &settings), 0);
  settings.c_iflag |= PARMRK;
  ASSERT_EQ(::tcsetattr(a.fd.get(), TCSANOW, &settings), 0);
  peer.type("\xff\xf3");
  EXPECT_TRUE(reads(a, std::string("\xff\0\0", 3))) << escaped(a.seen);
  a.seen.clear();
  settings.c_iflag |= IGNBRK;
  ASSERT_EQ(::tcsetattr(a.fd.get(), TCSANOW, &settings), 0);
  peer.type("\xff\xf3.");
  EXPECT_TRUE(reads(a, "."));
  EXPECT_EQ(a.seen, ".");
}

TEST_F(TrunkTest, a_break_interrupts_a_program_whose_terminal_says_so) {
  listen("5559", trunk::Protocol::telnet);
  add({.number = "5559",
       .name = {},
       .target = {},
       .program = "trap 'echo interrupted; exit' INT; stty brkint; echo go; while :; do sleep 0.02; done"});
  start();
  Program caller = connect_to(port_of(0));
  ASSERT_TRUE(reads(caller, "go\r\n"));
  caller.type("\xff\xf3");
  EXPECT_TRUE(reads(caller, "interrupted")) << escaped(caller.seen);
}

TEST_F(TrunkTest, a_break_passes_from_one_telnet_call_to_the_other) {
  Server const server = serve();
  listen("5551234", trunk::Protocol::telnet);
  add({.number = "5551234",
       .name = {},
       .target = trunk::Address{"127.0.0.1", server.port},
       .protocol = trunk::Protocol::telnet,
       .program = {}});
  start();
  Program caller = connect_to(port_of(0));
  Program peer = accept(server);
  caller.type("x");
  ASSERT_TRUE(reads(peer, "x"));
  caller.type("\xff\xf3");
  EXPECT_TRUE(reads(peer, "\xff\xf3"));
}

}  // namespace
}  // namespace offhook::driver
