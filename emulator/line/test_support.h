// For this room's tests: a line in virtual time, whose actions are read as words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/text.h"
#include "emulator/line/line.h"

namespace offhook::line {

inline loop::StartCarrier originating() { return {}; }
inline loop::StartCarrier answering() {
  loop::StartCarrier carrier;
  carrier.originate = false;
  return carrier;
}

struct Pair {
  explicit Pair(Parameters parameters = {}) : line(parameters) {}

  std::vector<std::string> drain() {
    std::vector<std::string> words;
    while (auto action = line.poll_action())
      words.push_back((action->to == End::near ? "near: " : "far: ") + loop::describe(action->event));
    return words;
  }
  std::vector<std::string> act(End from, loop::Act const& what) {
    line.on_act(now, from, what);
    return drain();
  }
  /// Both carriers on, and what that led to forgotten.
  void train(loop::StartCarrier const& near = originating(), loop::StartCarrier const& far = answering()) {
    act(End::near, near);
    act(End::far, far);
  }
  size_t push(End from, std::string_view text) { return line.push(now, from, as_bytes(text)); }
  std::string_view ready(End to) const { return as_text(line.ready(now, to)); }
  std::string take(End to, size_t limit = SIZE_MAX) {
    std::string taken(ready(to).substr(0, limit));
    line.pop(now, to, taken.size());
    return taken;
  }
  /// Lets time pass without anybody looking.
  std::vector<std::string> pass(Duration time) {
    Instant const end = now + time;
    while (auto next = line.next_timeout()) {
      if (*next > end) break;
      now = *next;
      line.on_timeout(now);
    }
    now = end;
    return drain();
  }

  Line line;
  Instant now{};
};

}  // namespace offhook::line
