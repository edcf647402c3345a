// What everybody in the virtual world shares: its time, its chance, what is to happen, and what has gone
// wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/random.h"
#include "emulator/base/time.h"
#include "tools/play/schedule.h"

namespace offhook::play {

/// How a fact may be treated on its way to the port's machine.
enum class Grade : uint8_t {
  owed,    // the kernel tells it whatever happens (a death, an end of a socket): late at most
  answer,  // to a question: dropped or late
  notice,  // nobody asked: dropped, doubled, late, and so reordered
};

/// Once in so many draws; 0: never.
struct Mischief {
  uint32_t dropped = 0, doubled = 0, late = 0;
  Duration latest{0};
};

struct Stage {
  explicit Stage(uint64_t seed) : random(seed) {}

  Instant now{};
  Schedule schedule;
  Random random;
  Mischief mischief{};     // of facts
  std::string broken{};    // the first invariant that did not hold
  size_t broken_port = 0;  // and where
  uint64_t facts = 0;      // told to the ports' machines
  std::function<void(size_t port, std::string)> trace{};

  /// At once where `delay` is zero: after what is under way now.
  void after(Duration delay, std::function<void()> what) {
    schedule.at(now + delay, [what = std::move(what)](Instant) { what(); });
  }
  Duration up_to(Duration most) { return Duration(random.below(static_cast<uint64_t>(most.count()) + 1)); }
  void demand(bool holds, size_t port, std::string const& otherwise) {
    if (holds || !broken.empty()) return;
    broken = otherwise;
    broken_port = port;
  }
  /// When a fact arrives: not at all, once, or twice.
  std::vector<Duration> arrivals(Grade grade) {
    if (mischief.latest == Duration::zero()) return {Duration::zero()};
    if (grade != Grade::owed && random.one_in(mischief.dropped)) return {};
    std::vector<Duration> times{random.one_in(mischief.late) ? up_to(mischief.latest) : Duration::zero()};
    if (grade == Grade::notice && random.one_in(mischief.doubled)) times.push_back(up_to(mischief.latest));
    return times;
  }
};

}  // namespace offhook::play
