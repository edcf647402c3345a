// Carriers that stop, are lost and come back: who hears what, and after which byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

loop::StartCarrier plain(bool originate) {
  loop::StartCarrier carrier;
  carrier.originate = originate;
  carrier.offer_lapm = false;
  return carrier;
}

TEST(release, delivers_what_was_pushed_and_then_tells_both) {
  Pair pair;
  pair.train();
  pair.push(End::near, "last words");
  EXPECT_THAT(pair.act(End::near, loop::StopCarrier{true}), IsEmpty());
  EXPECT_EQ(pair.push(End::near, "too late"), 0u);
  EXPECT_EQ(pair.take(End::far, 4), "last");
  EXPECT_THAT(pair.drain(), IsEmpty());
  EXPECT_EQ(pair.take(End::far), " words");
  EXPECT_THAT(pair.drain(), ElementsAre("near: link released", "far: link released"));
  EXPECT_EQ(pair.line.carrier(End::far), std::nullopt);
}

TEST(release, waits_for_the_pace_of_the_line) {
  Pair pair({.rate_bps = 300, .buffer_bytes = 100});
  pair.train();
  pair.push(End::near, "four");  // 300 bit/s is V.21: ten bits a byte, and no error control to release
  EXPECT_THAT(pair.act(End::near, loop::StopCarrier{true}), ElementsAre("near: carrier down"));
  EXPECT_THAT(pair.pass(1s), IsEmpty());
  EXPECT_EQ(pair.take(End::far), "four");
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
}

TEST(release, throws_away_what_the_leaving_end_had_not_taken) {
  Pair pair;
  pair.train();
  pair.push(End::far, "unread");
  EXPECT_THAT(pair.act(End::near, loop::StopCarrier{true}),
              ElementsAre("near: link released", "far: link released"));
  EXPECT_EQ(pair.ready(End::near), "");
  EXPECT_EQ(pair.line.lost_bytes(End::far), 6u);
}

TEST(release, without_error_control_is_carrier_down_at_once_for_the_one_and_after_the_data_for_the_other) {
  Pair pair;
  pair.train(plain(true), plain(false));
  pair.push(End::near, "bye");
  EXPECT_THAT(pair.act(End::near, loop::StopCarrier{true}), ElementsAre("near: carrier down"));
  EXPECT_EQ(pair.take(End::far), "bye");
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
}

TEST(release, cut_short_by_going_on_hook_is_carrier_down_for_the_other) {
  Pair pair;
  pair.train();
  pair.push(End::near, "bye");
  pair.act(End::near, loop::StopCarrier{true});
  pair.line.on_gone(pair.now, End::near);
  EXPECT_THAT(pair.drain(), IsEmpty());
  EXPECT_EQ(pair.take(End::far), "bye");
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
}

TEST(release, is_answered_whoever_ended_first) {
  Pair pair;
  pair.train();
  pair.push(End::near, "bye");
  pair.act(End::near, loop::StopCarrier{true});
  EXPECT_THAT(pair.act(End::far, loop::StopCarrier{true}),
              ElementsAre("near: link released", "far: link released"));
  EXPECT_THAT(pair.act(End::far, loop::StopCarrier{true}), ElementsAre("far: carrier down"));
}

TEST(gone, still_delivers_what_was_pushed_and_swallows_what_the_other_sends_into_nothing) {
  Pair pair;
  pair.train();
  pair.push(End::near, "bye");
  pair.line.on_gone(pair.now, End::near);
  EXPECT_THAT(pair.drain(), IsEmpty());
  EXPECT_TRUE(pair.line.carrier(End::far).has_value());
  EXPECT_EQ(pair.push(End::far, "hello?"), 6u);
  EXPECT_FALSE(pair.line.transparent(End::far));
  EXPECT_EQ(pair.take(End::far), "bye");
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
  EXPECT_EQ(pair.line.lost_bytes(End::far), 6u);
  EXPECT_FALSE(pair.line.carrier(End::far).has_value());
}

