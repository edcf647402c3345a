// Every impairment through two ports of a bank: what it does to bytes, that it goes away again, and that the
// same seed gives the same bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cmath>
#include <vector>

#include "emulator/driver/bank_fixture.h"

namespace offhook::driver {
namespace {

using line::Parameters;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ImpairmentTest : public BankTest {
 protected:
  /// A call without error control, unless it is asked for: errors become bytes.
  void connect(std::string const& setup = "AT+ES=0\r") {
    if (!bank) start();
    a_ = open(0);
    b_ = open(1);
    for (auto* program : {&a_, &b_}) {
      program->type(setup);
      ASSERT_TRUE(reads(*program, "OK"));
    }
    b_.type("ATS0=1\r");
    ASSERT_TRUE(until([&] {
      b_.look();
      return b_.seen.find("OK") != b_.seen.rfind("OK");
    }));
    a_.type("ATDT5550101\r");
    ASSERT_TRUE(reads(a_, "CONNECT"));
    ASSERT_TRUE(reads(b_, "CONNECT"));
    settle();
  }
  void settle() {
    for (int i = 0; i < 20; ++i) turn(1ms);
    for (auto* program : {&a_, &b_}) {
      program->look();
      program->seen.clear();
    }
  }
  void set(Parameters const& parameters, int port = 0) {
    auto const done = bank->set_line(static_cast<size_t>(port), parameters);
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  /// Sends so many bytes from port 0 and returns what came at port 1 by the time nothing more does.
  std::string carried(size_t size, char fill = 'U') {
    std::string const sent(size, fill);
    size_t written = 0;
    int idle = 0;
    b_.seen.clear();
    for (size_t heard = 0; idle < 60; turn(1ms)) {
      if (written < size) {
        ssize_t const n = ::write(a_.fd.get(), sent.data() + written, std::min<size_t>(4096, size - written));
        written += n > 0 ? static_cast<size_t>(n) : 0;
      }
      b_.look();
      idle = written == size && b_.seen.size() == heard ? idle + 1 : 0;
      heard = b_.seen.size();
    }
    return std::exchange(b_.seen, {});
  }
  line::Tally received(int port) const { return status(port).call->received; }

  /// What comes through a fresh bank whose lines are like this.
  std::string through(Parameters const& parameters, uint64_t seed, size_t size) {
    if (bank) {
      bank.reset();
      io->restart();
      io->poll();
    }
    config.seed = seed;
    start();
    connect();
    set(parameters);
    return carried(size);
  }

  Program a_, b_;
};

/// Within four deviations of what is expected of so many draws.
void expect_share(uint64_t count, double draws, double share) {
  EXPECT_NEAR(static_cast<double>(count), draws * share, 4 * std::sqrt(draws * share * (1 - share)));
}

uint64_t wrong_bits(std::string_view heard, char sent) {
  uint64_t count = 0;
  for (char const c : heard) count += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(c ^ sent)));
  return count;
}

TEST_F(ImpairmentTest, bit_errors_are_as_many_as_asked_and_end_with_their_key) {
  connect();
  set({.bit_error_rate = 0.01});
  constexpr size_t size = 50000;
  std::string const heard = carried(size);
  ASSERT_EQ(heard.size(), size);
  expect_share(wrong_bits(heard, 'U'), size * 8, 0.01);
  EXPECT_GT(received(1).damaged, 0u);
  set({});
  EXPECT_EQ(carried(size), std::string(size, 'U'));
}

TEST_F(ImpairmentTest, bursts_have_the_density_and_share_asked_for) {
  connect();
  set({.bursts = {900, 100, 0.5}});
  constexpr size_t size = 100000;
  std::string const heard = carried(size);
  ASSERT_EQ(heard.size(), size);
  // A tenth of the bits lies in bursts, half of those are wrong; bursts vary by as many as there are.
  double const bits = size * 8, expected = bits * 0.1 * 0.5, bursts = bits / 1000;
  EXPECT_NEAR(static_cast<double>(wrong_bits(heard, 'U')), expected, 6 * expected / std::sqrt(bursts));
  set({});
  EXPECT_EQ(carried(size), std::string(size, 'U'));
}

TEST_F(ImpairmentTest, bytes_are_lost_and_doubled_as_often_as_asked) {
  connect();
  constexpr size_t size = 50000;
  set({.byte_loss_rate = 0.1});
  expect_share(size - carried(size).size(), size, 0.1);
  EXPECT_GT(received(1).dropped, 0u);
  set({.byte_duplication_rate = 0.1});
  expect_share(carried(size).size() - size, size, 0.1);
  EXPECT_GT(received(1).duplicated, 0u);
  set({});
  EXPECT_EQ(carried(size).size(), size);
}

TEST_F(ImpairmentTest, with_error_control_errors_cost_frames_and_no_byte_is_wrong) {
  connect("AT\r");
  set({.bit_error_rate = 1e-4});
  constexpr size_t size = 100000;
  EXPECT_EQ(carried(size), std::string(size, 'U'));
  EXPECT_GT(received(1).resent, 0u);
  EXPECT_EQ(status(1).call->error_control, "lapm");
}

TEST_F(ImpairmentTest, the_same_seed_gives_the_same_bytes_and_another_one_others) {
  Parameters const noisy{.bit_error_rate = 0.01, .byte_loss_rate = 0.01, .byte_duplication_rate = 0.01};
  std::string const first = through(noisy, 42, 5000);
  EXPECT_EQ(through(noisy, 42, 5000), first);
  EXPECT_NE(through(noisy, 43, 5000), first);
}

TEST_F(ImpairmentTest, every_call_has_a_seed_of_its_own_unless_its_port_names_one) {
  start();
  std::vector<std::string> told;
  bank->watch([&](Event const& event) {
    if (event.kind == "line") told.push_back(event.port + " " + event.text);
  });
  connect();
  auto const first = status(0).call->seed;
  EXPECT_NE(first, 0u);
  EXPECT_EQ(status(1).call->seed, first);
  std::string const call = "call " + std::to_string(status(0).call->id) + " seed ";
  EXPECT_THAT(
      told, ElementsAre("ttyVM0 " + call + std::to_string(first), "ttyVM1 " + call + std::to_string(first)));
  a_.fd = io::Fd();
  ASSERT_TRUE(until([&] { return !status(0).open && !status(0).call && !status(1).call; }));
  b_.fd = io::Fd();
  ASSERT_TRUE(until([&] { return !status(1).open; }));
  connect();
  EXPECT_NE(status(0).call->seed, first);
  set({.seed = 7});
  EXPECT_EQ(status(1).call->seed, 7u);
  set({.bit_error_rate = 0.01, .seed = 7});
  std::string const noisy = carried(2000);
  set({});
  set({.bit_error_rate = 0.01, .seed = 7});
  EXPECT_EQ(carried(2000), noisy) << "a seed that is set anew begins anew";
}

TEST_F(ImpairmentTest, a_call_meets_the_lines_of_both_its_ports) {
  config.line = {.rate_bps = 9600};
  config.modems[1].line = Parameters{.rate_bps = 33600, .byte_loss_rate = 0.5};
  connect();
  EXPECT_EQ(status(0).call->line.rate_bps, 9600u);
  set({.rate_bps = 0, .delay = 10ms, .byte_loss_rate = 0.5});
  auto const seed = status(0).call->seed;
  EXPECT_EQ(status(1).call->line,
            (Parameters{.rate_bps = 33600, .delay = 10ms, .byte_loss_rate = 0.75, .seed = seed}));
  EXPECT_EQ(status(0).line.byte_loss_rate, 0.5) << "a port's own stays its own";
  set({}, 1);
  EXPECT_EQ(status(0).call->line, (Parameters{.delay = 10ms, .byte_loss_rate = 0.5, .seed = seed}));
  set({});
  EXPECT_EQ(status(0).call->line, (Parameters{.seed = seed}));
  EXPECT_EQ(bank->configured_line(0), (Parameters{.rate_bps = 9600}));
  EXPECT_EQ(bank->configured_line(1), (Parameters{.rate_bps = 33600, .byte_loss_rate = 0.5}));
}

TEST_F(ImpairmentTest, a_delay_holds_bytes_back_in_order_and_a_stuck_line_until_it_is_free) {
  connect();
  set({.delay = 60ms, .jitter = 20ms});
  auto const began = std::chrono::steady_clock::now();
  a_.type("one two three");
  ASSERT_TRUE(reads(b_, "one two three"));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 60ms);
  set({.flow_stuck = true});
  b_.seen.clear();
  a_.type("stuck");
  for (int i = 0; i < 20; ++i) turn(1ms);
  b_.look();
  EXPECT_THAT(b_.seen, IsEmpty());
  set({});
  EXPECT_TRUE(reads(b_, "stuck"));
}

