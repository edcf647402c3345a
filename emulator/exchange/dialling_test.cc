// From going off-hook to the end of an attempt: tones, digits, forced outcomes, what the time-outs do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/exchange/test_support.h"

namespace offhook::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(dialling, held_digits_accumulate_until_the_number_is_complete) {
  Rig rig;
  rig.act(0, loop::GoOffHook{});
  EXPECT_THAT(rig.act(0, loop::Digits{"555"}), IsEmpty());
  rig.pass(9s);
  EXPECT_THAT(told(rig.act(0, loop::Digits{"0101"})), ElementsAre("0: ringback", "1: ring on (pattern 0)"));
}

TEST(dialling, a_number_that_a_longer_one_begins_with_waits_for_the_end_of_dialling) {
  Plan plan = four_subscribers();
  plan.subscribers[1] = "55501011";
  plan.subscribers[2] = "5550101";
  Rig rig(plan);
  rig.act(0, loop::GoOffHook{});
  EXPECT_THAT(rig.act(0, loop::Digits{"5550101"}), IsEmpty());
  EXPECT_THAT(told(rig.act(0, loop::DialEnd{})), ElementsAre("0: ringback", "2: ring on (pattern 0)"));
  EXPECT_THAT(told(rig.call(3, "55501011")), ElementsAre("3: ringback", "1: ring on (pattern 0)"));
}

TEST(dialling, digits_that_stop_are_taken_as_they_are_ten_seconds_after_the_last) {
  Rig rig;
  rig.act(0, loop::GoOffHook{});
  rig.act(0, loop::Digits{"555"});
  rig.pass(5s);
  rig.act(0, loop::Digits{"12"});
  EXPECT_THAT(rig.pass(20s),
              ElementsAre("15.0 began 5550100>55512", "15.0 ended 5550100>55512: unallocated number",
                          "15.0 0: cleared: unallocated number"));
}

TEST(dialling, characters_that_are_no_digits_and_digits_after_a_complete_number_go_unheard) {
  Rig rig;
  rig.act(0, loop::GoOffHook{});
  EXPECT_THAT(told(rig.act(0, loop::Digits{"5-5,501W01999"})),
              ElementsAre("0: ringback", "1: ring on (pattern 0)"));
  EXPECT_THAT(rig.act(0, loop::Digits{"5550102"}), IsEmpty());
}

TEST(dialling, endless_digits_are_routed_at_the_limit) {
  Rig rig;
  rig.act(0, loop::GoOffHook{});
  EXPECT_THAT(told(rig.act(0, loop::Digits{std::string(100000, '1')})),
              ElementsAre("0: cleared: unallocated number"));
}

TEST(dialling, off_hook_without_dialling_is_parked_silently_after_30_s) {
  Rig rig;
  rig.act(0, loop::GoOffHook{});
  EXPECT_THAT(rig.pass(29s), IsEmpty());
  EXPECT_EQ(rig.exchange.state(0), LoopState::dial_tone);
  EXPECT_THAT(rig.pass(1s), IsEmpty());
  EXPECT_EQ(rig.exchange.state(0), LoopState::parked);
  EXPECT_THAT(rig.dial(0, "5550101"), IsEmpty());
  rig.act(0, loop::GoOnHook{});
  EXPECT_THAT(rig.act(0, loop::GoOffHook{}), ElementsAre("0: dial tone"));
}

TEST(dialling, a_flash_gives_new_dial_tone_and_forgets_the_digits) {
  Rig rig;
  rig.act(0, loop::GoOffHook{});
  rig.act(0, loop::Digits{"555"});
  EXPECT_THAT(rig.act(0, loop::Flash{}), ElementsAre("0: dial tone"));
  EXPECT_THAT(told(rig.dial(0, "5550101")), ElementsAre("0: ringback", "1: ring on (pattern 0)"));
  EXPECT_THAT(told(rig.act(0, loop::Flash{})), ElementsAre("1: ring off", "0: dial tone"));
  EXPECT_EQ(rig.exchange.state(1), LoopState::on_hook);
}

