#include "dialer/call/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <set>

#include "dialer/call/states.h"
#include "dialer/call/test_support.h"
#include "dialer/call/words.h"
#include "emulator/base/random.h"

namespace offhook::call {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Call, tells_each_state_in_plain_language) {
  World world(office());
  world.tell({Event::start});
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  EXPECT_THAT(world.told(), ElementsAre("Opening ttyVM0 ...", "Initialising the modem ...",
                                        "Dialling 5550101 ...", "Connected to office at 33600 bps"));
  EXPECT_EQ(world.result(), nullptr);
  world.tell({Event::carrier_lost});
  world.run();
  ASSERT_TRUE(world.result());
  EXPECT_EQ(world.result()->ras_error, 629u);
  EXPECT_FALSE(world.leased);
}

TEST(Call, tries_alternate_numbers_on_the_same_lease) {
  Plan plan = office();
  plan.numbers = {"1", "2", "3"};
  World world(plan);
  world.dials = {Outcome::busy, Outcome::no_answer};
  world.tell({Event::start});
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  EXPECT_THAT(world.told(),
              ElementsAre("Opening ttyVM0 ...", "Initialising the modem ...", "Dialling 1 (1 of 3) ...",
                          "1 is busy.", "Dialling 2 (2 of 3) ...", "2 does not answer.",
                          "Dialling 3 (3 of 3) ...", "Connected to office at 33600 bps"));
  EXPECT_EQ(world.count<AskLease>(), 1u);
}

TEST(Call, redials_after_the_pause_without_holding_the_port_meanwhile) {
  Plan plan = office();
  plan.redial_attempts = 1;
  plan.redial_pause = 30s;
  World world(plan);
  world.dials = {Outcome::busy, Outcome::busy};
  world.tell({Event::start});
  while (world.call.state() != State::waiting_for_redial) ASSERT_TRUE(world.step());
  EXPECT_FALSE(world.leased);
  EXPECT_EQ(world.call.next_timeout(), world.now + 30s);
  EXPECT_EQ(world.told().back(), "Dialling again in 30 s (attempt 2 of 2) ...");
  world.run();
  EXPECT_THAT(world.dialled(), ElementsAre("5550101@0", "5550101@0"));
  ASSERT_TRUE(world.result());
  EXPECT_EQ(*world.result(),
            (Result{676, "5550101: The number is busy: try again later, or another number."}));
}

TEST(Call, numbers_that_are_not_worth_it_are_not_dialled_again) {
  Plan plan = office();
  plan.numbers = {"1", "2"};
  plan.redial_attempts = 2;
  World world(plan);
  world.dials = {Outcome::voice, Outcome::busy, Outcome::busy, Outcome::voice};
  world.tell({Event::start});
  world.run();
  ASSERT_TRUE(world.result());
  EXPECT_THAT(world.dialled(), ElementsAre("1@0", "2@0", "2@0", "2@0"));
  EXPECT_EQ(world.result()->ras_error, 677u);
}

TEST(Call, every_outcome_that_ends_a_dial_has_its_error_and_a_sentence) {
  for (unsigned i = 0; i < at::outcome_count; ++i) {
    auto const outcome = static_cast<Outcome>(i);
    if (outcome == Outcome::connect || at::ras_error(outcome) == 0) continue;
    World world(office());
    world.dials = {outcome};
    world.tell({Event::start});
    world.run();
    ASSERT_TRUE(world.result()) << at::name(outcome);
    EXPECT_EQ(world.result()->ras_error, at::ras_error(outcome)) << at::name(outcome);
    EXPECT_THAT(world.result()->text, HasSubstr(std::string(at::advice(outcome))));
    EXPECT_FALSE(world.leased) << at::name(outcome);
  }
}

TEST(Call, a_silent_modem_is_692_and_says_that_nobody_else_holds_the_port) {
  World world(office());
  world.initialises = Outcome::silent;
  world.tell({Event::start});
  world.run();
  EXPECT_EQ(world.result()->ras_error, 692u);
  EXPECT_THAT(world.result()->text, HasSubstr("Nobody else holds ttyVM0, and the modem is silent."));
}

