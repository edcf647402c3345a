// Calls that the far end gives up and makes itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "dialer/call/test_support.h"

namespace offhook::call {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Plan with_callback() {
  Plan plan = office();
  plan.ppp = Ppp{"anna", "secret", "5550100"};
  return plan;
}

World called_back_by(unsigned rings, std::deque<Outcome> answers_with = {}) {
  World world(with_callback());
  world.calls_back = true;
  world.rings = rings;
  world.answers_with = std::move(answers_with);
  world.tell({Event::start});
  return world;
}

std::vector<StartLink> links(World const& world) {
  std::vector<StartLink> found;
  for (Action const& each : world.actions)
    if (auto const* const link = std::get_if<StartLink>(&each)) found.push_back(*link);
  return found;
}

TEST(CallBack, keeps_the_port_and_begins_ppp_anew_on_the_call_that_rings) {
  World world = called_back_by(1);
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  EXPECT_THAT(
      world.told(),
      ElementsAre("Opening ttyVM0 ...", "Initialising the modem ...", "Dialling 5550101 ...",
                  "Negotiating with the far end ...", "Authenticating as anna ...",
                  "The far end will call back at 5550100: hanging up ...", "Initialising the modem ...",
                  "Waiting to be called back ...", "It rings: answering ...", "Called back at 28800 bps",
                  "Negotiating with the far end ...", "Authenticating as anna ...",
                  "Registering on the network ...", "Registered on the network as 10.0.2.15",
                  "Connected to office at 28800 bps as 10.0.2.15"));
  EXPECT_THAT(links(world), ElementsAre(StartLink{false}, StartLink{true}));
  EXPECT_EQ(world.count<AskLease>(), 1u);
  EXPECT_EQ(world.count<DropLine>(), 1u);
  EXPECT_EQ(world.call.unexpected_events(), 0u);
}

TEST(CallBack, that_never_comes_is_638_and_gives_the_port_back) {
  World world = called_back_by(0);
  world.run();
  ASSERT_TRUE(world.result());
  EXPECT_EQ(world.result()->ras_error, 638u);
  EXPECT_EQ(world.result()->text,
            "Nobody called back within 120 s: see that 5550100 is this line's, or ask there.");
  EXPECT_EQ(world.now, Instant(120s));
  EXPECT_FALSE(world.leased);
}

TEST(CallBack, is_still_waited_for_where_whoever_rings_gives_no_carrier) {
  World world = called_back_by(2, {Outcome::no_carrier});
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  EXPECT_THAT(world.told(), testing::Contains("Whoever rang gave no carrier."));
  World in_vain = called_back_by(2, {Outcome::no_carrier, Outcome::no_carrier});
  in_vain.run();
  EXPECT_EQ(in_vain.result()->ras_error, 638u);
  EXPECT_EQ(in_vain.now, Instant(120s)) << "each ring began the wait anew";
}

TEST(CallBack, is_not_waited_for_by_a_modem_that_has_fallen_silent) {
  World world = called_back_by(1);
  while (world.call.state() != State::wait_for_modem_reset) ASSERT_TRUE(world.step());
  world.initialises = Outcome::silent;
  world.run();
  EXPECT_EQ(world.result()->ras_error, 692u);
  EXPECT_THAT(world.result()->text, HasSubstr("the modem is silent"));
}

TEST(CallBack, is_answered_by_the_ports_own_device) {
  Plan plan = with_callback();
  plan.devices = {{Device::Kind::pre_switch, "selector"}, {}, {Device::Kind::pad, "pad", "311"}};
  World world(plan);
  world.calls_back = true;
  world.tell({Event::start});
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  std::vector<size_t> answering;
  for (Action const& each : world.actions)
    if (auto const* const talk = std::get_if<Talk>(&each); talk && talk->task == at::Task::answer)
      answering.push_back(talk->device);
  EXPECT_THAT(answering, ElementsAre(1u));
}

TEST(CallBack, an_agreement_that_the_line_did_not_survive_is_the_lines_error) {
  World world = called_back_by(1);
  while (world.call.state() != State::prepare_for_callback) ASSERT_TRUE(world.step());
  world.due.clear();
  world.tell({.event = Event::link_ended, .text = "Access was denied", .ras_error = 691});
  world.run();
  EXPECT_EQ(world.result()->ras_error, 691u);
}

TEST(CallBack, a_link_without_one_goes_on_and_the_user_is_told_why) {
  World world(with_callback());
  world.tell({Event::start});
  while (world.call.state() != State::authenticate) ASSERT_TRUE(world.step());
  world.due.pop_front();
  world.tell({.event = Event::proven, .text = "The far end calls nobody back."});
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  EXPECT_THAT(world.told(), testing::Contains("The far end calls nobody back."));
}

TEST(CallBack, whatever_happens_at_whatever_step_it_ends_with_one_result_and_no_lease) {
  std::set<State> met;
  auto all = mishaps();
  all.push_back({.event = Event::link_ended, .text = "gone", .ras_error = 719});
  all.push_back({Event::rang});
  constexpr State linked[] = {State::start_authentication, State::authenticate, State::authenticated,
                              State::prepare_for_callback, State::connected,    State::closing_link};
  for (int steps = 1; steps < 20; ++steps)
    for (bool const closing : {false, true})
      for (Input const& mishap : all) {
        SCOPED_TRACE("step " + std::to_string(steps) + ", " + std::string(name(mishap.event)));
        World world = called_back_by(2, {Outcome::no_carrier});
        for (int i = 0; i < steps; ++i) world.step();
        if (closing) world.tell({Event::cancel});
        met.insert(world.call.state());
        bool const of_link = mishap.event == Event::link_ended;
        if (!world.leased || (of_link && std::ranges::find(linked, world.call.state()) == std::end(linked)))
          continue;
        world.tell(mishap);
        expect_over(world);
        EXPECT_EQ(world.call.unexpected_events(), 0u);
      }
  EXPECT_THAT(met,
              testing::IsSupersetOf({State::prepare_for_callback, State::wait_for_modem_reset,
                                     State::wait_for_callback, State::answer_callback, State::connected}));
}

}  // namespace
}  // namespace offhook::call
