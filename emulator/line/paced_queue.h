// Bytes on their way at a rate: the k-th byte of a busy period arrives exactly k byte times after the period
// began, whoever looks and whenever, so that nothing drifts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "emulator/base/byte_queue.h"
#include "emulator/base/time.h"

namespace offhook::line {

/// What a byte costs on the line. rate_bps 0: nothing. The rate is a modem's: at most a few million bit/s.
struct Pace {
  uint32_t rate_bps = 0;
  uint32_t bits_per_byte = 10;  // start, eight data bits, stop; 8 where error control strips start and stop

  Duration time_of(uint64_t bytes) const;  // to the nanosecond above
  /// How many whole bytes pass in this time; none in a negative one.
  uint64_t bytes_in(Duration elapsed) const;
  bool operator==(Pace const&) const = default;
};

/// Wake-ups are at least so far apart: a paced call must not wake the bank for each byte.
constexpr Duration wake_interval = 10ms;
/// A sender that was held back and comes late with more is taken to have come in time, up to this: how late a
/// bank's event loop may be without taking from a line's rate.
constexpr Duration lateness_allowed = 100ms;

enum class Sender : uint8_t { content, held_back };  // held_back: it left no room the last time

/// The first `size` of some bytes, in a queue of another limit.
ByteQueue with_limit(ByteQueue const& bytes, size_t size, size_t limit);

class PacedQueue {
 public:
  explicit PacedQueue(size_t limit) : bytes_(limit), limit_(limit) {}

  size_t push(Instant now, Bytes bytes);
  size_t room() const { return limit_ - std::min(limit_, bytes_.size()); }
  /// When the last byte will have arrived, or has.
  Instant busy_until() const { return period_ + pace_.time_of(pushed_); }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  /// Those that have arrived.
  Bytes ready(Instant now) const { return bytes_.front().first(bytes_.size() - in_transit(now)); }
  /// Drops the first `n`, at most what is ready.
  void pop(size_t n) { bytes_.pop(n); }
  /// Throws everything away, and says how much that was.
  size_t clear();
  /// Throws away what has not arrived, and says how much that was.
  size_t drop_in_transit(Instant now);

  /// A new limit; what is queued beyond it stays.
  void set_limit(size_t limit);
  /// A new pace for what has not arrived yet.
  void set_pace(Instant now, Pace pace);

  /// When more will have arrived. Wake-ups are at least wake_interval or one byte time apart, whichever is
  /// longer.
  std::optional<Instant> next_timeout() const { return wake_; }
  void on_timeout(Instant now);

  bool operator==(PacedQueue const&) const = default;

 private:
  size_t in_transit(Instant now) const;
  void begin_period(Instant now, uint64_t in_transit);
  void rebase(Instant now);
  void schedule(Instant now);

  ByteQueue bytes_;  // its own limit is beyond limit_ where more was queued before that was lowered
  size_t limit_;
  Pace pace_;
  Instant period_{};     // when the busy period began
  uint64_t pushed_ = 0;  // bytes of the busy period, those that arrived included
  Sender sender_ = Sender::content;
  std::optional<Instant> wake_;
  Instant woke_ = Instant::min();
};

}  // namespace offhook::line
