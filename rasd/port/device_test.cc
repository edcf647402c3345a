#include "rasd/port/device.h"

#include <gtest/gtest.h>

namespace offhook::port {
namespace {

TEST(device, the_longer_s25_of_port_and_device_decides_how_long_dtr_is_off) {
  at::Script script = *at::find_built_in("v250");
  auto const dtr_off = [&](Duration s25) {
    return config_for(script, s25).timing[static_cast<size_t>(Timer::dtr_off)];
  };
  EXPECT_EQ(dtr_off(0ms), 100ms);
  EXPECT_EQ(dtr_off(200ms), 250ms);
  script.s25 = 500ms;
  EXPECT_EQ(dtr_off(200ms), 550ms);
}

TEST(device, an_answer_may_take_its_time_and_its_abort_before_the_port_gives_it_up) {
  at::Script script = *at::find_built_in("v250");
  script.answer_timeout = 60s;
  EXPECT_GT(config_for(script).timing[static_cast<size_t>(Timer::answer_limit)],
            script.answer_timeout + script.command_timeout);
}

TEST(device, a_carrier_is_a_call_where_the_device_answers_by_itself) {
  EXPECT_EQ(config_for(*at::find_built_in("v250")).carrier, Carrier::stray);
  EXPECT_EQ(config_for(*at::find_built_in("pad")).carrier, Carrier::call);
  EXPECT_EQ(config_for(*at::find_built_in("null-modem")).carrier, Carrier::call);
}

TEST(device, every_outcome_of_a_dialogue_is_one_of_the_ports_replies) {
  for (unsigned i = 0; i < at::outcome_count; ++i) {
    auto const outcome = static_cast<at::Outcome>(i);
    EXPECT_EQ(reply_of(outcome) == Reply::silent, outcome == at::Outcome::silent) << name(outcome);
    EXPECT_EQ(reply_of(outcome) == Reply::connect, outcome == at::Outcome::connect) << name(outcome);
    EXPECT_EQ(reply_of(outcome) == Reply::ok, outcome == at::Outcome::ok) << name(outcome);
  }
  EXPECT_EQ(reply_of(at::Outcome::busy), Reply::no_carrier);
  EXPECT_EQ(task_of(Dialogue::escape), at::Task::hang_up);
  EXPECT_EQ(task_of(Dialogue::answer), at::Task::answer);
}

}  // namespace
}  // namespace offhook::port