TEST_F(ImpairmentTest, a_rate_given_during_a_call_paces_it_and_goes_again) {
  connect();
  set({.rate_bps = 9600});
  auto const began = std::chrono::steady_clock::now();
  a_.type(std::string(200, 'x'));
  ASSERT_TRUE(reads(b_, std::string(200, 'x')));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 150ms);
  set({});
  EXPECT_EQ(carried(20000).size(), 20000u);
}

TEST_F(ImpairmentTest, a_value_out_of_range_is_refused_and_changes_nothing) {
  start();
  EXPECT_EQ(bank->set_line(0, {.delay = 11s}).error().message, "delay must be 0 to 10 seconds");
  EXPECT_EQ(status(0).line, Parameters{});
  EXPECT_TRUE(bank->set_words(0, {.delay = 61s}).has_error());
}

TEST_F(ImpairmentTest, a_carrier_clipped_for_less_than_s10_comes_back_and_one_for_longer_ends_the_call) {
  connect();
  ASSERT_TRUE(bank->clip(0, 500ms, Ends::near).has_value());
  EXPECT_THAT(status(0).faults, Contains(HasSubstr("carrier clipped, back in 0.")));
  b_.type("gone");
  ASSERT_TRUE(until([&] { return status(0).faults.empty(); }));
  EXPECT_TRUE(on(0, v24::Circuit::dcd));
  b_.type("back");
  EXPECT_TRUE(reads(a_, "back"));
  EXPECT_THAT(a_.seen, Not(HasSubstr("gone"))) << "without error control";
  settle();
  a_.type("still here");
  EXPECT_TRUE(reads(b_, "still here"));
  ASSERT_TRUE(bank->clip(0, 10s, Ends::both).has_value());
  EXPECT_TRUE(reads(a_, "NO CARRIER"));
  EXPECT_TRUE(bank->clip(0, 1s, Ends::both).has_error());
}

