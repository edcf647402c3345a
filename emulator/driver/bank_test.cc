// The bank on real ptys: opens, calls, hang-ups, faults.
#include "emulator/driver/bank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <termios.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "emulator/driver/bank_fixture.h"

namespace offhook::driver {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using v24::Circuit;

TEST_F(BankTest, a_program_gets_ok_and_dtr_follows_its_open) {
  start();
  EXPECT_FALSE(on(0, Circuit::dtr));
  {
    Program a = open(0);
    EXPECT_TRUE(on(0, Circuit::dtr));
    a.type("AT\r");
    EXPECT_TRUE(reads(a, "AT\r\r\nOK\r\n"));
  }
  EXPECT_TRUE(until([&] { return !status(0).open; }));
  EXPECT_FALSE(on(0, Circuit::dtr));
}

TEST_F(BankTest, two_programs_talk_through_a_call) {
  start();
  auto ends = call();
  auto& a = ends.first;
  auto& b = ends.second;
  a.type("hello");
  EXPECT_TRUE(reads(b, "hello"));
  b.type("and back");
  EXPECT_TRUE(reads(a, "and back"));
  EXPECT_TRUE(on(0, Circuit::dcd));
  ASSERT_TRUE(status(0).call);
  EXPECT_EQ(status(0).call->peer, "5550101");
  EXPECT_EQ(status(1).call->peer, "5550100");
  EXPECT_EQ(status(0).bytes.to_line, 5u);
  EXPECT_EQ(status(1).bytes.from_line, 5u);
}

TEST_F(BankTest, the_echo_line_sends_back_every_byte) {
  start();
  Program a = open(0);
  a.type("ATDT5550000\r");
  ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
  a.seen.clear();
  std::string sent;
  for (int i = 0; i < 256 * 256; ++i) {
    sent += static_cast<char>(i >> 8);
    sent += static_cast<char>(i);
  }
  size_t written = 0;
  EXPECT_TRUE(until([&] {
    if (written < sent.size()) {
      ssize_t const n = ::write(a.fd.get(), sent.data() + written, sent.size() - written);
      if (n > 0) written += static_cast<size_t>(n);
    }
    a.look();
    return a.seen.size() >= sent.size();
  }));
  EXPECT_EQ(a.seen, sent);
}

TEST_F(BankTest, a_program_that_heeds_carrier_reads_no_carrier_and_is_hung_up) {
  start();
  auto ends = call(false);
  auto& a = ends.first;
  auto const generation = status(0).generation;
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_TRUE(reads(a, "\r\nNO CARRIER\r\n"));
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended;
  }));
  EXPECT_GT(status(0).generation, generation);
  EXPECT_TRUE(until([&] { return !status(0).open && status(0).state == "command"; }));
  Program again = open(0);
  again.type("AT\r");
  EXPECT_TRUE(reads(again, "OK"));
}

TEST_F(BankTest, a_program_that_ignores_carrier_keeps_its_port) {
  start();
  auto ends = call(true);
  auto& a = ends.first;
  auto const generation = status(0).generation;
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_TRUE(reads(a, "\r\nNO CARRIER\r\n"));
  a.type("AT\r");
  EXPECT_TRUE(reads(a, "OK"));
  EXPECT_EQ(status(0).generation, generation);
}

TEST_F(BankTest, closing_the_port_hangs_up_and_the_far_end_hears_of_it) {
  start();
  auto ends = call();
  auto& a = ends.first;
  auto& b = ends.second;
  a.type("last words");
  a.fd = io::Fd();
  EXPECT_TRUE(reads(b, "last words"));
  EXPECT_TRUE(reads(b, "NO CARRIER"));
  EXPECT_TRUE(until([&] { return status(0).state == "command" && !status(0).call; }));
}

