// For this room's tests: a line in virtual time, whose actions are read as words.
#pragma once

#include <gtest/gtest.h>

#include <numeric>
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

/// A pair of sets without error control: errors become bytes.
inline Pair bare(Parameters const& parameters) {
  Pair pair(parameters);
  auto set = originating();
  set.offer_lapm = false;
  pair.train(set);
  return pair;
}
inline Pair corrected(Parameters const& parameters) {
  Pair pair(parameters);
  pair.train();
  return pair;
}

inline std::string counting(size_t bytes) {
  std::string text(bytes, '\0');
  std::iota(text.begin(), text.end(), '\0');
  return text;
}

/// Sends all of it, as fast as the line takes it, in pieces of at most `piece`; what arrived.
inline std::string send(Pair& pair, std::string_view text, size_t piece = SIZE_MAX, End from = End::near) {
  std::string heard;
  for (int idle = 0; idle < 2; ++idle) {
    while (size_t const taken = pair.push(from, text.substr(0, piece))) text.remove_prefix(taken), idle = 0;
    if (auto next = pair.line.next_timeout()) pair.now = *next, pair.line.on_timeout(pair.now), idle = 0;
    heard += pair.take(other(from));
  }
  EXPECT_TRUE(text.empty());
  return heard;
}

}  // namespace offhook::line
