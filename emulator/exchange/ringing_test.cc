// What the called set hears, ring orders, callback, and every race between an answer and its opposite.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/exchange/test_support.h"

namespace offhook::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RingOrder ring_of(uint32_t bursts, Party caller = TestLine::echo) {
  RingOrder order;
  order.to = 0;
  order.from = {loop::CallerId::Presentation::given, "5550199", "DOE", {}};
  order.rings = bursts;
  order.caller = caller;
  return order;
}

TEST(ringing, follows_the_cadence_with_caller_identity_in_the_first_long_silence) {
  Rig rig;
  ASSERT_TRUE(rig.exchange.ring(rig.now, ring_of(0)));
  EXPECT_THAT(told(rig.drain()), ElementsAre("0: ring on (pattern 0)"));
  EXPECT_THAT(rig.pass(13s),
              ElementsAre("2.0 0: ring off", "3.0 0: caller id 5550199 DOE", "6.0 0: ring on (pattern 0)",
                          "8.0 0: ring off", "12.0 0: ring on (pattern 0)"));
}

TEST(ringing, a_double_ring_is_not_split_by_the_identity) {
  Plan plan = four_subscribers();
  plan.country = "uk";
  Rig rig(plan);
  ASSERT_TRUE(rig.exchange.ring(rig.now, ring_of(0)));
  rig.drain();
  EXPECT_THAT(rig.pass(3500ms),
              ElementsAre("0.4 0: ring off", "0.6 0: ring on (pattern 0)", "1.0 0: ring off",
                          "2.0 0: caller id 5550199 DOE", "3.0 0: ring on (pattern 0)", "3.4 0: ring off"));
}

TEST(ringing, every_country_has_even_cadences_for_all_patterns) {
  for (std::string_view country : {"us", "uk", "de", "fr", "jp", "nl", "se", "it", "es", "au"}) {
    for (uint8_t pattern = 0; pattern <= 5; ++pattern) {
      Cadence const* c = cadence(country, pattern);
      ASSERT_NE(c, nullptr) << country;
      EXPECT_TRUE(!c->on_off.empty() && c->on_off.size() % 2 == 0) << country;
    }
    EXPECT_EQ(cadence(country, 6), nullptr);
  }
  EXPECT_EQ(cadence("atlantis", 0), nullptr);
}

TEST(ringing, the_caller_gives_up_at_the_end_of_burst_k) {
  Rig rig;
  ASSERT_TRUE(rig.exchange.ring(rig.now, ring_of(2)));
  rig.drain();
  EXPECT_THAT(rig.pass(60s),
              ElementsAre("2.0 0: ring off", "3.0 0: caller id 5550199 DOE", "6.0 0: ring on (pattern 0)",
                          "8.0 0: ring off", "8.0 ended 5550199>5550100: no answer"));
  EXPECT_EQ(rig.exchange.state(0), LoopState::on_hook);
  EXPECT_EQ(rig.exchange.calls(), 0u);
}

TEST(ringing, an_order_answered_connects_its_caller) {
  Rig rig;
  auto const call = rig.exchange.ring(rig.now, ring_of(2));
  rig.drain();
  EXPECT_THAT(rig.act(0, loop::GoOffHook{}),
              ElementsAre("0: ring off", "answered 5550199>5550100", "connect echo-0", "0: answered"));
  rig.exchange.clear_call(rig.now, *call);
  EXPECT_THAT(rig.drain(), ElementsAre("ended 5550199>5550100: normal clearing", "disconnect"));
  EXPECT_EQ(rig.exchange.state(0), LoopState::parked);
}

TEST(ringing, an_order_may_have_a_subscriber_as_caller_whose_line_the_operator_holds) {
  Rig rig;
  ASSERT_TRUE(rig.exchange.ring(rig.now, ring_of(0, SubscriberId{2})));
  rig.drain();
  EXPECT_EQ(rig.exchange.state(2), LoopState::ringback);
  EXPECT_THAT(told(rig.call(1, "5550102")), ElementsAre("1: cleared: user busy"));
  EXPECT_THAT(told(rig.act(0, loop::GoOffHook{})), ElementsAre("0: ring off", "2: answered", "0: answered"));
  EXPECT_THAT(rig.act(0, loop::GoOnHook{}),
              ElementsAre("ended 5550199>5550100: normal clearing", "disconnect"));
  EXPECT_EQ(rig.exchange.state(2), LoopState::on_hook);
}