TEST_F(BankTest, b0_is_a_dtr_drop) {
  start();
  auto ends = call();
  auto& a = ends.first;
  auto& b = ends.second;
  termios t{};
  ::tcgetattr(a.fd.get(), &t);
  ::cfsetospeed(&t, B0);
  ::tcsetattr(a.fd.get(), TCSANOW, &t);
  EXPECT_TRUE(reads(b, "NO CARRIER"));
  EXPECT_FALSE(on(0, Circuit::dtr));
  EXPECT_TRUE(status(0).open);
}

TEST_F(BankTest, an_unplugged_cable_takes_circuits_and_bytes_and_leaves_the_descriptor) {
  start();
  Program a = open(0);
  ASSERT_TRUE(bank->unplug(0, false).has_value());
  EXPECT_FALSE(on(0, Circuit::dsr));
  EXPECT_THAT(status(0).faults, Contains("unplugged"));
  a.type("AT\r");
  EXPECT_TRUE(until([&] { return status(0).bytes.from_dte == 3; }));
  ASSERT_TRUE(bank->plug(0).has_value());
  EXPECT_TRUE(on(0, Circuit::dsr));
  a.type("ATI\r");
  EXPECT_TRUE(reads(a, "OK"));
  EXPECT_THAT(a.seen, testing::Not(HasSubstr("AT\r\r\nOK")));
  EXPECT_TRUE(bank->plug(0).has_error());
}

TEST_F(BankTest, a_removed_port_hangs_up_its_program_and_loses_its_name_until_plugged) {
  start();
  Program a = open(0);
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_FALSE(fs::is_symlink(path(0)));
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended;
  }));
  ASSERT_TRUE(bank->plug(0).has_value());
  Program again = open(0);
  again.type("AT\r");
  EXPECT_TRUE(reads(again, "OK"));
}

TEST_F(BankTest, a_wedged_modem_hears_nothing_until_it_is_reset) {
  start();
  auto ends = call();
  auto& a = ends.first;
  auto& b = ends.second;
  ASSERT_TRUE(bank->wedge(0).has_value());
  a.type("data");
  EXPECT_TRUE(until([&] { return status(0).bytes.from_dte == 12 + 4; }));
  EXPECT_EQ(status(0).state, "wedged");
  ASSERT_TRUE(bank->reset(0).has_value());
  EXPECT_TRUE(reads(b, "NO CARRIER"));
  a.type("AT\r");
  EXPECT_TRUE(reads(a, "OK"));
}

TEST_F(BankTest, an_injected_ring_shows_caller_and_ri_and_gives_up_after_its_bursts) {
  start();
  Program a = open(0);
  a.type("AT+VCID=1\r");
  ASSERT_TRUE(reads(a, "OK"));
  std::vector<exchange::CallNote::Kind> kinds;
  bank->watch([&](Event const& event) {
    if (event.call) kinds.push_back(event.call->kind);
  });
  Bank::RingRequest request;
  request.from.presentation = loop::CallerId::Presentation::given;
  request.from.number = "5550199";
  request.rings = 1;
  ASSERT_TRUE(bank->ring(0, request).has_value());
  EXPECT_TRUE(on(0, Circuit::ri));
  EXPECT_TRUE(reads(a, "RING"));
  EXPECT_TRUE(until([&] { return !kinds.empty() && kinds.back() == exchange::CallNote::Kind::ended; }));
  EXPECT_FALSE(on(0, Circuit::ri));
}

TEST_F(BankTest, an_ordered_drop_is_shown_until_it_comes_about) {
  start();
  auto const programs = call();
  Bank::DropRequest after;
  after.after_bytes = 100;
  ASSERT_TRUE(bank->drop(0, after).has_value());
  EXPECT_THAT(status(0).faults, Contains("carrier drop after 100 bytes"));
  programs.first.type(std::string(40, 'x'));
  EXPECT_TRUE(
      until([&] { return testing::Matches(Contains("carrier drop after 60 bytes"))(status(1).faults); }));
  programs.second.type(std::string(60, 'y'));
  EXPECT_TRUE(until([&] { return testing::Matches(Contains("carrier lost"))(status(0).faults); }));
}

