// Hunt groups: who is rung, who is passed over, and where a call goes that nobody answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/exchange/test_support.h"

namespace offhook::exchange {
namespace {

using testing::ElementsAre;

TEST(hunt_group, linear_takes_the_first_free_member_and_round_robin_the_next) {
  Plan plan = four_subscribers();
  plan.groups = {{"100", {1, 2, 3}, HuntGroup::Order::linear},
                 {"200", {1, 2, 3}, HuntGroup::Order::round_robin}};
  struct Row {
    std::string number;
    std::vector<std::string> rung;
  };
  for (Row const& row : {Row{"100", {"1", "1", "1"}}, Row{"200", {"1", "2", "3", "1"}}}) {
    Rig rig(plan);
    for (std::string const& member : row.rung) {
      EXPECT_EQ(told(rig.call(0, row.number)).back(), member + ": ring on (pattern 0)");
      rig.act(0, loop::GoOnHook{});
    }
  }
}

TEST(hunt_group, skips_the_busy_and_is_busy_when_all_are) {
  Plan plan = four_subscribers();
  plan.groups = {{"100", {1, 2}, HuntGroup::Order::linear}};
  Rig rig(plan);
  rig.act(1, loop::GoOffHook{});
  EXPECT_EQ(told(rig.call(0, "100")).back(), "2: ring on (pattern 0)");
  EXPECT_THAT(told(rig.call(3, "100")), ElementsAre("3: cleared: user busy"));
}

/// Group 100 of subscribers 1, 2 and 3, each of which rings twice before the call hunts on.
Plan pool(HuntGroup::Order order, uint32_t no_answer_bursts = 2) {
  Plan plan = four_subscribers();
  plan.groups = {{"100", {1, 2, 3}, order, no_answer_bursts}};
  return plan;
}

/// Who is rung by a call from `caller`, which then hangs up.
std::string rung(Rig& rig, SubscriberId caller) {
  std::string const last = told(rig.call(caller, "100")).back();
  rig.act(caller, loop::GoOnHook{});
  return last.substr(0, 1);
}

TEST(hunt_group, rings_the_next_member_after_as_many_bursts_as_it_says_with_identity_for_each) {
  Rig rig(pool(HuntGroup::Order::linear));
  EXPECT_EQ(told(rig.call(0, "100")).back(), "1: ring on (pattern 0)");
  EXPECT_THAT(told(rig.pass(12s)),
              ElementsAre("2.0 1: ring off", "3.0 1: caller id 5550100", "6.0 1: ring on (pattern 0)",
                          "8.0 1: ring off", "8.0 2: ring on (pattern 0)", "10.0 2: ring off",
                          "11.0 2: caller id 5550100"));
  EXPECT_EQ(rig.exchange.state(1), LoopState::on_hook);
  EXPECT_EQ(rig.exchange.state(0), LoopState::ringback);
  EXPECT_THAT(told(rig.act(2, loop::GoOffHook{})), ElementsAre("0: answered", "2: answered"));
}

TEST(hunt_group, goes_round_to_the_first_again_and_rings_on_where_nobody_else_is_free) {
  Rig rig(pool(HuntGroup::Order::linear, 1));
  rig.act(2, loop::GoOffHook{});
  rig.call(0, "100");
  EXPECT_THAT(told(rig.pass(5s)), ElementsAre("2.0 1: ring off", "2.0 3: ring on (pattern 0)",
                                              "4.0 3: ring off", "4.0 1: ring on (pattern 0)"));
  rig.act(3, loop::GoOffHook{});
  EXPECT_THAT(told(rig.pass(5s)),
              ElementsAre("6.0 1: ring off", "7.0 1: caller id 5550100", "10.0 1: ring on (pattern 0)"));
}

TEST(hunt_group, without_a_number_of_bursts_stays_where_it_rings) {
  Rig rig(pool(HuntGroup::Order::linear, 0));
  rig.call(0, "100");
  rig.pass(300s);
  EXPECT_EQ(rig.exchange.state(1), LoopState::ringing);
}

TEST(hunt_group, the_caller_gives_up_after_its_bursts_wherever_they_rang) {
  Rig rig(pool(HuntGroup::Order::linear));
  ASSERT_TRUE(rig.exchange.offer(rig.now, "100", {.rings = 3}));
  rig.drain();
  EXPECT_EQ(rig.pass(60s).back(), "10.0 disconnect");
  for (SubscriberId member : {1u, 2u, 3u}) EXPECT_EQ(rig.exchange.state(member), LoopState::on_hook);
}

TEST(hunt_group, a_member_left_alone_may_call_and_be_called) {
  Rig rig(pool(HuntGroup::Order::linear, 1));
  rig.call(0, "100");
  rig.pass(3s);
  EXPECT_THAT(rig.act(1, loop::GoOffHook{}), ElementsAre("1: dial tone"));
  EXPECT_EQ(rig.exchange.state(2), LoopState::ringing);
}

TEST(hunt_group, passes_over_members_that_rest_or_are_busied_out) {
  Plan plan = pool(HuntGroup::Order::linear);
  plan.rest = 5s;
  Rig rig(plan);
  rig.act(1, loop::GoOffHook{});
  rig.act(1, loop::GoOnHook{});
  rig.act(2, loop::GoOffHook{});  // ATH1, and the howler long over
  EXPECT_EQ(rung(rig, 0), "3");
  rig.pass(40s);
  EXPECT_EQ(rig.exchange.state(2), LoopState::parked);
  EXPECT_EQ(rung(rig, 0), "1");
  rig.act(1, loop::GoOffHook{});
  EXPECT_EQ(rung(rig, 0), "3");
}

TEST(hunt_group, round_robin_continues_after_the_member_that_answered_last) {
  Rig rig(pool(HuntGroup::Order::round_robin, 1));
  rig.call(0, "100");
  rig.pass(3s);  // on from 1 to 2
  rig.act(2, loop::GoOffHook{});
  rig.act(2, loop::GoOnHook{});
  rig.act(0, loop::GoOnHook{});
  EXPECT_EQ(rung(rig, 0), "3");
}

TEST(hunt_group, a_member_may_call_its_own_group_and_reaches_another) {
  Rig rig(pool(HuntGroup::Order::linear));
  EXPECT_EQ(rung(rig, 1), "2");
}

}  // namespace
}  // namespace offhook::exchange