TEST_F(ImpairmentTest, a_dropped_carrier_is_restored_before_the_modems_hang_up) {
  connect();
  EXPECT_TRUE(bank->restore(0, Ends::both).has_error()) << "nothing is lost";
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_THAT(status(0).faults, ElementsAre("carrier lost", "carrier lost (heard by the far end)"));
  ASSERT_TRUE(bank->restore(0, Ends::both).has_value());
  EXPECT_THAT(status(0).faults, IsEmpty());
  ASSERT_TRUE(until([&] { return on(0, v24::Circuit::dcd) && on(1, v24::Circuit::dcd); }));
  settle();
  a_.type("again");
  EXPECT_TRUE(reads(b_, "again"));
}

TEST_F(ImpairmentTest, a_drop_that_waits_is_cancelled) {
  connect();
  EXPECT_TRUE(bank->cancel_drop(0).has_error()) << "none waits";
  Bank::DropRequest bytes, time;
  bytes.after_bytes = 10;
  time.after_time = 20ms;
  for (auto const& request : {bytes, time}) {
    ASSERT_TRUE(bank->drop(0, request).has_value());
    EXPECT_THAT(status(0).faults, Contains(HasSubstr("carrier drop")));
    ASSERT_TRUE(bank->cancel_drop(0).has_value());
    EXPECT_THAT(status(0).faults, IsEmpty());
  }
  EXPECT_EQ(carried(1000).size(), 1000u);
  EXPECT_TRUE(on(0, v24::Circuit::dcd));
}

TEST_F(ImpairmentTest, a_retrain_is_silent_and_loses_nothing) {
  connect("AT+MS=V22B\r");
  ASSERT_TRUE(bank->retrain(0).has_value());
  EXPECT_THAT(status(1).faults, ElementsAre("retraining"));
  a_.type("late");
  for (int i = 0; i < 20; ++i) turn(1ms);
  b_.look();
  EXPECT_THAT(b_.seen, IsEmpty());
  EXPECT_TRUE(reads(b_, "late"));
  EXPECT_THAT(status(1).faults, IsEmpty());
  EXPECT_TRUE(bank->retrain(2).has_error()) << "no call";
}

