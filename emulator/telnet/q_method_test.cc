// RFC 1143 section 7 once more, written as its text goes: one line a rule.
#include "emulator/telnet/q_method.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace offhook::telnet {
namespace {

using enum QState;
using enum QInput;

struct Rule {
  QState state;
  QInput input;
  QState next;
  Say say;
};

TEST(QMethod, every_state_answers_every_input_as_the_rfc_says) {
  std::vector<Rule> const rules{
      {no, welcome, yes, Say::on},
      {no, unwelcome, no, Say::off},
      {yes, welcome, yes, Say::nothing},
      {yes, unwelcome, yes, Say::nothing},
      {want_no, welcome, no, Say::nothing},
      {want_no, unwelcome, no, Say::nothing},
      {want_no_opposite, welcome, yes, Say::nothing},
      {want_no_opposite, unwelcome, yes, Say::nothing},
      {want_yes, welcome, yes, Say::nothing},
      {want_yes, unwelcome, yes, Say::nothing},
      {want_yes_opposite, welcome, want_no, Say::off},
      {want_yes_opposite, unwelcome, want_no, Say::off},

      {no, off, no, Say::nothing},
      {yes, off, no, Say::off},
      {want_no, off, no, Say::nothing},
      {want_no_opposite, off, want_yes, Say::on},
      {want_yes, off, no, Say::nothing},
      {want_yes_opposite, off, no, Say::nothing},

      {no, ask_on, want_yes, Say::on},
      {yes, ask_on, yes, Say::nothing},
      {want_no, ask_on, want_no_opposite, Say::nothing},
      {want_no_opposite, ask_on, want_no_opposite, Say::nothing},
      {want_yes, ask_on, want_yes, Say::nothing},
      {want_yes_opposite, ask_on, want_yes, Say::nothing},

      {no, ask_off, no, Say::nothing},
      {yes, ask_off, want_no, Say::off},
      {want_no, ask_off, want_no, Say::nothing},
      {want_no_opposite, ask_off, want_no, Say::nothing},
      {want_yes, ask_off, want_yes_opposite, Say::nothing},
      {want_yes_opposite, ask_off, want_yes_opposite, Say::nothing},
  };
  std::set<std::pair<QState, QInput>> covered;
  for (auto const& rule : rules) {
    EXPECT_EQ(step(rule.state, rule.input), (QStep{rule.next, rule.say}))
        << "state " << int(rule.state) << " input " << int(rule.input);
    covered.emplace(rule.state, rule.input);
  }
  EXPECT_EQ(covered.size(), 30u);
}

/// The two ends of one side of one option, with what is on its way between them.
struct Pair {
  QState here = no, there = no;
  std::vector<Say> to_here, to_there;
  auto operator<=>(Pair const&) const = default;
};

Pair after(Pair pair, bool here, QInput input) {
  auto const [next, say] = step(here ? pair.here : pair.there, input);
  (here ? pair.here : pair.there) = next;
  if (say != Say::nothing) (here ? pair.to_there : pair.to_here).push_back(say);
  return pair;
}

Pair delivered(Pair pair, bool here, bool agrees) {
  auto& queue = here ? pair.to_here : pair.to_there;
  Say const heard = queue.front();
  queue.erase(queue.begin());
  return after(std::move(pair), here, heard == Say::off ? off : agrees ? welcome : unwelcome);
}

TEST(QMethod, two_ends_come_to_rest_in_agreement_whatever_they_ask_and_in_any_order) {
  for (unsigned agree = 0; agree < 4; ++agree) {
    std::vector<std::pair<Pair, int>> open{{Pair{}, 6}};  // and how many more things may be asked
    std::set<std::pair<Pair, int>> queued(open.begin(), open.end());
    while (!open.empty()) {
      auto const [pair, asks] = open.back();
      open.pop_back();
      ASSERT_LE(pair.to_here.size() + pair.to_there.size(), 4u);
      if (pair.to_here.empty() && pair.to_there.empty()) {
        ASSERT_FALSE(negotiating(pair.here));
        ASSERT_EQ(pair.here, pair.there);
      }
      auto const visit = [&](Pair next, int left) {
        if (queued.emplace(next, left).second) open.emplace_back(std::move(next), left);
      };
      for (bool here : {true, false}) {
        if (!(here ? pair.to_here : pair.to_there).empty())
          visit(delivered(pair, here, agree & (here ? 1u : 2u)), asks);
        if (asks == 0) continue;
        visit(after(pair, here, ask_on), asks - 1);
        visit(after(pair, here, ask_off), asks - 1);
      }
    }
  }
}

}  // namespace
}  // namespace offhook::telnet
