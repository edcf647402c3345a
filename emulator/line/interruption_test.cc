// A line on which nothing moves for a while, and parameters that cannot be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(stuck, nothing_moves_until_cleared_and_then_everything_goes_on_where_it_was) {
  for (uint32_t rate : {0u, 2400u}) {
    Pair pair = corrected({.rate_bps = rate, .buffer_bytes = 100});
    std::string const text = counting(100);
    pair.push(End::near, text.substr(0, 60));
    pair.pass(100ms);
    std::string heard = pair.take(End::far);
    pair.line.set_parameters(pair.now, {.rate_bps = rate, .buffer_bytes = 100, .flow_stuck = true});
    EXPECT_FALSE(pair.line.transparent(End::far));
    EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
    pair.push(End::near, text.substr(60));
    pair.pass(3600s);
    EXPECT_EQ(pair.ready(End::far), "");
    EXPECT_LE(pair.line.room(pair.now, End::near), rate == 0 ? 60u : 30u);
    pair.line.set_parameters(pair.now, {.rate_bps = rate, .buffer_bytes = 100});
    if (rate != 0) {
      EXPECT_EQ(pair.ready(End::far), "");
      pair.pass(234ms);  // 70 bytes at 300 a second
    }
    heard += pair.take(End::far);
    EXPECT_EQ(heard, text);
  }
}

TEST(retrain, silences_both_ways_for_its_time_and_loses_nothing) {
  for (bool control : {true, false}) {
    Parameters const parameters{.rate_bps = 9600, .buffer_bytes = 2400};
    Pair pair = control ? corrected(parameters) : bare(parameters);
    std::string const text = counting(2400);
    for (End end : {End::near, End::far}) pair.push(end, text);
    pair.pass(1s);
    size_t const before = pair.take(End::far).size();
    EXPECT_EQ(pair.take(End::near).size(), before);
    ASSERT_TRUE(pair.line.retrain(pair.now));
    EXPECT_TRUE(pair.line.retraining());
    EXPECT_THAT(pair.pass(retrain_time(loop::Modulation::v34) - 1ns), IsEmpty()) << "the carrier stays up";
    EXPECT_EQ(std::string(pair.ready(End::near)) + std::string(pair.ready(End::far)), "");
    pair.pass(4s);
    EXPECT_FALSE(pair.line.retraining());
    EXPECT_EQ(pair.take(End::far), text.substr(before));
    EXPECT_EQ(pair.take(End::near), text.substr(before));
  }
}

TEST(retrain, needs_a_carrier_and_a_modulation_that_has_one) {
  Pair idle;
  EXPECT_EQ(idle.line.retrain(idle.now).error().message, "there is no carrier to retrain");
  Pair slow = corrected({.rate_bps = 300});
  EXPECT_EQ(slow.line.retrain(slow.now).error().message, "v21 has no retrain");
}

TEST(retrain, ends_with_the_call) {
  Pair pair = corrected({});
  pair.push(End::near, "bye");
  ASSERT_TRUE(pair.line.retrain(pair.now));
  pair.line.on_gone(pair.now, End::near);
  EXPECT_FALSE(pair.line.retraining());
  EXPECT_EQ(pair.take(End::far), "bye");
}

TEST(clip, takes_the_carrier_away_and_brings_it_back) {
  Pair pair = bare({});
  ASSERT_TRUE(pair.line.clip(pair.now, End::near, 700ms));
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
  EXPECT_EQ(pair.push(End::near, "lost"), 4u);
  EXPECT_EQ(pair.push(End::far, "heard"), 5u);
  EXPECT_EQ(pair.take(End::near), "heard");
  EXPECT_THAT(pair.pass(700ms - 1ns), IsEmpty());
  EXPECT_THAT(pair.pass(1ns), ElementsAre("far: carrier back"));
  EXPECT_EQ(pair.line.lost_bytes(End::near), 4u);
  EXPECT_TRUE(pair.line.transparent(End::near));
}

TEST(clip, with_error_control_loses_nothing) {
  Pair pair = corrected({.rate_bps = 9600, .buffer_bytes = 1000});
  std::string const text = counting(1000);
  pair.push(End::near, text.substr(0, 600));
  pair.pass(100ms);
  std::string heard = pair.take(End::far);
  ASSERT_TRUE(pair.line.clip(pair.now, End::near, 5s));
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
  EXPECT_EQ(pair.push(End::near, text.substr(600)), 400u);
  EXPECT_THAT(pair.pass(5s), ElementsAre("far: carrier back"));
  EXPECT_EQ(pair.ready(End::far), "");
  pair.pass(1s);
  EXPECT_EQ(heard + pair.take(End::far), text);
}

