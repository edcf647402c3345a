// Calls that come in, banks that call each other, telnet, the phonebook and its programs.
#include <csignal>

#include "emulator/base/text.h"
#include "emulator/driver/trunk_fixture.h"

namespace offhook::driver {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using v24::Circuit;

TEST_F(TrunkTest, a_caller_from_the_network_rings_is_answered_and_talks) {
  listen("5550100");
  start();
  Program a = open(0);
  a.type("AT+VCID=1\r");
  ASSERT_TRUE(reads(a, "OK"));
  Program caller = connect_to(port_of(0));
  ASSERT_TRUE(reads(a, "RING"));
  EXPECT_TRUE(on(0, Circuit::ri));
  a.type("ATA\r");
  ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
  a.seen.clear();
  caller.type("hello");
  EXPECT_TRUE(reads(a, "hello"));
  a.type("welcome");
  EXPECT_TRUE(reads(caller, "welcome"));
  EXPECT_THAT(status(0).call->peer, HasSubstr("127.0.0.1:"));
  caller.fd = io::Fd();
  EXPECT_TRUE(reads(a, "NO CARRIER"));
}

TEST_F(TrunkTest, the_callers_address_is_its_name) {
  listen("5550100");
  start();
  Program a = open(0);
  a.type("AT+VCID=1\r");
  ASSERT_TRUE(reads(a, "OK"));
  Program const caller = connect_to(port_of(0));
  EXPECT_TRUE(reads(a, "NMBR = O\r\nNAME = 127.0.0.1\r\n")) << escaped(a.seen);
}

TEST_F(TrunkTest, what_a_caller_typed_while_it_rang_waits_for_the_answer) {
  listen("5550100");
  start();
  Program a = open(0);
  Program const caller = connect_to(port_of(0));
  caller.type("early");
  ASSERT_TRUE(reads(a, "RING"));
  a.type("ATA\r");
  EXPECT_TRUE(reads(a, "CONNECT 115200\r\nearly"));
}

TEST_F(TrunkTest, a_second_caller_while_it_rings_is_told_busy) {
  listen("5550100");
  start();
  Program a = open(0);
  Program const first = connect_to(port_of(0));
  ASSERT_TRUE(reads(a, "RING"));
  Program second = connect_to(port_of(0));
  EXPECT_TRUE(ends(second));
  EXPECT_EQ(second.seen, "BUSY\r\n");
  a.type("ATA\r");
  EXPECT_TRUE(reads(a, "CONNECT")) << "the first has its line";
  EXPECT_TRUE(status(0).call);
}

TEST_F(TrunkTest, a_caller_that_gives_up_stops_the_ringing) {
  listen("5550100");
  start();
  Program a = open(0);
  {
    Program const caller = connect_to(port_of(0));
    ASSERT_TRUE(reads(a, "RING"));
    caller.type("impatient");
  }
  EXPECT_TRUE(until([&] { return !on(0, Circuit::ri) && status(0).loop == "on_hook"; }));
}

TEST_F(TrunkTest, an_address_has_so_many_calls_at_once) {
  listen("5550000", trunk::Protocol::raw, {.per_address = 2});
  start();
  std::list<Program> callers;
  for (int i = 0; i < 2; ++i) {
    callers.push_back(connect_to(port_of(0)));
    callers.back().type("x");
    EXPECT_TRUE(reads(callers.back(), "x")) << "the echo line";
  }
  Program third = connect_to(port_of(0));
  EXPECT_TRUE(ends(third));
  EXPECT_EQ(third.seen, "BUSY\r\n");
  callers.pop_back();
  EXPECT_TRUE(until([&] {
    Program again = connect_to(port_of(0));
    [[maybe_unused]] auto const n = ::write(again.fd.get(), "y", 1);
    return until([&] {
             again.look();
             return again.ended || !again.seen.empty();
           }) &&
           again.seen == "y";
  }));
}

TEST_F(TrunkTest, hundreds_of_callers_at_once_are_answered_or_refused_and_leave_nothing) {
  listen("5550100", trunk::Protocol::raw, {.per_address = 0});
  start();
  Program a = open(0);
  a.type("ATS0=1\r");
  ASSERT_TRUE(reads(a, "OK"));
  size_t const before = open_descriptors();
  {
    std::list<Program> callers;
    for (int i = 0; i < 400; ++i) {
      callers.push_back(connect_to(port_of(0)));
      if (i % 3 == 0) callers.back().fd = io::Fd();
    }
    EXPECT_TRUE(until([&] {
      size_t told = 0;
      for (auto& caller : callers) {
        if (caller.fd) caller.look();
        told += !caller.fd || caller.ended;
      }
      return told + 1 >= callers.size();
    }));
  }
  EXPECT_TRUE(idle(0));
  EXPECT_TRUE(until([&] { return open_descriptors() == before; })) << open_descriptors() << " " << before;
  a.seen.clear();
  a.type("AT\r");
  EXPECT_TRUE(reads(a, "OK"));
}

// ---- two banks, and telnet

class TwoBanks : public TrunkTest, public testing::WithParamInterface<trunk::Protocol> {};

TEST_P(TwoBanks, call_each_other_and_every_pair_of_bytes_arrives) {
  listen("5550100", GetParam());
  start();
  BankConfig other = config;
  other.dir = config.dir + "/other";
  fs::create_directory(other.dir);
  other.listeners.clear();
  other.dial_protocol = GetParam();
  Bank far(*io, other);
  ASSERT_TRUE(far.start().has_value());
  Program a = open(0);
  a.type("ATS0=1\r");
  ASSERT_TRUE(reads(a, "OK"));
  Program b;
  b.fd = io::Fd(::open((other.dir + "/ttyVM0").c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK));
  ASSERT_TRUE(until([&] { return far.status(0).open; }));
  b.type("ATDT127.0.0.1:" + std::to_string(port_of(0)) + "\r");
  ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
  ASSERT_TRUE(reads(b, "CONNECT 115200\r\n"));
  a.seen.clear();
  b.seen.clear();
  EXPECT_TRUE(carry(a, b, all_pairs()) == all_pairs());
  EXPECT_TRUE(carry(b, a, all_pairs()) == all_pairs());
  b.fd = io::Fd();
  EXPECT_TRUE(reads(a, "NO CARRIER"));
  EXPECT_TRUE(idle(0));
  far.stop();
}
INSTANTIATE_TEST_SUITE_P(, TwoBanks, testing::Values(trunk::Protocol::raw, trunk::Protocol::telnet),
                         [](auto const& of) { return of.param == trunk::Protocol::raw ? "raw" : "telnet"; });

TEST_F(TrunkTest, a_telnet_server_that_says_nothing_is_connected_within_a_second_or_so) {
  config.dial_protocol = trunk::Protocol::telnet;
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  a.type("\xff");
  EXPECT_TRUE(reads(peer, "\xff\xff"));
}

TEST_F(TrunkTest, a_storm_of_telnet_options_neither_grows_nor_stops_a_call) {
  config.dial_protocol = trunk::Protocol::telnet;
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  std::string storm;
  for (int i = 0; i < 100000; ++i) storm += std::string("\xff\xfd") + static_cast<char>(i % 250);
  size_t written = 0;
  EXPECT_TRUE(until([&] {
    ssize_t const n = ::write(peer.fd.get(), storm.data() + written, storm.size() - written);
    if (n > 0) written += static_cast<size_t>(n);
    return written == storm.size();
  }));
  peer.type("calm");
  EXPECT_TRUE(reads(a, "calm"));
}

// ---- phonebook and programs

TEST_F(TrunkTest, a_number_and_a_name_of_the_phonebook_lead_to_an_address) {
  Server const server = serve();
  add({.number = "5551234",
       .name = "home",
       .target = trunk::Address{"127.0.0.1", server.port},
       .program = {}});
  start();
  Program a = open(0), b = open(1);
  a.type("ATDT5551234\r");
  Program const first = accept(server);
  EXPECT_TRUE(reads(a, "CONNECT"));
  b.type("ATD\"HOME\"\r");
  Program const second = accept(server);
  EXPECT_TRUE(reads(b, "CONNECT"));
}

TEST_F(TrunkTest, a_new_phonebook_takes_the_place_of_the_old_one) {
  start();
  Program a = open(0);
  a.type("ATDT5551234\r");
  EXPECT_TRUE(reads(a, "NO CARRIER"));
  Server const server = serve();
  trunk::Phonebook book;
  ASSERT_TRUE(book.add(
      {.number = "5551234", .name = {}, .target = trunk::Address{"127.0.0.1", server.port}, .program = {}}));
  bank->set_phonebook(book);
  a.type("ATDT5551234\r");
  Program const peer = accept(server);
  EXPECT_TRUE(reads(a, "CONNECT"));
}

class ProgramTest : public TrunkTest {
 protected:
  void answer_with(std::string command) {
    add({.number = "5559", .name = {}, .target = {}, .program = std::move(command)});
    start();
    a.emplace(open(0));
    a->type("ATDT5559\r");
    ASSERT_TRUE(reads(*a, "CONNECT 115200\r\n"));
  }
  std::optional<Program> a;
};

TEST_F(ProgramTest, a_program_answers_on_a_terminal_and_knows_who_calls) {
  answer_with("tty; echo from $CALLER_NUMBER $CALLER_NAME at $CONNECT_SPEED; exec cat");
  EXPECT_TRUE(reads(*a, "/dev/pts/"));
  EXPECT_TRUE(reads(*a, "from 5550100 ttyVM0 at 33600\r\n")) << escaped(a->seen);
  a->seen.clear();
  a->type("hello\r");
  EXPECT_TRUE(reads(*a, "hello\r\nhello\r\n")) << "the terminal's echo, then cat's";
}

TEST_F(ProgramTest, the_call_ends_when_the_program_does_and_nothing_it_said_is_lost) {
  answer_with("seq 20000");
  EXPECT_TRUE(reads(*a, "NO CARRIER"));
  EXPECT_THAT(a->seen, HasSubstr("\r\n19999\r\n20000\r\n\r\nNO CARRIER\r\n"));
}

TEST_F(ProgramTest, the_call_ends_with_the_program_though_a_child_keeps_the_terminal) {
  answer_with("trap '' HUP; (trap '' HUP; sleep 15) & echo over");
  EXPECT_TRUE(reads(*a, "over\r\n\r\nNO CARRIER\r\n")) << escaped(a->seen);
}

TEST_F(ProgramTest, the_program_dies_with_the_call) {
  answer_with("echo pid=$$.; trap 'exit 0' HUP; while :; do sleep 0.02; done");
  ASSERT_TRUE(reads(*a, "."));
  size_t const during = open_descriptors();
  pid_t const pid = std::stoi(a->seen.substr(a->seen.find("pid=") + 4));
  EXPECT_EQ(::kill(pid, 0), 0);
  a->fd = io::Fd();
  EXPECT_TRUE(until([&] { return ::kill(pid, 0) != 0; })) << "dead and reaped";
  EXPECT_TRUE(idle(0));
  EXPECT_TRUE(until([&] { return open_descriptors() == during - 3; })) << "port, terminal and process";
}

TEST_F(ProgramTest, a_program_that_ignores_its_hang_up_is_killed) {
  answer_with("trap '' HUP; echo pid=$$.; while :; do sleep 0.02; done");
  ASSERT_TRUE(reads(*a, "."));
  pid_t const pid = std::stoi(a->seen.substr(a->seen.find("pid=") + 4));
  a->fd = io::Fd();
  EXPECT_TRUE(idle(0));
  EXPECT_TRUE(until([&] { return ::kill(pid, 0) != 0; }));
}

TEST_F(TrunkTest, a_hundred_calls_leave_no_descriptor_behind) {
  start();
  Server const server = serve();
  Program a = open(0);
  size_t const before = open_descriptors();
  for (int i = 0; i < 100; ++i) {
    a.seen.clear();
    a.type("ATDT" + server.address() + "\r");
    Program peer = accept(server);
    ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
    if (i % 2 == 0) {
      reset_of(peer);
    } else {
      peer.fd = io::Fd();
    }
    ASSERT_TRUE(reads(a, "NO CARRIER"));
  }
  EXPECT_TRUE(until([&] { return open_descriptors() == before; }));
}

}  // namespace
}  // namespace offhook::driver