TEST(Call, a_refused_lease_is_shown_as_the_manager_says_it) {
  World world(office());
  world.call.on(world.now, {Event::start});
  while (world.call.poll_action()) {
  }
  world.leased = true;
  world.tell({.event = Event::refused, .text = "ttyVM0 is in use by minicom (pid 812)", .ras_error = 633});
  EXPECT_EQ(*world.result(), (Result{633, "ttyVM0 is in use by minicom (pid 812)"}));
  EXPECT_FALSE(world.leased);
}

TEST(Call, a_port_that_took_a_call_meanwhile_is_asked_for_again) {
  Plan plan = office();
  plan.redial_attempts = 2;
  World world(plan);
  world.dials = {Outcome::busy};
  world.tell({Event::start});
  while (world.count<AskLease>() < 2) ASSERT_TRUE(world.step());
  world.due.clear();
  world.tell({.event = Event::refused, .text = "in a call", .ras_error = 633});
  EXPECT_EQ(world.call.state(), State::waiting_for_redial);
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
}

TEST(Call, devices_are_reached_one_through_the_other) {
  Plan plan = office();
  plan.devices = {{Device::Kind::pre_switch, "selector"}, {}, {Device::Kind::pad, "pad", "311012345"}};
  World world(plan);
  world.tell({Event::start});
  world.run();
  EXPECT_THAT(world.dialled(), ElementsAre("5550101@1", "311012345@2"));
  EXPECT_THAT(
      world.told(),
      ElementsAre("Opening ttyVM0 ...", "Initialising the switch ...", "Through the switch",
                  "Initialising the modem ...", "Dialling 5550101 ...", "Through the modem at 33600 bps",
                  "Initialising the PAD ...", "Dialling 311012345 ...", "Connected to office at 33600 bps"));
}

TEST(Call, a_failure_behind_a_carrier_gives_the_port_back_before_the_next_number) {
  Plan plan = office();
  plan.numbers = {"1", "2"};
  plan.devices = {{}, {Device::Kind::pad, "pad", "311"}};
  World world(plan);
  world.dials = {Outcome::connect, Outcome::busy};
  world.tell({Event::start});
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  EXPECT_THAT(world.dialled(), ElementsAre("1@0", "311@1", "2@0", "311@1"));
  EXPECT_EQ(world.count<AskLease>(), 2u);
}

TEST(Call, cancelled_while_it_dials_it_ends_only_when_the_port_is_back) {
  World world(office());
  world.tell({Event::start});
  while (world.call.state() != State::connect_device) ASSERT_TRUE(world.step());
  world.tell({Event::cancel});
  EXPECT_EQ(world.call.state(), State::cancelling);
  EXPECT_TRUE(world.step());
  EXPECT_EQ(world.call.state(), State::hanging_up);
  EXPECT_EQ(world.result(), nullptr);
  EXPECT_TRUE(world.step());
  EXPECT_EQ(*world.result(), (Result{631, "Cancelled. ttyVM0 is free again."}));
}

TEST(Call, a_manager_that_does_not_confirm_is_waited_for_ten_seconds) {
  World world(office());
  world.tell({Event::start});
  world.run();
  world.answers = false;
  world.tell({Event::cancel});
  EXPECT_EQ(world.call.next_timeout(), world.now + 10s);
  world.run();
  EXPECT_THAT(world.result()->text, HasSubstr("did not say within 10 s"));
  EXPECT_FALSE(world.leased);
}

TEST(Call, the_managers_word_explains_a_port_that_died_before_it) {
  World world(office());
  world.tell({Event::start});
  world.run();
  world.answers = false;
  world.tell({.event = Event::port_lost, .text = "Input/output error"});
  world.tell({.event = Event::lease_ended, .text = "hung up by anna", .cause = "admin_reset"});
  EXPECT_EQ(*world.result(), (Result{628, "hung up by anna"}));
}

TEST(Call, says_how_to_start_a_manager_where_none_is) {
  World world(office());
  world.tell({Event::start});
  world.due.clear();
  world.tell({.event = Event::manager_gone, .text = "no rasd serves /run/rasd"});
  EXPECT_EQ(*world.result(), (Result{711, "no rasd serves /run/rasd"}));
}

Plan rich() {
  Plan plan = office();
  plan.numbers = {"1", "2"};
  plan.devices = {{Device::Kind::pre_switch, "selector"}, {}, {Device::Kind::pad, "pad", "311"}};
  plan.redial_attempts = 1;
  plan.redial_pause = 5s;
  return plan;
}

