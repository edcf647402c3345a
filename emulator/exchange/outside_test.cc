// Calls that leave the exchange, and calls that come in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/exchange/test_support.h"

namespace offhook::exchange {
namespace {

using loop::Cause;
using testing::ElementsAre;
using testing::IsEmpty;

struct Trunk : Rig {
  explicit Trunk(Plan plan = four_subscribers()) : Rig(std::move(plan)) {
    exchange.set_routes({"900", "77*1"});
  }
  std::vector<std::string> dial_address(std::string const& address) {
    act(0, loop::GoOffHook{});
    return act(0, loop::DialAddress{address});
  }
  /// A call of subscriber 0 to 900, as far as the CallOut.
  CallId call_out() {
    call(0, "900");
    return exchange.call(0).value();
  }
  std::vector<std::string> answered(CallId call_id) {
    exchange.out_answered(now, call_id);
    return drain();
  }
  std::vector<std::string> failed(CallId call_id, Cause cause) {
    exchange.out_failed(now, call_id, cause);
    return drain();
  }
  std::vector<std::string> offered(std::string_view number, OfferOrder const& order = {}) {
    auto const result = exchange.offer(now, number, order);
    if (!result) return {result.error().message};
    id = *result;
    return drain();
  }
  CallId id = 0;
};

TEST(calling_out, numbers_that_lead_outside_and_addresses_are_the_drivers_to_try) {
  Trunk t;
  EXPECT_THAT(t.call(0, "900"), ElementsAre("began 5550100>900", "call out 900 from 5550100"));
  EXPECT_THAT(t.call(1, "77*1"), ElementsAre("began 5550101>77*1", "call out 77*1 from 5550101"));
  t.act(0, loop::GoOnHook{});
  EXPECT_THAT(t.dial_address("bbs.example:23"),
              ElementsAre("began 5550100>bbs.example:23", "call out bbs.example:23 (address) from 5550100"));
  EXPECT_EQ(t.exchange.state(0), LoopState::routing);
  EXPECT_EQ(t.exchange.next_timeout(), std::nullopt);
}

TEST(calling_out, an_address_needs_no_routes_and_a_number_does) {
  Trunk t;
  t.exchange.set_routes({});
  EXPECT_EQ(t.dial_address("900").back(), "call out 900 (address) from 5550100");
  EXPECT_THAT(told(t.call(1, "900")), ElementsAre("1: cleared: unallocated number"));
}

TEST(calling_out, an_address_that_cannot_be_one_is_an_invalid_number) {
  for (std::string const& address : {std::string(), std::string(263, 'a')}) {
    Trunk t;
    EXPECT_THAT(told(t.dial_address(address)), ElementsAre("0: cleared: invalid number format"));
  }
  Trunk t;
  EXPECT_EQ(t.dial_address(std::string(262, 'a')).size(), 2u);
}

TEST(calling_out, a_number_is_complete_when_neither_plan_nor_routes_have_a_longer_one) {
  Trunk t;
  t.exchange.set_routes({"900", "9001", "5550100", "55501012", "900"});
  t.act(0, loop::GoOffHook{});
  EXPECT_THAT(t.act(0, loop::Digits{"900"}), IsEmpty());
  EXPECT_EQ(t.act(0, loop::Digits{"1"}).back(), "call out 9001 from 5550100");
  t.act(1, loop::GoOffHook{});
  EXPECT_EQ(t.act(1, loop::Digits{"5550100"}).back(), "1: cleared: user busy") << "the plan's number stays";
  t.act(2, loop::GoOffHook{});
  EXPECT_THAT(t.act(2, loop::Digits{"5550101"}), IsEmpty()) << "55501012 may still come";
}

TEST(calling_out, new_routes_replace_the_former_and_leave_calls_alone) {
  Trunk t;
  CallId const id = t.call_out();
  t.exchange.set_routes({"901"});
  EXPECT_THAT(told(t.answered(id)), ElementsAre("0: ringback", "0: answered"));
  EXPECT_THAT(told(t.call(1, "900")), ElementsAre("1: cleared: unallocated number"));
  EXPECT_EQ(t.call(2, "901").back(), "call out 901 from 5550102");
}

TEST(calling_out, ringing_is_heard_once_and_an_answer_connects) {
  Trunk t;
  CallId const id = t.call_out();
  t.exchange.out_ringing(t.now, id);
  t.exchange.out_ringing(t.now, id);
  EXPECT_THAT(t.drain(), ElementsAre("0: ringback", "ringing 5550100>900"));
  EXPECT_THAT(t.answered(id), ElementsAre("answered 5550100>900", "connect 0-outside", "0: answered"));
  EXPECT_EQ(t.exchange.state(0), LoopState::connected);
  EXPECT_THAT(t.answered(id), IsEmpty());
  t.exchange.clear_call(t.now, id);
  EXPECT_THAT(t.drain(), ElementsAre("ended 5550100>900: normal clearing", "disconnect"));
}

TEST(calling_out, a_failure_tells_the_caller_why) {
  for (Cause cause : {Cause::user_busy, Cause::no_answer, Cause::destination_out_of_order}) {
    Trunk t;
    CallId const id = t.call_out();
    EXPECT_THAT(told(t.failed(id, cause)), ElementsAre("0: cleared: " + std::string(loop::name(cause))));
    EXPECT_EQ(t.exchange.state(0), LoopState::parked);
    EXPECT_THAT(t.failed(id, cause), IsEmpty());
    EXPECT_THAT(t.answered(id), IsEmpty());
  }
}

TEST(calling_out, the_caller_may_hang_up_at_any_time_and_the_driver_is_told_once) {
  auto const disconnects = [](std::vector<std::string> const& words) {
    return std::count(words.begin(), words.end(), "disconnect");
  };
  for (int progress : {0, 1, 2}) {
    Trunk t;
    CallId const id = t.call_out();
    if (progress >= 1) t.exchange.out_ringing(t.now, id);
    if (progress >= 2) t.exchange.out_answered(t.now, id);
    t.drain();
    EXPECT_EQ(disconnects(t.act(0, loop::GoOnHook{})), 1);
    EXPECT_EQ(t.exchange.state(0), LoopState::on_hook);
    EXPECT_EQ(t.exchange.calls(), 0u);
    EXPECT_THAT(t.failed(id, Cause::temporary_failure), IsEmpty());
  }
}

TEST(calling_out, before_the_routing_delay_is_over_nothing_is_tried) {
  Plan plan = four_subscribers();
  plan.realistic = true;
  Trunk t(plan);
  t.act(0, loop::GoOffHook{});
  t.pass(1s);
  t.dial(0, "900");
  Trunk patient = t;
  EXPECT_THAT(t.act(0, loop::GoOnHook{}), ElementsAre("ended 5550100>900: normal clearing"));
  EXPECT_THAT(patient.pass(5s), ElementsAre("2.0 call out 900 from 5550100"));
}

TEST(calling_out, reports_on_calls_that_did_not_leave_are_ignored) {
  Trunk t;
  t.call(0, "5550101");
  CallId const inside = *t.exchange.call(0);
  t.exchange.out_ringing(t.now, inside);
  t.exchange.out_ringing(t.now, 99);
  EXPECT_THAT(t.answered(inside), IsEmpty());
  EXPECT_THAT(t.failed(inside, Cause::user_busy), IsEmpty());
  EXPECT_THAT(t.answered(99), IsEmpty());
}

TEST(calling_out, a_forced_outcome_comes_before_the_route) {
  Trunk t;
  t.exchange.force(0, Forced::busy);
  EXPECT_THAT(told(t.dial_address("bbs.example:23")), ElementsAre("0: cleared: user busy"));
}

TEST(coming_in, rings_by_the_same_rules_and_connects_when_answered) {
  Trunk t;
  OfferOrder const order{{loop::CallerId::Presentation::given, "5557777", "DOE", {}}, 3};
  EXPECT_THAT(t.offered("5550101", order),
              ElementsAre("began 5557777>5550101", "ringing 5557777>5550101", "1: ring on (pattern 0)"));
  EXPECT_THAT(told(t.pass(7s)),
              ElementsAre("2.0 1: ring off", "3.0 1: caller id 5557777 DOE", "6.0 1: ring on (pattern 0)"));
  EXPECT_THAT(t.act(1, loop::GoOffHook{}),
              ElementsAre("1: ring off", "answered 5557777>5550101", "connect outside-1", "1: answered"));
  t.exchange.clear_call(t.now, t.id);
  EXPECT_THAT(t.drain(), ElementsAre("ended 5557777>5550101: normal clearing", "disconnect"));
  EXPECT_EQ(t.exchange.state(1), LoopState::parked);
}

TEST(coming_in, gives_up_after_burst_k_and_the_driver_hears_why) {
  Trunk t;
  t.offered("5550101", {.rings = 1});
  EXPECT_THAT(t.pass(60s), ElementsAre("2.0 1: ring off", "2.0 ended >5550101: no answer", "2.0 disconnect"));
  EXPECT_EQ(t.exchange.next_timeout(), std::nullopt);
}

TEST(coming_in, a_test_line_that_never_answers_is_given_up_at_the_same_moment) {
  for (std::string const country : {"us", "uk"}) {
    Plan plan = four_subscribers();
    plan.country = country;
    for (uint32_t rings : {1u, 2u, 3u}) {
      Trunk subscriber(plan), test_line(plan);
      subscriber.offered("5550101", {.rings = rings});
      test_line.offered("5550002", {.rings = rings});
      auto const last = [](std::vector<std::string> const& words) { return words.back(); };
      EXPECT_EQ(last(subscriber.pass(60s)), last(test_line.pass(60s))) << country << rings;
    }
  }
}

TEST(coming_in, the_caller_may_leave_while_it_rings) {
  Trunk t;
  t.offered("5550101");
  t.exchange.clear_call(t.now, t.id);
  EXPECT_THAT(t.drain(), ElementsAre("ended >5550101: normal clearing", "disconnect", "1: ring off"));
  EXPECT_EQ(t.exchange.state(1), LoopState::on_hook);
}

TEST(coming_in, reaches_hunt_groups_and_test_lines) {
  Plan plan = four_subscribers();
  plan.groups = {{"100", {2, 3}}};
  Trunk t(plan);
  EXPECT_EQ(t.offered("100").back(), "2: ring on (pattern 0)");
  EXPECT_EQ(t.offered("100").back(), "3: ring on (pattern 0)");
  EXPECT_EQ(t.offered("5550000").back(), "connect outside-echo");
  EXPECT_EQ(t.offered("5550003").back(), "connect outside-voice");
}

TEST(coming_in, in_a_realistic_bank_a_test_line_answers_after_a_ring) {
  Plan plan = four_subscribers();
  plan.realistic = true;
  Trunk t(plan);
  EXPECT_THAT(t.offered("5550005"), ElementsAre("began >5550005", "ringing >5550005"));
  EXPECT_THAT(t.pass(5s), ElementsAre("2.0 answered >5550005", "2.0 connect outside-pattern"));
}

TEST(coming_in, is_refused_with_a_cause_and_in_words) {
  struct Row {
    std::string number;
    Cause cause;
  };
  Plan plan = four_subscribers();
  plan.groups = {{"100", {1}}};
  Trunk t(plan);
  t.act(1, loop::GoOffHook{});
  t.exchange.on_loop_cut(t.now, 2, true);
  t.drain();
  for (Row const& row :
       {Row{"5550101", Cause::user_busy}, Row{"100", Cause::user_busy}, Row{"5550001", Cause::user_busy},
        Row{"5550008", Cause::user_busy}, Row{"5550006", Cause::no_circuit_available},
        Row{"5550007", Cause::unallocated_number}, Row{"4", Cause::unallocated_number},
        Row{"", Cause::unallocated_number}, Row{"5550102", Cause::destination_out_of_order}}) {
    auto const result = t.exchange.offer(t.now, row.number, {});
    ASSERT_FALSE(result) << row.number;
    EXPECT_EQ(result.error().cause, row.cause) << row.number;
    EXPECT_EQ(result.error().message, "number " + row.number + ": " + std::string(loop::name(row.cause)));
  }
  OfferOrder order;
  order.from.number.assign(21, '1');
  EXPECT_EQ(t.exchange.offer(t.now, "5550100", order).error(),
            (Refusal{Cause::call_rejected, "the caller's number has more than 20 digits"}));
  EXPECT_THAT(t.drain(), IsEmpty()) << "a call that was refused never began";
  EXPECT_EQ(t.exchange.calls(), 0u);
}

TEST(coming_in, is_busy_during_the_rest_time_and_to_a_second_caller) {
  Plan plan = four_subscribers();
  plan.rest = 3s;
  Trunk t(plan);
  t.offered("5550100");
  EXPECT_THAT(t.offered("5550100"), ElementsAre("number 5550100: user busy"));
  t.act(0, loop::GoOffHook{});
  t.act(0, loop::GoOnHook{});
  EXPECT_THAT(t.offered("5550100"), ElementsAre("number 5550100: user busy"));
  t.pass(3s);
  EXPECT_EQ(t.offered("5550100").back(), "0: ring on (pattern 0)");
}

TEST(coming_in, to_a_number_that_leads_outside_leaves_again_as_the_same_call) {
  Trunk t;
  EXPECT_THAT(t.offered("900", {{loop::CallerId::Presentation::given, "5557777", "DOE", {}}, 2}),
              ElementsAre("began 5557777>900", "call out 900 from 5557777"));
  EXPECT_THAT(t.answered(t.id),
              ElementsAre("ringing 5557777>900", "answered 5557777>900", "connect outside-outside"));
  EXPECT_THAT(t.pass(60s), IsEmpty()) << "an answered call is not given up";
  t.exchange.clear_call(t.now, t.id);
  EXPECT_THAT(t.drain(), ElementsAre("ended 5557777>900: normal clearing", "disconnect"));
}

TEST(coming_in, to_a_number_outside_that_fails_or_never_answers_ends_once) {
  Trunk t;
  t.offered("900", {.rings = 1});
  EXPECT_THAT(t.failed(t.id, Cause::user_busy), ElementsAre("ended >900: user busy", "disconnect"));
  t.offered("900", {.rings = 1});
  t.exchange.out_ringing(t.now, t.id);
  t.drain();
  EXPECT_THAT(t.pass(60s), ElementsAre("2.0 ended >900: no answer", "2.0 disconnect"));
  EXPECT_EQ(t.exchange.next_timeout(), std::nullopt);
}

TEST(coming_in, cannot_be_ordered_as_the_operators_call) {
  Trunk t;
  RingOrder order;
  order.caller = Outside{};
  EXPECT_EQ(t.exchange.ring(t.now, order).error().message, "a call from outside is offered, not ordered");
}

}  // namespace
}  // namespace offhook::exchange