TEST_F(BankTest, a_ring_without_end_is_ended_by_a_drop) {
  start();
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  EXPECT_TRUE(bank->ring(0, {}).has_error()) << "the line is busy";
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_FALSE(on(0, Circuit::ri));
  EXPECT_TRUE(bank->ring(0, {}).has_value());
}

TEST_F(BankTest, an_injected_ring_that_is_answered_speaks_to_an_echo) {
  start();
  Program a = open(0);
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  ASSERT_TRUE(reads(a, "RING"));
  a.type("ATA\r");
  ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
  a.seen.clear();
  a.type("anybody there?");
  EXPECT_TRUE(reads(a, "anybody there?"));
}

TEST_F(BankTest, a_port_that_was_removed_takes_nobody_elses_place_when_it_comes_back) {
  start();
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  std::optional<Program> b = open(1, false);
  ASSERT_TRUE(until([&] { return status(1).open; }));
  // The number of the removed port's pty goes to the next fresh one: port 1's, once it is hung up and removed
  // too.
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(bank->unplug(1, true).has_value());
    auto const grave_closes = std::chrono::steady_clock::now() + config.hangup_grace + 20ms;
    ASSERT_TRUE(until([&] { return std::chrono::steady_clock::now() > grave_closes; }));
    ASSERT_TRUE(bank->plug(1).has_value());
  }
  ASSERT_TRUE(bank->plug(0).has_value());
  b.emplace(open(1));
  b->type("AT\r");
  EXPECT_TRUE(reads(*b, "OK"));
}

TEST_F(BankTest, a_program_that_dies_while_the_line_is_full_frees_its_port) {
  start();
  {
    Program a = open(0);
    a.type("ATDT5550000\r");
    ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
    std::string const much(4096, 'x');
    for (int idle = 0; idle < 50; ++idle) {  // it never reads what the echo sends back
      if (::write(a.fd.get(), much.data(), much.size()) > 0) idle = 0;
      turn(1ms);
    }
  }
  EXPECT_TRUE(until([&] { return !status(0).open && status(0).state == "command" && !on(0, Circuit::dtr); }));
  Program again = open(0);
  again.type("AT\r");
  EXPECT_TRUE(reads(again, "OK"));
}

TEST_F(BankTest, nothing_is_written_to_a_port_that_no_program_has_open) {
  start();
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  EXPECT_TRUE(until([&] { return on(0, Circuit::ri); }));
  Program a = open(0);
  a.type("AT\r");
  EXPECT_TRUE(reads(a, "OK"));
  EXPECT_THAT(a.seen, testing::StartsWith("AT\r"));
}

TEST_F(BankTest, a_program_that_never_reads_does_not_stop_the_others) {
  start();
  auto ends = call();
  auto& a = ends.first;
  auto& b = ends.second;
  std::string const much(1 << 20, 'x');
  size_t written = 0;
  for (int idle = 0; idle < 50; ++idle) {
    ssize_t const n = ::write(a.fd.get(), much.data(), 4096);
    if (n > 0) {
      written += static_cast<size_t>(n);
      idle = 0;
    }
    turn(1ms);
  }
  EXPECT_LT(written, much.size()) << "back-pressure reaches the sender";
  Program c = open(2);
  c.type("AT\r");
  EXPECT_TRUE(reads(c, "OK"));
  EXPECT_TRUE(until([&] {
    b.look();
    return b.seen.size() == written;
  })) << "not a byte is lost";
}

TEST_F(BankTest, stopping_removes_names_and_sockets) {
  start();
  auto ends = call();
  auto& a = ends.first;
  bank->stop();
  EXPECT_FALSE(fs::exists(fs::symlink_status(path(0))));
  EXPECT_FALSE(fs::exists(config.dir + "/v24.sock"));
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended;
  }));
}

}  // namespace
}  // namespace offhook::driver
