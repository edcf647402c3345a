// What a line carries, by the bytes that were seen on it. Pure: it is told the time.
#pragma once

#include <cstddef>
#include <optional>

#include "emulator/base/time.h"

namespace offhook::net {

/// How much may wait to be sent: what the line carries in about a second, so that no packet is much later
/// than that; by its pace while it was never empty.
class Backlog {
 public:
  static constexpr size_t least = 8 * 1024, most = 192 * 1024;

  /// Bytes, from `least` to `most`.
  size_t limit() const { return limit_; }
  void emptied() { since_.reset(); }
  void wrote(Instant now, size_t bytes);

 private:
  std::optional<Instant> since_;
  size_t bytes_ = 0, limit_ = most / 2;
};

/// The most bytes that were seen within a second, of the last half minute or more.
class FullestSecond {
 public:
  size_t bytes() const;
  void saw(Instant now, size_t bytes);

 private:
  std::optional<Instant> second_, period_;  // when they began
  size_t bytes_ = 0;                        // of this second
  size_t fullest_ = 0, before_ = 0;         // of this period, and of the one before
};

}  // namespace offhook::net
