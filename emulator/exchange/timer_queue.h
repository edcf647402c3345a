// Thousands of deadlines in one order: O(log n) to set or cancel one, O(1) to know the next.
#pragma once

#include <optional>
#include <set>
#include <utility>

#include "emulator/base/time.h"

namespace offhook::exchange {

/// Each owner keeps its own deadline beside itself and hands it in, so that nothing is searched. Equal
/// deadlines fall due in the order of their keys: the same run gives the same sequence.
template <class Key>
class TimerQueue {
 public:
  /// Moves the deadline of `key` from `slot` to `at`; nothing cancels it.
  void set(std::optional<Instant>& slot, Key const& key, std::optional<Instant> at) {
    if (slot) by_time_.erase({*slot, key});
    slot = at;
    if (slot) by_time_.emplace(*slot, key);
  }

  std::optional<Instant> next() const {
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first;
  }

  /// Which is due first, by `now` at the latest. Its owner must set() it anew or cancel it.
  std::optional<std::pair<Instant, Key>> due(Instant now) const {
    if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
    return *by_time_.begin();
  }

  bool operator==(TimerQueue const&) const = default;

 private:
  std::set<std::pair<Instant, Key>> by_time_;
};

}  // namespace offhook::exchange
