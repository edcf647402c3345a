// A machine's timers as a small table: one deadline a name. The rows' defaults and sections stand with the
// machine.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "emulator/base/time.h"

namespace offhook {

/// Deadlines keyed by an enum `Id` whose last enumerator is `count_`.
/// A timer fires once: take_due() clears what it returns. Early or repeated calls find nothing.
template <class Id>
class Timers {
 public:
  void set(Id id, Instant at) { slot(id) = at; }
  void cancel(Id id) { slot(id).reset(); }
  void cancel_all() { at_.fill(std::nullopt); }
  bool running(Id id) const { return at_[static_cast<size_t>(id)].has_value(); }
  std::optional<Instant> deadline(Id id) const { return at_[static_cast<size_t>(id)]; }

  /// The earliest deadline, if any timer runs.
  std::optional<Instant> next() const {
    std::optional<Instant> earliest;
    for (auto const& at : at_)
      if (at && (!earliest || *at < *earliest)) earliest = at;
    return earliest;
  }

  /// The timer that fell due first, by `now` at the latest; it no longer runs afterwards.
  std::optional<Id> take_due(Instant now) {
    std::optional<size_t> first;
    for (size_t i = 0; i < at_.size(); ++i)
      if (at_[i] && *at_[i] <= now && (!first || *at_[i] < *at_[*first])) first = i;
    if (!first) return std::nullopt;
    at_[*first].reset();
    return static_cast<Id>(*first);
  }

  bool operator==(Timers const&) const = default;

 private:
  std::optional<Instant>& slot(Id id) { return at_[static_cast<size_t>(id)]; }
  std::array<std::optional<Instant>, static_cast<size_t>(Id::count_)> at_{};
};

}  // namespace offhook
