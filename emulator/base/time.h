// Time as the engines know it: a point on a line that nobody here reads. Drivers pass Instants in; only a
// driver or main has a clock.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace offhook {

using Duration = std::chrono::nanoseconds;

/// A point of time. It has no now(): what it is measured from is the caller's affair (the steady clock in a
/// driver, zero in a simulation).
struct Timeline {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Timeline>;
  static constexpr bool is_steady = true;
};
using Instant = Timeline::time_point;

using namespace std::chrono_literals;

}  // namespace offhook
