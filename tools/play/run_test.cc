// Seeds: that they hold, that they replay, and that they fail where a law is taken away.
#include "tools/play/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace offhook::play {
namespace {

constexpr Duration faulty = 12min;

TEST(seeds, forty_of_them_hold) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Outcome const outcome = run(seed, faulty);
    EXPECT_TRUE(outcome.ok()) << "seed " << seed << ", port " << outcome.port << ": " << outcome.broken;
  }
}

TEST(seeds, the_same_seed_gives_the_same_world) {
  for (uint64_t const seed : {7u, 8u}) {
    std::string first, second;
    (void)run(seed, 2min, port::standard_laws(), [&](std::string const& line) { first += line + "\n"; });
    (void)run(seed, 2min, port::standard_laws(), [&](std::string const& line) { second += line + "\n"; });
    EXPECT_EQ(first, second);
    EXPECT_GT(first.size(), 10'000u);
  }
}

/// What the first seed that fails says once `change` has been made to the laws.
std::string broken_by(auto change) {
  port::Laws laws = port::standard_laws();
  change(laws);
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Outcome const outcome = run(seed, faulty, laws);
    if (outcome.ok()) continue;
    EXPECT_FALSE(outcome.last.empty());
    std::cout << "seed " << seed << ": " << outcome.broken << "\n";
    return outcome.broken;
  }
  return {};
}
void leave_out(auto& steps, port::Step step) { std::ranges::replace(steps, step, port::Step::count_); }
port::StepRow& row(port::Laws& laws, port::Step step) { return laws.steps[static_cast<size_t>(step)]; }

TEST(seeds, law_1_a_step_without_its_deadline_never_ends) {
  EXPECT_NE(broken_by([](port::Laws& laws) { row(laws, port::Step::answers).timer = port::Timer::none; }),
            "");
}

TEST(seeds, law_2_a_listen_that_does_not_ask_loses_the_call_in_progress) {
  EXPECT_NE(
      broken_by([](port::Laws& laws) {
        row(laws, port::Step::posts) = {
            port::Step::posts,         port::State::listening, "posts", {port::Do::arm, port::Do::unlock},
            port::Timer::sample_limit, port::Step::quietens};
      }),
      "");
}

TEST(seeds, law_3_without_revocation_somebody_else_holds_the_port_on) {
  // Law 3's own complaint, or that something is done to a port that another program is known to have.
  EXPECT_NE(broken_by([](port::Laws& laws) { leave_out(laws.recovery, port::Step::revokes); }), "");
}

TEST(seeds, law_3_without_dtr_the_last_call_stands) {
  EXPECT_EQ(broken_by([](port::Laws& laws) { leave_out(laws.recovery, port::Step::dtr_falls); }).substr(0, 5),
            "law 3");
}

TEST(seeds, law_4_a_failure_without_retry_is_for_ever) {
  EXPECT_NE(broken_by([](port::Laws& laws) { row(laws, port::Step::fails).timer = port::Timer::none; }), "");
}

TEST(seeds, law_5_without_the_question_who_has_the_port_the_hardware_is_blamed) {
  EXPECT_EQ(broken_by([](port::Laws& laws) { leave_out(laws.blame, port::Step::blame_asks); }).substr(0, 5),
            "law 5");
}

TEST(seeds, law_6_without_the_look_the_bytes_of_another_program_are_read) {
  EXPECT_EQ(broken_by([](port::Laws& laws) { laws.readable = port::Do::read; }).substr(0, 5), "law 6");
}

}  // namespace
}  // namespace offhook::play
