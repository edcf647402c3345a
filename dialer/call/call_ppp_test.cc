#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "dialer/call/test_support.h"

namespace offhook::call {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Plan with_ppp() {
  Plan plan = office();
  plan.ppp = Ppp{"anna", "secret"};
  return plan;
}

TEST(PppCall, tells_its_states_and_its_address) {
  World world(with_ppp());
  world.tell({Event::start});
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  EXPECT_THAT(world.told(),
              ElementsAre("Opening ttyVM0 ...", "Initialising the modem ...", "Dialling 5550101 ...",
                          "Negotiating with the far end ...", "Authenticating as anna ...",
                          "Registering on the network ...", "Registered on the network as 10.0.2.15",
                          "Connected to office at 33600 bps as 10.0.2.15"));
}

TEST(PppCall, a_refused_proof_is_its_error_with_what_to_do) {
  World world(with_ppp());
  world.link_error = 691;
  world.tell({Event::start});
  world.run();
  ASSERT_TRUE(world.result());
  EXPECT_EQ(world.result()->ras_error, 691u);
  EXPECT_THAT(world.result()->text, HasSubstr("Access was denied: see user, password"));
  EXPECT_FALSE(world.leased);
}

TEST(PppCall, a_refused_password_may_be_put_right_by_who_is_asked) {
  World world(with_ppp());
  world.tell({Event::start});
  while (world.call.state() != State::authenticate) ASSERT_TRUE(world.step());
  auto const rest = std::exchange(world.due, {});
  world.tell({.event = Event::asked, .text = "Access denied."});
  EXPECT_EQ(world.call.state(), State::retry_authentication);
  EXPECT_FALSE(world.call.next_timeout()) << "how long somebody is asked is the link's to say";
  world.tell({Event::answered});
  EXPECT_EQ(world.call.state(), State::authenticate);
  world.due = rest;
  world.run();
  EXPECT_EQ(world.call.state(), State::connected);
  EXPECT_THAT(world.told(), testing::IsSupersetOf({"Access denied.", "Registering on the network ..."}));
  EXPECT_EQ(world.call.unexpected_events(), 0u);
}

TEST(PppCall, ends_however_it_ends_while_somebody_is_asked) {
  auto all = mishaps();
  all.push_back({.event = Event::link_ended, .text = "Access was denied", .ras_error = 691});
  for (Input const& mishap : all) {
    SCOPED_TRACE(name(mishap.event));
    World world(with_ppp());
    world.tell({Event::start});
    while (world.call.state() != State::authenticate) ASSERT_TRUE(world.step());
    world.due.clear();
    world.tell({.event = Event::asked, .text = "Access denied."});
    world.tell(mishap);
    expect_over(world);
    EXPECT_EQ(world.call.unexpected_events(), 0u);
  }
}

TEST(PppCall, hung_up_it_says_good_bye_and_does_not_wait_for_ever) {
  for (bool const lives : {true, false}) {
    World world(with_ppp());
    world.peer_lives = lives;
    world.tell({Event::start});
    world.run();
    Instant const before = world.now;
    world.tell({Event::cancel});
    EXPECT_EQ(world.call.state(), State::closing_link);
    world.run();
    ASSERT_TRUE(world.result());
    EXPECT_EQ(world.result()->ras_error, 0u);
    EXPECT_EQ(world.count<CloseLink>(), 1u);
    EXPECT_EQ(world.now - before, lives ? 0s : 5s);
  }
}

TEST(PppCall, that_stood_and_is_dropped_has_an_error_for_each_way_to_go) {
  struct Row {
    unsigned link;
    Result result;
  };
  Row const rows[] = {
      {668, {629, "The far end hung up, or the line was lost: dial again."}},
      {719, {629, "The remote computer ended the link: idle: dial again."}},
      {721, {668, "The far end answers no more, though the line still stands: dial again."}},
      {736, {736, "The remote computer ended the link: idle."}},
  };
  for (Row const& row : rows) {
    World world(with_ppp());
    world.tell({Event::start});
    world.run();
    world.tell({.event = Event::link_ended,
                .text = "The remote computer ended the link: idle",
                .ras_error = row.link});
    world.run();
    ASSERT_TRUE(world.result());
    EXPECT_EQ(*world.result(), row.result);
    EXPECT_FALSE(world.leased);
  }
}

TEST(PppCall, that_carries_nothing_for_its_idle_time_is_closed_in_order_and_is_628) {
  World world(with_ppp());
  world.tell({Event::start});
  world.run();
  world.tell({.event = Event::idle, .text = "Nothing has passed for 60 s."});
  EXPECT_EQ(world.call.state(), State::closing_link);
  world.run();
  ASSERT_TRUE(world.result());
  EXPECT_EQ(*world.result(), (Result{628, "Nothing has passed for 60 s."}));
}

TEST(PppCall, whatever_happens_at_whatever_step_it_ends_with_one_result_and_no_lease) {
  std::set<State> met;
  auto all = mishaps();
  all.push_back({.event = Event::link_ended, .text = "gone", .ras_error = 719});
  for (int steps = 1; steps < 12; ++steps)
    for (bool const closing : {false, true})
      for (Input const& mishap : all) {
        SCOPED_TRACE("step " + std::to_string(steps) + ", " + std::string(name(mishap.event)));
        World world(with_ppp());
        world.tell({Event::start});
        for (int i = 0; i < steps; ++i) world.step();
        if (closing) world.tell({Event::cancel});
        met.insert(world.call.state());
        bool const linked = world.count<StartLink>() != 0;
        if (!world.leased || (mishap.event == Event::link_ended && !linked)) continue;
        world.tell(mishap);
        expect_over(world);
        EXPECT_EQ(world.call.unexpected_events(), 0u);
      }
  EXPECT_THAT(met, testing::IsSupersetOf({State::start_authentication, State::authenticate,
                                          State::authenticated, State::connected, State::closing_link}));
}

}  // namespace
}  // namespace offhook::call