World at_step(int steps, bool answers) {
  World world(rich());
  world.answers = answers;
  world.dials = {Outcome::busy, Outcome::connect, Outcome::no_carrier, Outcome::no_answer};
  world.tell({Event::start});
  for (int i = 0; i < steps && world.step(); ++i) {
  }
  return world;
}

TEST(Call, whatever_fails_at_whatever_step_the_lease_is_given_back_and_one_result_told) {
  std::set<State> met;
  for (bool const answers : {true, false})
    for (int steps = 0; steps < 40; ++steps)
      for (Input const& mishap : mishaps()) {
        SCOPED_TRACE("step " + std::to_string(steps) + ", " + std::string(name(mishap.event)));
        World world = at_step(steps, answers);
        met.insert(world.call.state());
        // A lease that is not there does not end.
        bool const of_lease = mishap.event == Event::lease_ended || mishap.event == Event::manager_gone;
        if (of_lease && (!world.leased || world.call.state() == State::open_port)) continue;
        if (mishap.event == Event::port_lost && world.call.state() == State::open_port) continue;
        if (mishap.event == Event::carrier_lost && world.call.state() == State::open_port) continue;
        world.tell(mishap);
        expect_over(world);
        EXPECT_EQ(world.call.unexpected_events(), 0u);
      }
  EXPECT_THAT(met, testing::IsSupersetOf({State::open_port, State::port_opened, State::prepare_device,
                                          State::connect_device, State::connected, State::returning_port,
                                          State::waiting_for_redial}));
}

TEST(Call, whatever_happens_while_it_is_cancelled_it_ends_the_same) {
  for (int steps = 0; steps < 25; ++steps)
    for (int more = 0; more < 2; ++more)
      for (Input const& mishap : mishaps()) {
        SCOPED_TRACE("step " + std::to_string(steps) + "+" + std::to_string(more) + ", " +
                     std::string(name(mishap.event)));
        World world = at_step(steps, false);
        world.tell({Event::cancel});
        if (more == 1) world.step();
        if (!world.leased && mishap.event != Event::cancel) continue;
        world.tell(mishap);
        expect_over(world);
        EXPECT_EQ(world.call.unexpected_events(), 0u);
        EXPECT_THAT(world.result()->ras_error, testing::AnyOf(0u, 631u));
      }
}

TEST(Call, any_order_of_events_ends_with_one_result_and_no_lease) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    World world(rich());
    world.answers = random.one_in(2);
    world.tell({Event::start});
    for (int i = 0; i < 30; ++i) {
      world.dials.push_back(static_cast<Outcome>(random.below(at::outcome_count)));
      if (world.leased && random.one_in(8)) {
        world.tell(mishaps()[random.below(mishaps().size())]);
      } else if (!world.step()) {
        break;
      }
    }
    expect_over(world);
  }
}

TEST(Call, an_event_that_a_state_does_not_list_changes_nothing_and_is_counted) {
  World world(office());
  world.tell({Event::released});
  EXPECT_EQ(world.call.state(), State::idle);
  EXPECT_EQ(world.call.unexpected_events(), 1u);
  EXPECT_THAT(std::get<Note>(world.actions.back()).text, HasSubstr("{idle} released: not expected"));
}

TEST(Call, early_and_repeated_timeouts_do_nothing) {
  World world(office());
  world.tell({Event::start});
  Call const before = world.call;
  world.call.on_timeout(world.now + 1s);
  EXPECT_EQ(world.call, before);
}

TEST(Call, a_lease_that_never_comes_is_638) {
  World world(office());
  world.tell({Event::start});
  world.due.clear();
  world.run();
  EXPECT_EQ(world.result()->ras_error, 638u);
  EXPECT_FALSE(world.leased);
}

TEST(States, each_is_named_once_and_all_but_the_last_are_left_again) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < state_count; ++i) {
    StateRow const& each = row(static_cast<State>(i));
    EXPECT_TRUE(names.insert(each.name).second);
    EXPECT_EQ(each.next == 0, each.state == State::disconnected) << each.name;
  }
}

}  // namespace
}  // namespace offhook::call