TEST(carrier_loss, is_told_after_the_last_byte_that_had_arrived_and_its_return_too) {
  Pair pair;
  pair.train();
  pair.push(End::near, "abc");
  pair.line.lose_carrier(pair.now, End::near);
  EXPECT_THAT(pair.drain(), IsEmpty());
  EXPECT_EQ(pair.take(End::far), "abc");
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
  EXPECT_EQ(pair.push(End::near, "into nothing"), 12u);
  EXPECT_EQ(pair.ready(End::far), "");
  EXPECT_EQ(pair.line.lost_bytes(End::near), 12u);
  EXPECT_EQ(pair.push(End::far, "other way"), 9u);
  EXPECT_EQ(pair.take(End::near), "other way");
  pair.line.restore_carrier(pair.now, End::near);
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier back"));
  EXPECT_TRUE(pair.line.transparent(End::near));
}

TEST(carrier_loss, that_ends_before_it_was_heard_is_never_told) {
  Pair pair;
  pair.train();
  pair.push(End::near, "abc");
  pair.line.lose_carrier(pair.now, End::near);
  pair.line.restore_carrier(pair.now, End::near);
  EXPECT_EQ(pair.take(End::far), "abc");
  EXPECT_THAT(pair.drain(), IsEmpty());
}

TEST(carrier_loss, takes_what_was_in_transit_with_it) {
  Pair pair({.rate_bps = 2400, .buffer_bytes = 100});
  pair.train();
  pair.push(End::near, std::string(100, 'x'));
  pair.pass(100ms);  // 30 bytes at 8 bits
  pair.line.lose_carrier(pair.now, End::near);
  EXPECT_EQ(pair.line.lost_bytes(End::near), 70u);
  EXPECT_EQ(pair.take(End::far).size(), 30u);
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
  EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
}

TEST(carrier_loss, in_an_orderly_release_is_told_to_the_one_who_waits_for_its_end) {
  Pair pair;
  pair.train();
  pair.push(End::near, "abc");
  pair.act(End::near, loop::StopCarrier{true});
  pair.line.lose_carrier(pair.now, End::near);
  EXPECT_THAT(pair.drain(), ElementsAre("near: carrier down"));
  pair.take(End::far);
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
}

TEST(carrier_loss, before_training_holds_it_up_until_the_carrier_is_back) {
  Pair pair;
  pair.line.lose_carrier(pair.now, End::far);
  pair.train();
  EXPECT_FALSE(pair.line.trained());
  pair.line.restore_carrier(pair.now, End::far);
  EXPECT_THAT(pair.drain(), testing::SizeIs(2));
  EXPECT_TRUE(pair.line.trained());
}

TEST(training, takes_its_time_where_it_is_realistic_and_dies_with_a_carrier) {
  Pair pair({.realistic_training = true});
  pair.train();
  Duration const due = *pair.line.next_timeout() - pair.now;
  EXPECT_GT(due, training_time(loop::Modulation::v34));
  EXPECT_THAT(pair.pass(due - 1ns), IsEmpty());
  pair.act(End::far, loop::StopCarrier{false});
  EXPECT_THAT(pair.pass(60s), IsEmpty());
  pair.act(End::far, answering());
  EXPECT_THAT(pair.pass(due - 1ns), IsEmpty());
  EXPECT_THAT(pair.pass(1ns), testing::SizeIs(2));
}

TEST(discard, throws_away_received_data_and_lets_a_farewell_be_heard) {
  Pair pair;
  pair.train();
  pair.push(End::near, "unread");
  pair.line.on_gone(pair.now, End::near);
  pair.line.discard(pair.now, End::far);
  EXPECT_THAT(pair.drain(), ElementsAre("far: carrier down"));
  EXPECT_EQ(pair.line.lost_bytes(End::near), 6u);
}

}  // namespace
}  // namespace offhook::line
