// How fast bytes go and how long they take while the line is full, at the rates people know.
#include <gtest/gtest.h>

#include <deque>

#include "emulator/base/random.h"
#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

/// Both directions of a pair kept full by senders that always have more, as a driver does it: at each of the
/// line's wake-ups it takes what has arrived and pushes what there is room for.
class Transfer {
 public:
  explicit Transfer(Parameters const& parameters) : pair_(parameters) {
    auto near = originating(), far = answering();
    near.modulation = far.modulation = loop::Modulation::v90;
    pair_.train(near, far);
    fill();
  }

  /// The bank is up to `late` late at each wake-up.
  void run(Duration time, Duration late = 0ms) {
    Random random(1);
    Instant const end = pair_.now + time;
    while (auto next = pair_.line.next_timeout()) {
      Duration const lag(random.below(static_cast<uint64_t>(late.count()) + 1));
      if (*next + lag > end) break;
      pair_.now = *next + lag;
      pair_.line.on_timeout(pair_.now);
      ++wakes_;
      fill();
    }
    pair_.now = end;
    fill();
  }

  uint64_t bytes(End from) const { return flows_[static_cast<size_t>(from)].received; }
  Duration longest_wait(End from) const { return flows_[static_cast<size_t>(from)].longest_wait; }
  double bytes_per_second(End from) const {
    auto const agreed = *pair_.line.carrier(from);
    return agreed.tx_rate_bps / (agreed.error_control == loop::ErrorControl::none ? 10.0 : 8.0);
  }
  size_t wakes() const { return wakes_; }

 private:
  struct Flow {
    std::deque<Instant> sent;
    uint64_t received = 0, accepted = 0;
    Duration longest_wait{0};
  };

  void fill() {
    static std::string const block = [] {
      std::string text;
      for (int i = 0; i < 251 * 20; ++i) text.push_back(static_cast<char>(i % 251));
      return text;
    }();
    while (turn(block, End::near) || turn(block, End::far)) continue;
  }

  bool turn(std::string const& block, End from) {
    Flow& flow = flows_[static_cast<size_t>(from)];
    std::string const heard = pair_.take(other(from));
    for (char const byte : heard) {
      EXPECT_EQ(static_cast<uint8_t>(byte), flow.received % 251) << "lost or out of order";
      flow.longest_wait = std::max(flow.longest_wait, pair_.now - flow.sent.front());
      flow.sent.pop_front();
      ++flow.received;
    }
    size_t const taken = pair_.push(from, std::string_view(block).substr(flow.accepted % 251));
    flow.accepted += taken;
    flow.sent.insert(flow.sent.end(), taken, pair_.now);
    return taken > 0 || !heard.empty();
  }

  Pair pair_;
  std::array<Flow, 2> flows_;
  size_t wakes_ = 0;
};

constexpr uint32_t rates[] = {300, 2400, 9600, 33600, 56000};

void expect_full_rate(Transfer const& transfer, double seconds) {
  for (End from : {End::near, End::far}) {
    double const due = transfer.bytes_per_second(from) * seconds;
    EXPECT_NEAR(static_cast<double>(transfer.bytes(from)), due, due * 0.01);
  }
}

TEST(throughput, is_within_one_percent_of_the_rate_over_twenty_seconds_both_ways_at_once) {
  for (uint32_t rate : rates) {
    SCOPED_TRACE(rate);
    Transfer transfer({.rate_bps = rate});
    transfer.run(20s);
    expect_full_rate(transfer, 20);
    EXPECT_LE(transfer.wakes(), 2 * 2001u);
  }
}

TEST(throughput, does_not_suffer_when_the_bank_is_late) {
  for (uint32_t rate : rates) {
    SCOPED_TRACE(rate);
    Transfer transfer({.rate_bps = rate});
    transfer.run(20s, 70ms);
    expect_full_rate(transfer, 20);
  }
}

TEST(throughput, of_a_line_with_delay_and_jitter_is_the_same_but_for_the_delay) {
  for (uint32_t rate : rates) {
    SCOPED_TRACE(rate);
    Transfer transfer({.rate_bps = rate, .delay = 250ms, .jitter = 50ms});
    transfer.run(20s);
    expect_full_rate(transfer, 19.72);
  }
}

TEST(latency, under_load_is_the_lines_own_and_twenty_milliseconds) {
  for (Duration delay : {0ms, 300ms}) {
    for (uint32_t rate : rates) {
      SCOPED_TRACE(rate);
      Transfer transfer({.rate_bps = rate, .delay = delay});
      transfer.run(20s);
      for (End from : {End::near, End::far}) {
        Duration const byte_time(static_cast<int64_t>(1e9 / transfer.bytes_per_second(from)) + 1);
        Duration const own = delay + std::max(byte_time, wake_interval) + byte_time;
        EXPECT_LE(transfer.longest_wait(from), own + 20ms);
        EXPECT_GT(transfer.bytes(from), 0u);
      }
    }
  }
}

TEST(latency, a_sender_that_was_held_back_gains_no_more_than_the_lateness_allowed) {
  Pair pair({.rate_bps = 2400, .buffer_bytes = 1000});
  pair.train();
  EXPECT_EQ(pair.push(End::near, std::string(1001, 'x')), 1000u);
  pair.pass(10s);
  EXPECT_EQ(pair.take(End::far).size(), 1000u);
  pair.push(End::near, std::string(1000, 'x'));
  EXPECT_EQ(pair.ready(End::far).size(), 30u);  // 100 ms of 300 bytes a second
}

TEST(latency, what_came_late_and_has_arrived_at_once_wakes_the_bank) {
  Pair pair({.rate_bps = 2400});
  pair.train();
  EXPECT_EQ(pair.push(End::near, std::string(100, 'x')), 7u);  // 20 ms of 300 bytes a second, and one
  pair.pass(50ms);
  pair.take(End::far);
  pair.push(End::near, std::string(7, 'x'));
  EXPECT_EQ(pair.ready(End::far).size(), 7u);
  ASSERT_TRUE(pair.line.next_timeout());
  EXPECT_LE(*pair.line.next_timeout(), pair.now + wake_interval);
  pair.now = *pair.line.next_timeout();
  pair.line.on_timeout(pair.now);
  EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
}

}  // namespace
}  // namespace offhook::line
