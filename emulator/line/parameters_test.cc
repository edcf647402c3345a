// What two lines make of one call, and what of a line is left to chance.
#include "emulator/line/parameters.h"

#include <gtest/gtest.h>

#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

TEST(combine, a_perfect_line_changes_nothing_of_the_other) {
  Parameters const odd{.rate_bps = 2400,
                       .realistic_training = true,
                       .buffer_bytes = 100,
                       .delay = 10ms,
                       .jitter = 5ms,
                       .bit_error_rate = 1e-3,
                       .bursts = {1e5, 50, 0.3},
                       .byte_loss_rate = 0.25,
                       .byte_duplication_rate = 0.125,
                       .flow_stuck = true,
                       .seed = 7};
  EXPECT_EQ(combine(odd, {}), odd);
  EXPECT_EQ(combine({}, odd), odd);
}

TEST(combine, the_lesser_rate_and_buffer_count) {
  EXPECT_EQ(combine({.rate_bps = 2400}, {.rate_bps = 300}).rate_bps, 300u);
  EXPECT_EQ(combine({.rate_bps = 300}, {.rate_bps = 2400}).rate_bps, 300u);
  EXPECT_EQ(combine({.buffer_bytes = 10}, {.buffer_bytes = 20}).buffer_bytes, 10u);
}

TEST(combine, delays_and_jitters_add_up) {
  auto const made = combine({.delay = 10ms, .jitter = 1ms}, {.delay = 20ms, .jitter = 2ms});
  EXPECT_EQ(made.delay, 30ms);
  EXPECT_EQ(made.jitter, 3ms);
}

TEST(combine, shares_strike_independently) {
  Parameters const half{.bit_error_rate = 0.5, .byte_loss_rate = 0.5, .byte_duplication_rate = 0.5};
  auto const made = combine(half, half);
  EXPECT_EQ(made.bit_error_rate, 0.75);
  EXPECT_EQ(made.byte_loss_rate, 0.75);
  EXPECT_EQ(made.byte_duplication_rate, 0.75);
  EXPECT_EQ(combine({.byte_loss_rate = 1}, half).byte_loss_rate, 1);
}

TEST(combine, bursts_come_as_often_as_both_together) {
  auto const made = combine({.bursts = {1000, 10, 1}}, {.bursts = {1000, 30, 0.5}}).bursts;
  EXPECT_DOUBLE_EQ(made.mean_gap_bits, 500);
  EXPECT_DOUBLE_EQ(made.mean_burst_bits, 20);
  EXPECT_DOUBLE_EQ(made.density, (10 * 1 + 30 * 0.5) / 40);
}

TEST(combine, the_callers_seed_counts_before_the_calleds) {
  EXPECT_EQ(combine({.seed = 1}, {.seed = 2}).seed, 1u);
  EXPECT_EQ(combine({}, {.seed = 2}).seed, 2u);
}

TEST(describe, a_line_is_told_as_the_operator_would_set_it) {
  EXPECT_EQ(describe({}), "");
  EXPECT_EQ(
      describe({.rate_bps = 2400,
                .realistic_training = true,
                .delay = 50ms,
                .jitter = 1500us,
                .bit_error_rate = 1e-5,
                .bursts = {1e6, 50, 0.3},
                .byte_loss_rate = 0.001,
                .byte_duplication_rate = 1,
                .flow_stuck = true,
                .seed = 7}),
      "rate=2400 training=realistic delay=50ms jitter=1.5ms errors=1e-05 bursts=1e+06,50,0.3 loss=0.001 "
      "duplication=1 flow=stuck seed=7");
}

TEST(chancy, a_seed_matters_where_something_is_left_to_chance) {
  EXPECT_FALSE(chancy({.rate_bps = 300, .delay = 1s, .flow_stuck = true, .seed = 3}));
  EXPECT_TRUE(chancy({.jitter = 1ms}));
  EXPECT_TRUE(chancy({.bit_error_rate = 1e-9}));
  EXPECT_TRUE(chancy({.bursts = {1000, 10, 0.5}}));
  EXPECT_TRUE(chancy({.byte_loss_rate = 1e-9}));
  EXPECT_TRUE(chancy({.byte_duplication_rate = 1e-9}));
}

TEST(carrier_lost, is_told_for_a_drop_and_a_clip_until_they_end) {
  Pair pair = corrected({});
  EXPECT_FALSE(pair.line.carrier_lost(End::near));
  pair.line.lose_carrier(pair.now, End::near);
  EXPECT_TRUE(pair.line.carrier_lost(End::near));
  EXPECT_FALSE(pair.line.carrier_lost(End::far));
  EXPECT_FALSE(pair.line.clipped_until(End::near));
  pair.line.restore_carrier(pair.now, End::near);
  EXPECT_FALSE(pair.line.carrier_lost(End::near));
  ASSERT_TRUE(pair.line.clip(pair.now, End::far, 1s).has_value());
  EXPECT_TRUE(pair.line.carrier_lost(End::far));
  EXPECT_EQ(pair.line.clipped_until(End::far), pair.now + 1s);
  pair.pass(1s);
  EXPECT_FALSE(pair.line.carrier_lost(End::far));
  EXPECT_FALSE(pair.line.clipped_until(End::far));
}

}  // namespace
}  // namespace offhook::line
