// For this room's tests: an exchange of four subscribers in virtual time, whose actions are read as words.
#pragma once

#include <string>
#include <vector>

#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

inline std::string in_words(Party const& party) {
  if (auto const* id = std::get_if<SubscriberId>(&party)) return std::to_string(*id);
  if (std::holds_alternative<Outside>(party)) return "outside";
  return std::string(name(std::get<TestLine>(party)));
}

/// "0: dial tone", "connect 0-echo", "disconnect", "ended 5550100>5550101: user busy".
inline std::string in_words(Action const& action) {
  if (auto const* tell = std::get_if<Tell>(&action))
    return std::to_string(tell->to) + ": " + loop::describe(tell->event);
  if (auto const* connect = std::get_if<Connect>(&action))
    return "connect " + in_words(connect->caller) + "-" + in_words(connect->called);
  if (std::holds_alternative<Disconnect>(action)) return "disconnect";
  if (auto const* out = std::get_if<CallOut>(&action))
    return "call out " + out->target + (out->is_address ? " (address)" : "") + " from " + out->from;
  auto const& note = std::get<CallNote>(action);
  constexpr std::string_view kinds[] = {"began ", "ringing ", "answered ", "ended "};
  std::string words(kinds[static_cast<size_t>(note.kind)]);
  words += note.from + ">" + note.to;
  if (note.kind == CallNote::Kind::ended) words += ": " + std::string(loop::name(note.cause));
  return words;
}

/// Only what sets were told.
inline std::vector<std::string> told(std::vector<std::string> words) {
  std::erase_if(words, [](std::string const& w) { return w.find(": ") == w.npos || w.starts_with("ended"); });
  return words;
}

inline Plan four_subscribers() {
  Plan plan;
  plan.subscribers = {"5550100", "5550101", "5550102", "5550103"};
  plan.test_lines = default_test_lines();
  return plan;
}

struct Rig {
  Rig() : Rig(four_subscribers()) {}
  explicit Rig(Plan plan) : exchange(std::move(plan)) {}

  std::vector<std::string> drain() {
    std::vector<std::string> words;
    while (auto action = exchange.poll_action()) words.push_back(in_words(*action));
    return words;
  }
  std::vector<std::string> act(SubscriberId from, loop::Act const& what) {
    exchange.on_loop(now, from, what);
    return drain();
  }
  std::vector<std::string> dial(SubscriberId from, std::string const& digits) {
    auto words = act(from, loop::Digits{digits});
    for (auto& word : act(from, loop::DialEnd{})) words.push_back(word);
    return words;
  }
  /// Off-hook and a number: what the caller's number leads to.
  std::vector<std::string> call(SubscriberId from, std::string const& digits) {
    act(from, loop::GoOffHook{});
    return dial(from, digits);
  }
  /// Lets time pass, jumping from deadline to deadline; each line begins with the second it happened at.
  std::vector<std::string> pass(Duration time) {
    std::vector<std::string> words;
    Instant const end = now + time;
    while (auto next = exchange.next_timeout()) {
      if (*next > end) break;
      now = *next;
      exchange.on_timeout(now);
      for (auto& word : drain()) words.push_back(seconds() + " " + word);
    }
    now = end;
    return words;
  }
  std::string seconds() const {
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    std::string tenths = std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100);
    return tenths;
  }

  Exchange exchange;
  Instant now{};
};

}  // namespace offhook::exchange