TEST_F(ImpairmentTest, a_call_that_rings_is_shown_and_a_removed_port_is_not_rung) {
  start();
  Bank::RingRequest request;
  request.from.presentation = loop::CallerId::Presentation::given;
  request.from.number = "5550199";
  auto const id = bank->ring(0, request);
  ASSERT_TRUE(id.has_value());
  ASSERT_TRUE(status(0).call);
  EXPECT_EQ(status(0).call->id, *id);
  EXPECT_EQ(status(0).call->state, "ringing");
  EXPECT_EQ(status(0).call->peer, "5550199");
  EXPECT_FALSE(status(0).call->originated);
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_FALSE(status(0).call);
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_EQ(bank->ring(0, request).error().message, "port ttyVM0 is removed: plug it first");
}

TEST_F(ImpairmentTest, wrong_echo_and_garbled_results_are_seeded_shown_and_taken_back) {
  start();
  a_ = open(0);
  auto const answer = [&](fault::Parameters const& faults, std::string_view typed) {
    EXPECT_TRUE(bank->set_words(0, faults).has_value());
    a_.seen.clear();
    size_t const before = status(0).bytes.to_dte;
    a_.type(typed);
    EXPECT_TRUE(until([&] { return status(0).bytes.to_dte == before + typed.size() + 6; }));
    a_.look();
    return a_.seen;
  };
  std::string const line = "AT" + std::string(30, ' ') + "\r";
  std::string const right = line + "\r\nOK\r\n";
  fault::Parameters const echo{.wrong_echo = 0.5}, results{.garbled_results = 1, .seed = 9};
  std::string const wrong = answer(echo, line);
  EXPECT_NE(wrong, right);
  EXPECT_THAT(wrong, testing::EndsWith("\r\nOK\r\n"));
  EXPECT_THAT(status(0).faults, ElementsAre(HasSubstr("echo wrong: 0.5, seed ")));
  EXPECT_NE(status(0).words.seed, 0u);
  EXPECT_EQ(answer(echo, line), wrong) << "the same seed";
  std::string const garbled = answer(results, line);
  EXPECT_THAT(garbled, testing::StartsWith(line));
  EXPECT_THAT(garbled, Not(HasSubstr("OK")));
  EXPECT_EQ(answer({}, line), right);
  EXPECT_THAT(status(0).faults, IsEmpty());
}

TEST_F(ImpairmentTest, late_results_come_late_and_data_waits_for_them_untouched) {
  connect();
  a_.fd = io::Fd();
  ASSERT_TRUE(until([&] { return !status(0).call && !status(1).call; }));
  a_ = open(0);
  ASSERT_TRUE(bank->set_words(0, {.wrong_echo = 1, .delay = 150ms}).has_value());
  auto const began = std::chrono::steady_clock::now();
  a_.type("ATE0DT5550101\r");
  ASSERT_TRUE(until([&] { return status(0).call && on(1, v24::Circuit::dcd); }));
  b_.type("data");
  ASSERT_TRUE(reads(a_, "CONNECT"));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 150ms);
  EXPECT_TRUE(reads(a_, "\r\ndata")) << "after the CONNECT, and not a bit of it wrong";
  EXPECT_THAT(status(0).faults, Contains("results late: 150 ms"));
  ASSERT_TRUE(bank->set_words(0, {}).has_value());
}

TEST_F(ImpairmentTest, words_that_nobody_reads_any_more_are_counted_as_lost) {
  start();
  a_ = open(0);
  ASSERT_TRUE(bank->set_words(0, {.delay = 30s}).has_value());
  a_.type("ATE0\r");
  ASSERT_TRUE(until([&] { return status(0).bytes.from_dte == 5 && status(0).state == "command"; }));
  auto const before = status(0).bytes.lost_to_dte;
  a_.fd = io::Fd();
  ASSERT_TRUE(until([&] { return !status(0).open; }));
  EXPECT_GE(status(0).bytes.lost_to_dte, before + 6);
}

}  // namespace
}  // namespace offhook::driver