TEST(dialling, a_flash_after_a_refusal_gives_new_dial_tone_and_in_a_call_does_nothing) {
  Rig rig;
  rig.call(0, "5550001");
  EXPECT_THAT(rig.act(0, loop::Flash{}), ElementsAre("0: dial tone"));
  rig.dial(0, "5550000");
  EXPECT_THAT(rig.act(0, loop::Flash{}), IsEmpty());
  EXPECT_EQ(rig.exchange.state(0), LoopState::connected);
}

TEST(force, meets_calls_instead_of_what_was_dialled) {
  struct Row {
    Forced forced;
    std::string heard;
  };
  for (Row const& row : {Row{Forced::busy, "0: cleared: user busy"}, Row{Forced::no_answer, "0: ringback"},
                         Row{Forced::voice, "0: voice"}}) {
    Rig rig;
    rig.exchange.force(0, row.forced);
    EXPECT_EQ(rig.exchange.forced(0), row.forced);
    EXPECT_EQ(told(rig.call(0, "5550101")).back(), row.heard);
    EXPECT_EQ(rig.exchange.state(1), LoopState::on_hook);
    rig.act(0, loop::GoOnHook{});
    rig.exchange.force(0, Forced::none);
    EXPECT_EQ(told(rig.call(0, "5550000")).back(), "0: answered");
  }
}

TEST(force, no_dialtone_leaves_the_line_dead_to_blind_dialling_but_callers_still_reach_it) {
  Rig rig;
  rig.exchange.force(0, Forced::no_dialtone);
  EXPECT_THAT(rig.call(0, "5550101"), IsEmpty());
  rig.act(0, loop::GoOnHook{});
  EXPECT_THAT(told(rig.call(1, "5550100")), ElementsAre("1: ringback", "0: ring on (pattern 0)"));
}

TEST(realistic, tone_routing_and_answer_take_their_time) {
  Plan plan = four_subscribers();
  plan.realistic = true;
  Rig rig(plan);
  EXPECT_THAT(rig.act(0, loop::GoOffHook{}), IsEmpty());
  EXPECT_THAT(rig.act(0, loop::Digits{"5"}), IsEmpty());  // too early: no register listens yet
  EXPECT_THAT(rig.pass(1s), ElementsAre("0.4 0: dial tone"));
  rig.act(0, loop::Digits{"5550000"});
  EXPECT_EQ(rig.exchange.state(0), LoopState::routing);
  EXPECT_THAT(told(rig.pass(5s)), ElementsAre("2.0 0: ringback", "4.0 0: answered"));
}

TEST(plan, check_names_each_mistake) {
  auto message = [](auto change) {
    Plan plan = four_subscribers();
    change(plan);
    auto const result = check(plan);
    return result ? std::string("fine") : result.error().message;
  };
  EXPECT_EQ(message([](Plan&) {}), "fine");
  EXPECT_EQ(message([](Plan& p) { p.subscribers[0].clear(); }), "fine");
  EXPECT_EQ(message([](Plan& p) { p.subscribers[0] = "55a"; }),
            "subscriber 0: number \"55a\" must be 1 to 20 digits");
  EXPECT_EQ(message([](Plan& p) { p.subscribers[0] = "5550000"; }),
            "number 5550000 stands twice: subscriber 0 and test line echo");
  EXPECT_EQ(message([](Plan& p) {
              p.groups = {{"9", {4}}};
            }),
            "hunt group 9: member 4 is not one of the 4 subscribers");
  EXPECT_EQ(message([](Plan& p) { p.groups = {{"9", {}}}; }), "hunt group 9 has no members");
  EXPECT_EQ(message([](Plan& p) { p.country = "xx"; }),
            "country \"xx\" is not known: us uk de fr jp nl se it es au are");
  EXPECT_EQ(message([](Plan& p) { p.rest = -1s; }), "rest must be between 0 and 1 hour");
}

TEST(plan, a_number_names_its_party) {
  Rig rig;
  EXPECT_EQ(rig.exchange.party("5550102"), Party(SubscriberId{2}));
  EXPECT_EQ(rig.exchange.party("5550005"), Party(TestLine::pattern));
  EXPECT_EQ(rig.exchange.party("555"), std::nullopt);
}

}  // namespace
}  // namespace offhook::exchange