TEST(clip, may_be_made_longer_and_cut_short) {
  Pair pair = corrected({});
  ASSERT_TRUE(pair.line.clip(pair.now, End::far, 1s));
  pair.pass(900ms);
  ASSERT_TRUE(pair.line.clip(pair.now, End::far, 1s));
  EXPECT_THAT(pair.pass(999ms), IsEmpty());
  pair.line.restore_carrier(pair.now, End::far);
  EXPECT_THAT(pair.drain(), ElementsAre("near: carrier back"));
  EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
}

TEST(clip, outlasted_by_a_hang_up_loses_what_waited) {
  Pair pair = corrected({});
  ASSERT_TRUE(pair.line.clip(pair.now, End::near, 60s));
  pair.push(End::near, "waits");
  pair.pass(2s);
  pair.line.on_gone(pair.now, End::far);  // S10 ran out
  EXPECT_EQ(pair.line.lost_bytes(End::near), 5u);
  EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
  pair.line.on_gone(pair.now, End::near);
  pair.drain();
  EXPECT_TRUE(pair.act(End::near, originating()).empty());
  EXPECT_EQ(pair.act(End::far, answering()).size(), 2u) << "the next call on this line is whole";
}

TEST(clip, becomes_a_loss_by_order) {
  Pair pair = corrected({});
  ASSERT_TRUE(pair.line.clip(pair.now, End::near, 1s));
  pair.drain();
  pair.line.lose_carrier(pair.now, End::near);
  EXPECT_THAT(pair.pass(60s), IsEmpty());
  EXPECT_EQ(pair.push(End::near, "gone"), 4u);
  EXPECT_EQ(pair.line.lost_bytes(End::near), 4u);
}

TEST(clip, needs_a_carrier_and_a_time) {
  Pair idle;
  EXPECT_EQ(idle.line.clip(idle.now, End::near, 1s).error().message, "there is no carrier to clip");
  Pair pair = corrected({});
  for (Duration wrong : {Duration(0), Duration(-1), Duration(1h) + 1ns})
    EXPECT_EQ(pair.line.clip(pair.now, End::near, wrong).error().message,
              "a carrier is clipped for more than 0 s and at most 1 hour");
}

TEST(parameters, check_names_each_value_out_of_range) {
  auto message = [](Parameters const& parameters) {
    auto const result = check(parameters);
    return result ? std::string("fine") : result.error().message;
  };
  EXPECT_EQ(message({}), "fine");
  EXPECT_EQ(message({.rate_bps = 10'000'001}), "rate must be 0 (unlimited) to 10000000 bit/s");
  EXPECT_EQ(message({.buffer_bytes = 1u << 21}), "buffer must be 0 (by the rate) to 1048576 bytes");
  EXPECT_EQ(message({.delay = -1ns}), "delay must be 0 to 10 seconds");
  EXPECT_EQ(message({.jitter = 11s}), "jitter must be 0 to 10 seconds");
  EXPECT_EQ(message({.bit_error_rate = 1.1}), "errors (of the bits) must be 0 to 1");
  EXPECT_EQ(message({.bit_error_rate = std::nan("")}), "errors (of the bits) must be 0 to 1");
  EXPECT_EQ(message({.byte_loss_rate = -0.1}), "loss (of the bytes) must be 0 to 1");
  EXPECT_EQ(message({.byte_duplication_rate = 2}), "duplication (of the bytes) must be 0 to 1");
  EXPECT_EQ(message({.bursts = {0.5, 10, 0.5}}), "bursts: the mean gap must be 0 (none), or 1 to 1e12 bits");
  EXPECT_EQ(message({.bursts = {100, 0, 0.5}}), "bursts: the mean length must be 1 to 1e12 bits");
  EXPECT_EQ(message({.bursts = {100, 10, 1.5}}), "bursts: the density of errors must be 0 to 1");
  EXPECT_EQ(message({.bursts = {100, 10, 0.5}}), "fine");
}

}  // namespace
}  // namespace offhook::line
