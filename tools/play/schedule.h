// What is to happen in the virtual world, in order of its time; of one instant, in the order in which it was
// asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "emulator/base/time.h"

namespace offhook::play {

class Schedule {
 public:
  using Task = std::function<void(Instant)>;

  void at(Instant when, Task task) { tasks_.emplace(std::pair(when, ++last_), std::move(task)); }
  std::optional<Instant> next() const {
    return tasks_.empty() ? std::nullopt : std::optional(tasks_.begin()->first.first);
  }
  /// Runs the first that is due; false: none is.
  bool run_one(Instant now) {
    if (tasks_.empty() || tasks_.begin()->first.first > now) return false;
    auto const first = tasks_.extract(tasks_.begin());
    first.mapped()(now);
    return true;
  }

 private:
  std::map<std::pair<Instant, uint64_t>, Task> tasks_;
  uint64_t last_ = 0;
};

}  // namespace offhook::play