TEST(ringing, orders_that_cannot_be_are_refused_in_words) {
  Rig rig;
  rig.act(1, loop::GoOffHook{});
  auto message = [&](auto change) {
    RingOrder order = ring_of(1);
    change(order);
    auto const result = rig.exchange.ring(rig.now, order);
    return result ? std::string("fine") : result.error().message;
  };
  EXPECT_EQ(message([](RingOrder& o) { o.to = 9; }), "there is no subscriber 9");
  EXPECT_EQ(message([](RingOrder& o) { o.to = 1; }), "the line of 5550101 is busy (dial_tone)");
  EXPECT_EQ(message([](RingOrder& o) { o.caller = SubscriberId{1}; }),
            "the line of 5550101 is busy (dial_tone)");
  EXPECT_EQ(message([](RingOrder& o) { o.caller = SubscriberId{0}; }), "a line cannot call itself");
  EXPECT_EQ(message([](RingOrder& o) { o.pattern = 6; }), "ring pattern 6: 0 to 5 exist");
  EXPECT_EQ(message([](RingOrder& o) { o.from.number.assign(21, '1'); }),
            "the caller's number has more than 20 digits");
  EXPECT_EQ(message([](RingOrder& o) { o.from.name.assign(16, 'x'); }),
            "the caller's name has more than 15 characters");
  EXPECT_EQ(message([](RingOrder& o) { o.caller = TestLine::busy; }),
            "nobody calls from test line busy: echo, voice, carrier_loss, pattern, callback do");
  EXPECT_EQ(rig.exchange.calls(), 0u);
}

TEST(race, a_set_that_dials_while_it_is_called_has_answered) {
  Rig rig;
  rig.call(0, "5550101");
  EXPECT_THAT(told(rig.act(1, loop::GoOffHook{})), ElementsAre("1: ring off", "0: answered", "1: answered"));
  EXPECT_THAT(rig.dial(1, "5550102"), IsEmpty());
}

TEST(race, two_subscribers_that_call_each_other_both_meet_busy) {
  Rig rig;
  rig.act(0, loop::GoOffHook{});
  rig.act(1, loop::GoOffHook{});
  EXPECT_THAT(told(rig.dial(0, "5550101")), ElementsAre("0: cleared: user busy"));
  EXPECT_THAT(told(rig.dial(1, "5550100")), ElementsAre("1: cleared: user busy"));
}

TEST(race, a_second_caller_meets_busy_while_the_line_rings_and_while_it_talks) {
  Rig rig;
  rig.call(0, "5550101");
  EXPECT_THAT(told(rig.call(2, "5550101")), ElementsAre("2: cleared: user busy"));
  rig.act(1, loop::GoOffHook{});
  EXPECT_THAT(told(rig.call(3, "5550101")), ElementsAre("3: cleared: user busy"));
}

TEST(race, an_answer_after_the_caller_left_finds_dial_tone) {
  Rig rig;
  rig.call(0, "5550101");
  EXPECT_THAT(told(rig.act(0, loop::GoOnHook{})), ElementsAre("1: ring off"));
  EXPECT_THAT(rig.act(1, loop::GoOffHook{}), ElementsAre("1: dial tone"));
}

TEST(race, an_answer_before_the_caller_leaves_is_a_call_that_ends) {
  Rig rig;
  rig.call(0, "5550101");
  rig.act(1, loop::GoOffHook{});
  EXPECT_THAT(rig.act(0, loop::GoOnHook{}),
              ElementsAre("ended 5550100>5550101: normal clearing", "disconnect"));
  EXPECT_EQ(rig.exchange.state(1), LoopState::parked);
}

TEST(race, an_answer_at_the_very_end_of_the_last_burst_comes_too_late) {
  Rig rig;
  ASSERT_TRUE(rig.exchange.ring(rig.now, ring_of(1)));
  rig.drain();
  rig.now += 2s;  // nobody called on_timeout(): the answer itself is the first to arrive
  EXPECT_THAT(rig.act(0, loop::GoOffHook{}),
              ElementsAre("0: ring off", "ended 5550199>5550100: no answer", "0: dial tone"));
}

TEST(race, an_answer_one_tick_before_the_end_of_the_last_burst_wins) {
  Rig rig;
  ASSERT_TRUE(rig.exchange.ring(rig.now, ring_of(1)));
  rig.drain();
  rig.now += 2s - 1ns;
  EXPECT_THAT(told(rig.act(0, loop::GoOffHook{})), ElementsAre("0: ring off", "0: answered"));
}

