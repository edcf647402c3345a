// Each law taken away, one at a time: the exploration must then find the port that the law prevents. The
// shortest way there is printed.
#include "rasd/port/laws.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "rasd/port/explore.h"

namespace offhook::port::test {
namespace {

/// What goes wrong once `change` has been made to the laws.
std::string broken_by(auto change, Config const& config = small_config()) {
  Laws laws = standard_laws();
  change(laws);
  Found const found = Explorer(config, laws).run();
  std::cout << found.broken << "\n" << found.trace;
  return found.broken;
}
StepRow& step(Laws& laws, Step step) { return laws.steps[static_cast<size_t>(step)]; }

void leave_out(auto& steps, Step step) {
  for (Step& s : steps)
    if (s == step) s = Step::count_;
}

TEST(laws, law_1_no_step_can_do_without_its_deadline) {
  Config config = small_config();  // without the limits that stand behind a step's own deadline
  for (Timer timer : {Timer::lease_wait, Timer::authentication_limit, Timer::session_limit})
    config.timing[static_cast<size_t>(timer)] = Duration::zero();
  for (StepRow const& row : standard_laws().steps) {
    if (row.timer == Timer::none) continue;
    EXPECT_NE(broken_by([&](Laws& laws) { step(laws, row.step).timer = Timer::none; }, config), "")
        << row.name;
  }
}

TEST(laws, law_2_a_listen_without_a_sample_is_deaf_to_the_call_in_progress) {
  std::string const broken = broken_by([](Laws& laws) {
    step(laws, Step::posts) = {Step::posts,           State::listening,    "posts",
                               {Do::arm, Do::unlock}, Timer::sample_limit, Step::quietens};
  });
  EXPECT_EQ(broken.substr(0, 5), "law 2");
}

TEST(laws, law_2_a_sample_before_the_arming_misses_what_comes_between) {
  std::string const broken = broken_by([](Laws& laws) {
    step(laws, Step::posts).actions = {Do::unlock, Do::sample, Do::arm};
  });
  EXPECT_EQ(broken.substr(0, 5), "law 2");
}

TEST(laws, law_3_a_recovery_without_revocation_listens_on_a_shared_descriptor) {
  EXPECT_EQ(broken_by([](Laws& laws) { leave_out(laws.recovery, Step::revokes); }),
            "law 3: listening while somebody else may still hold the descriptor");
}

TEST(laws, law_3_a_recovery_without_dtr_listens_while_the_call_stands) {
  EXPECT_EQ(broken_by([](Laws& laws) { leave_out(laws.recovery, Step::dtr_falls); }),
            "law 3: listening although DTR was not off since the last call");
}

TEST(laws, law_3_a_call_that_ends_without_recovery_keeps_the_port) {
  std::string const broken = broken_by([](Laws& laws) {
    for (Move& move : laws.moves)
      if (move.on == Cue::service_ended) move.to = Step::posts;
  });
  EXPECT_EQ(broken.substr(0, 5), "law 3");
}

TEST(laws, law_3_a_lease_that_ends_without_recovery_keeps_the_port) {
  std::string const broken = broken_by([](Laws& laws) {
    for (Move& move : laws.moves)
      if (move.on == Cue::client_gone && move.to == Step::revokes) move.to = Step::posts;
  });
  EXPECT_EQ(broken.substr(0, 5), "law 3");
}

TEST(laws, law_4_a_failure_without_retry_is_for_ever) {
  EXPECT_EQ(broken_by([](Laws& laws) { step(laws, Step::fails).timer = Timer::none; }),
            "never at rest: this goes round for ever");
}

TEST(laws, law_4_a_retry_that_leads_nowhere_never_rests) {
  EXPECT_EQ(broken_by([](Laws& laws) { step(laws, Step::fails).late = Step::look; }),
            "never at rest: this goes round for ever");
}

TEST(laws, law_5_without_the_question_who_has_the_port_the_hardware_is_blamed) {
  EXPECT_EQ(broken_by([](Laws& laws) { leave_out(laws.blame, Step::blame_asks); }),
            "law 5: the hardware is blamed before owner and carrier are excluded");
}

TEST(laws, law_5_without_the_question_for_a_carrier_the_hardware_is_blamed) {
  EXPECT_EQ(broken_by([](Laws& laws) { leave_out(laws.blame, Step::blame_samples); }),
            "law 5: the hardware is blamed before owner and carrier are excluded");
}

TEST(laws, law_6_without_the_look_the_bytes_of_another_program_are_read) {
  EXPECT_EQ(broken_by([](Laws& laws) { laws.readable = Do::read; }),
            "law 6: something is read before anybody looked who has the port");
}

TEST(laws, law_6_without_the_renewal_the_listen_is_as_an_unseen_program_left_it) {
  EXPECT_EQ(broken_by([](Laws& laws) {
              for (Move& move : laws.moves)
                if (move.on == Cue::nobody_any_more && move.to == Step::renews) move.to = Step::stay;
            }),
            "law 6: who came and went unseen may have set the device, and the listen stands");
}

TEST(laws, every_step_and_state_stands_in_its_own_row) {
  Laws const& laws = standard_laws();
  for (size_t i = 0; i < laws.steps.size(); ++i) EXPECT_EQ(laws.steps[i].step, static_cast<Step>(i));
  for (size_t i = 0; i < laws.states.size(); ++i) EXPECT_EQ(laws.states[i].state, static_cast<State>(i));
  for (size_t i = 0; i < static_cast<size_t>(Timer::count_); ++i) {
    auto const timer = static_cast<Timer>(i);
    EXPECT_EQ(row(timer).timer, timer);
    EXPECT_FALSE(row(timer).why.empty());
  }
}

TEST(laws, every_state_has_a_deadline_in_each_step_or_an_owner) {
  for (StepRow const& row : standard_laws().steps)
    EXPECT_TRUE(row.timer != Timer::none || standard_laws().row(row.state).owner != Owner::nobody)
        << row.name;
}

TEST(laws, a_step_and_a_cue_have_one_move_at_most) {
  Laws const& laws = standard_laws();
  for (StepRow const& row : laws.steps)
    for (size_t cue = 0; cue < static_cast<size_t>(Cue::count_); ++cue) {
      int moves = 0;
      for (Move const& move : laws.moves)
        moves += (move.from >> static_cast<unsigned>(row.step) & 1u) && move.on == static_cast<Cue>(cue);
      EXPECT_LE(moves, 1) << row.name << " " << name(static_cast<Cue>(cue));
    }
}

/// The table of states as the README shows it: where each may lead, and its steps with their deadlines.
std::string table_of_states() {
  std::string table;
  for (StateRow const& state : standard_laws().states) {
    std::string line = "    " + std::string(state.name);
    line.resize(20, ' ');
    for (StepRow const& step : standard_laws().steps) {
      if (step.state != state.state) continue;
      line.append(step.name);
      if (step.timer != Timer::none) line.append("(").append(name(step.timer)).append(")");
      line += ' ';
    }
    line.back() = '\n';
    line.append(20, ' ').append("->");
    for (StateRow const& next : standard_laws().states)
      if (state.next >> static_cast<unsigned>(next.state) & 1u) line.append(" ").append(next.name);
    table += line + "\n";
  }
  return table;
}

TEST(laws, the_readme_shows_the_table_of_states) {
  std::ifstream file(OFFHOOK_PORT_README);
  std::string const readme{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(readme.find(table_of_states()), std::string::npos) << table_of_states();
}

}  // namespace
}  // namespace offhook::port::test
