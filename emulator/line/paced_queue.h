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
  bool operator==(Pace const&) const = default;
};

class PacedQueue {
 public:
  explicit PacedQueue(size_t limit) : bytes_(limit) {}

  size_t push(Instant now, Bytes bytes);
  size_t room() const { return bytes_.room(); }
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

  /// When more will have arrived. Wake-ups are at least 10 ms or one byte time apart, whichever is longer: a
  /// paced call must not wake the bank for each byte.
  std::optional<Instant> next_timeout() const { return wake_; }
  void on_timeout(Instant now);

  bool operator==(PacedQueue const&) const = default;

 private:
  size_t in_transit(Instant now) const;
  void begin_period(Instant now, uint64_t in_transit);
  void rebase(Instant now);
  void schedule(Instant now);
  uint64_t arrived_in(Duration elapsed) const;
  Duration time_of(uint64_t count) const;

  ByteQueue bytes_;
  Pace pace_;
  Instant period_{};     // when the busy period began
  uint64_t pushed_ = 0;  // bytes of the busy period, those that arrived included
  std::optional<Instant> wake_;
  Instant woke_ = Instant::min();
};

}  // namespace offhook::line