TEST(loop_cut, callers_hear_ringback_and_the_set_hears_nothing) {
  Rig rig;
  rig.exchange.on_loop_cut(rig.now, 1, true);
  EXPECT_THAT(told(rig.call(0, "5550101")), ElementsAre("0: ringback"));
  EXPECT_THAT(rig.act(1, loop::GoOffHook{}), IsEmpty());
  rig.act(1, loop::GoOnHook{});
  EXPECT_THAT(rig.pass(7s), IsEmpty());
  rig.exchange.on_loop_cut(rig.now, 1, false);
  EXPECT_THAT(rig.pass(6s), ElementsAre("12.0 1: ring on (pattern 0)"));
}

TEST(loop_cut, ends_the_call_as_going_on_hook_does) {
  Rig rig;
  rig.call(0, "5550101");
  rig.act(1, loop::GoOffHook{});
  rig.exchange.on_loop_cut(rig.now, 1, true);
  EXPECT_THAT(rig.drain(), ElementsAre("ended 5550100>5550101: normal clearing", "disconnect"));
  EXPECT_EQ(rig.exchange.state(1), LoopState::on_hook);
  EXPECT_EQ(rig.exchange.state(0), LoopState::parked);
  rig.exchange.on_loop_cut(rig.now, 1, false);
  EXPECT_THAT(rig.drain(), ElementsAre("1: dial tone"));  // the set is still off-hook
}

TEST(loop_cut, in_the_middle_of_a_burst_stops_the_ringing_but_not_the_call) {
  Rig rig;
  rig.call(0, "5550101");
  rig.exchange.on_loop_cut(rig.now, 1, true);
  EXPECT_THAT(rig.drain(), ElementsAre("1: ring off"));
  EXPECT_EQ(rig.exchange.state(0), LoopState::ringback);
  EXPECT_EQ(rig.exchange.state(1), LoopState::ringing);
}

TEST(rest, a_subscriber_is_busy_to_callers_for_the_rest_time_but_may_call_itself) {
  Plan plan = four_subscribers();
  plan.rest = 3s;
  Rig rig(plan);
  rig.act(1, loop::GoOffHook{});
  rig.act(1, loop::GoOnHook{});
  EXPECT_EQ(rig.exchange.state(1), LoopState::resting);
  EXPECT_THAT(told(rig.call(0, "5550101")), ElementsAre("0: cleared: user busy"));
  EXPECT_THAT(rig.act(1, loop::GoOffHook{}), ElementsAre("1: dial tone"));
  rig.act(1, loop::GoOnHook{});
  rig.pass(3s);
  EXPECT_THAT(told(rig.call(2, "5550101")), ElementsAre("2: ringback", "1: ring on (pattern 0)"));
}

TEST(callback, calls_back_two_seconds_after_the_caller_hung_up) {
  Rig rig;
  rig.call(0, "5550008");
  rig.pass(10s);
  rig.act(0, loop::GoOnHook{});
  EXPECT_THAT(told(rig.pass(3s)), ElementsAre("12.0 0: ring on (pattern 0)"));
  EXPECT_THAT(rig.act(0, loop::GoOffHook{}),
              ElementsAre("0: ring off", "answered 5550008>5550100", "connect callback-0", "0: answered"));
}

TEST(callback, waits_for_the_rest_time_and_gives_up_on_a_busy_line) {
  Plan plan = four_subscribers();
  plan.rest = 5s;
  Rig rig(plan);
  rig.call(0, "5550008");
  rig.act(0, loop::GoOnHook{});
  EXPECT_THAT(told(rig.pass(6s)), ElementsAre("5.0 0: ring on (pattern 0)"));
  rig.call(1, "5550008");
  rig.act(1, loop::GoOnHook{});
  rig.act(1, loop::GoOffHook{});
  rig.pass(3s);
  EXPECT_EQ(rig.exchange.calls(), 1u);
  rig.act(1, loop::GoOnHook{});
  rig.pass(300s);
  EXPECT_EQ(rig.exchange.calls(), 0u);
  EXPECT_EQ(rig.exchange.next_timeout(), std::nullopt);
}

TEST(clearing, a_waiting_caller_is_told_and_a_copy_of_the_exchange_goes_the_same_way) {
  Rig rig;
  rig.call(0, "5550003");
  Rig copy = rig;
  EXPECT_TRUE(copy.exchange == rig.exchange);
  rig.exchange.clear_call(rig.now, *rig.exchange.call(0));
  EXPECT_THAT(told(rig.drain()), ElementsAre("0: cleared: normal clearing"));
  EXPECT_FALSE(copy.exchange == rig.exchange);
  rig.exchange.clear_call(rig.now, 77);  // unknown: ignored
  EXPECT_THAT(rig.drain(), IsEmpty());
}

}  // namespace
}  // namespace offhook::exchange
