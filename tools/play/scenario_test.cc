#include "tools/play/scenario.h"

#include <gtest/gtest.h>

namespace offhook::play {
namespace {

std::string error_of(std::string const& text) {
  auto const scenario = parse_scenario(text, "s.txt");
  return scenario.has_error() ? scenario.error().message : "";
}
std::string outcome_of(std::string const& text) {
  auto const scenario = parse_scenario(text, "s.txt");
  EXPECT_TRUE(scenario.has_value()) << error_of(text);
  return scenario.has_value() ? run_scenario(*scenario, "s.txt") : "";
}

TEST(scenario, the_languages_own_example_is_read) {
  auto const scenario = parse_scenario(
      "# Q252299: a call comes in while the cable is being reconnected\n"
      "seed 7\n"
      "at 0s     unplug ttyVM0\n"
      "at 2s     plug ttyVM0\n"
      "at 2.2s   ring ttyVM0 --from 5550199 --rings 1\n"
      "finally within 30s port ttyVM0 is listening\n",
      "s.txt");
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  EXPECT_EQ(scenario->seed, 7u);
  ASSERT_EQ(scenario->deeds.size(), 3u);
  EXPECT_EQ(scenario->deeds[2].at, 2200ms);
  EXPECT_EQ(scenario->deeds[2].verb, "ring");
  EXPECT_EQ(scenario->deeds[2].from, "5550199");
  EXPECT_EQ(scenario->deeds[2].rings, 1u);
  ASSERT_EQ(scenario->expectations.size(), 1u);
  EXPECT_EQ(scenario->expectations[0].state, port::State::listening);
}

TEST(scenario, a_mistake_is_named_with_its_line_and_what_is_accepted) {
  struct Row {
    char const *line, *says;
  };
  for (Row const& row : {
           Row{"at 1x plug ttyVM0", "'1x' is no time: accepted are 500ms, 2.2s, 3m"},
           Row{"at -1s plug ttyVM0", "is no time"},
           Row{"at 99999999s plug ttyVM0", "is no time"},
           Row{"at nans plug ttyVM0", "is no time"},
           Row{"at 1s pull ttyVM0", "'pull' is no verb: accepted are unplug, plug, ring, drop"},
           Row{"at 1s plug", "accepted is: plug PORT"},
           Row{"at 1s ring ttyVM0 --loud", "'--loud'; accepted is: ring PORT [--from NUMBER] [--rings K]"},
           Row{"at 1s ring ttyVM0 --rings", "a value is missing after '--rings'"},
           Row{"at 1s ring ttyVM0 --rings many", "'many' is no number from 0 to 1000"},
           Row{"at 1s drop ttyVM0 --end middle", "'middle' is no end: accepted are near, far, both"},
           Row{"at 1s port ttyVM0 is asleep", "'asleep' is no state: accepted are absent, opening"},
           Row{"at 1s port ttyVM0 is answered", "'answered' is only of 'finally'"},
           Row{"finally port ttyVM0 is listening", "accepted is: finally within TIME port PORT is STATE"},
           Row{"finally within 3s ttyVM0 listens now", "accepted is: port PORT is STATE"},
           Row{"seed many", "'many' is no number"},
           Row{"then plug ttyVM0", "'then': a line begins with seed, at or finally"},
       }) {
    std::string const error = error_of("seed 1\n" + std::string(row.line) + "\n");
    EXPECT_EQ(error.substr(0, 9), "s.txt:2: ") << row.line;
    EXPECT_NE(error.find(row.says), std::string::npos) << row.line << " -> " << error;
  }
}

TEST(scenario, times_go_forward_and_something_is_expected) {
  EXPECT_NE(error_of("at 2s plug ttyVM0\nat 1s plug ttyVM0\n").find("before line 1"), std::string::npos);
  EXPECT_NE(error_of("at 2s plug ttyVM0\n").find("nothing is expected"), std::string::npos);
  EXPECT_NE(error_of(std::string(300, 'a')).find("at most 256 characters"), std::string::npos);
}

TEST(scenario, what_is_not_as_expected_is_blamed_on_its_line) {
  EXPECT_EQ(outcome_of("at 5s port ttyVM0 is foreign\n"), "s.txt:1: port ttyVM0 is listening");
  EXPECT_EQ(outcome_of("at 5s unplug ttyVM0\nfinally within 9s port ttyVM0 is answered\n"),
            "s.txt:2: port ttyVM0 is absent, and the call is not served");
  EXPECT_EQ(outcome_of("at 5s plug ttyVM0\nat 6s port ttyVM0 is listening\n"),
            "s.txt:1: plug ttyVM0: it cannot be done now");
  EXPECT_EQ(outcome_of("at 5s plug ttyVM9\nat 6s port ttyVM0 is listening\n"),
            "s.txt:1: there is no port 'ttyVM9': the ports are ttyVM0 ... ttyVM3");
  EXPECT_EQ(outcome_of("finally within 9s port ttyVM0 is answered\n"), "");
}

}  // namespace
}  // namespace offhook::play
