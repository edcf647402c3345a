// Bytes arrive at the line's rate: to the nanosecond, for hours, and without a wake-up a byte.
#include <gtest/gtest.h>

#include "emulator/base/random.h"
#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

Pair paced(uint32_t rate_bps) {
  Pair pair({.rate_bps = rate_bps, .buffer_bytes = 16384});
  pair.train();
  return pair;
}

TEST(pacing, the_kth_byte_arrives_k_byte_times_after_the_period_began) {
  Pair pair = paced(33600);  // LAPM: 4200 bytes a second
  pair.push(End::near, std::string(4200, 'x'));
  Instant const start = pair.now;
  for (int64_t k : {1, 2, 3, 1000, 4199, 4200}) {
    Duration const due((k * 1'000'000'000 + 4199) / 4200);
    pair.now = start + due - 1ns;
    EXPECT_EQ(pair.ready(End::far).size(), static_cast<size_t>(k - 1));
    pair.now = start + due;
    EXPECT_EQ(pair.ready(End::far).size(), static_cast<size_t>(k));
  }
}

TEST(pacing, costs_ten_bits_a_byte_without_error_control_and_eight_with) {
  Pair corrected = paced(2400);
  auto bare = originating();
  bare.offer_lapm = false;
  Pair plain({.rate_bps = 2400, .buffer_bytes = 16384});
  plain.train(bare);
  for (Pair* pair : {&corrected, &plain}) {
    pair->push(End::near, std::string(1000, 'x'));
    pair->now += 1s;
  }
  EXPECT_EQ(corrected.ready(End::far).size(), 300u);
  EXPECT_EQ(plain.ready(End::far).size(), 240u);
}

TEST(pacing, does_not_drift_over_hours_and_wakes_no_more_than_a_hundred_times_a_second) {
  Pair pair = paced(33600);
  size_t taken = 0, wakes = 0;
  std::string const block(4096, 'x');
  Instant last = pair.now;
  while (pair.push(End::near, block) == block.size()) continue;
  Instant const start = pair.now, end = start + std::chrono::hours(2);
  while (*pair.line.next_timeout() <= end) {
    pair.now = *pair.line.next_timeout();
    ASSERT_TRUE(wakes == 0 || pair.now - last >= 10ms);
    last = pair.now;
    pair.line.on_timeout(pair.now);
    size_t const got = pair.take(End::far).size();
    ASSERT_GT(got, 0u);
    taken += got;
    pair.push(End::near, block);
    ++wakes;
  }
  pair.now = end;
  taken += pair.take(End::far).size();
  EXPECT_EQ(taken, 2u * 3600u * 4200u);
}

TEST(pacing, wakes_for_a_single_byte_as_soon_as_it_arrives) {
  Pair pair = paced(33600);
  pair.push(End::near, "x");
  EXPECT_EQ(*pair.line.next_timeout() - pair.now, Duration(238096));  // 8 / 33600 s, rounded up
  pair.now = *pair.line.next_timeout();
  EXPECT_EQ(pair.take(End::far), "x");
  pair.line.on_timeout(pair.now);
  EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
}

TEST(pacing, slow_lines_wake_once_a_byte) {
  Pair pair = paced(300);
  pair.push(End::near, "abc");
  Instant const start = pair.now;
  for (int k = 1; k <= 3; ++k) {
    ASSERT_EQ(*pair.line.next_timeout(), start + Duration((k * 10'000'000'000 + 299) / 300));
    pair.now = *pair.line.next_timeout();
    pair.line.on_timeout(pair.now);
    EXPECT_EQ(pair.take(End::far).size(), 1u);
  }
  EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
}

TEST(pacing, an_idle_line_saves_nothing_up) {
  Pair pair = paced(2400);
  pair.push(End::near, "x");
  pair.pass(10s);
  pair.push(End::near, std::string(100, 'y'));
  pair.pass(100ms);
  EXPECT_EQ(pair.take(End::far).size(), 1u + 30u);
}

TEST(pacing, both_ways_are_independent) {
  Pair pair = paced(2400);
  pair.push(End::near, std::string(300, 'x'));
  pair.pass(500ms);
  pair.push(End::far, std::string(300, 'y'));
  pair.pass(500ms);
  EXPECT_EQ(pair.take(End::far).size(), 300u);
  EXPECT_EQ(pair.take(End::near).size(), 150u);
}

TEST(pacing, the_sender_is_held_back_by_what_is_in_transit_and_by_what_is_not_taken) {
  Pair pair({.rate_bps = 2400, .buffer_bytes = 100});
  pair.train();
  EXPECT_EQ(pair.push(End::near, std::string(150, 'x')), 100u);
  EXPECT_EQ(pair.line.room(End::near), 0u);
  pair.pass(1s);
  EXPECT_EQ(pair.push(End::near, "x"), 0u);
  EXPECT_EQ(pair.take(End::far, 10).size(), 10u);
  EXPECT_EQ(pair.line.room(End::near), 10u);
}

TEST(pacing, new_parameters_in_mid_call_keep_every_byte) {
  Pair pair = paced(2400);
  pair.push(End::near, std::string(600, 'x'));
  pair.pass(1s);
  pair.line.set_parameters(pair.now, {.rate_bps = 1200, .buffer_bytes = 10});
  EXPECT_EQ(pair.ready(End::far).size(), 300u);
  EXPECT_EQ(pair.line.room(End::near), 0u);
  pair.pass(1s);
  EXPECT_EQ(pair.ready(End::far).size(), 450u);
  pair.line.set_parameters(pair.now, {});
  EXPECT_EQ(pair.ready(End::far).size(), 600u);
  EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
  EXPECT_FALSE(pair.line.transparent(End::near));
  pair.take(End::far);
  EXPECT_TRUE(pair.line.transparent(End::near));
}

}  // namespace
}  // namespace offhook::line
