// One direction of a line: pace, and where it is impaired delay, jitter, noise and the retransmissions that
// error control makes of it. An unimpaired line pays for none of this: its bytes go by PacedQueue alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "emulator/base/byte_queue.h"
#include "emulator/base/random.h"
#include "emulator/base/time.h"
#include "emulator/line/noise.h"
#include "emulator/line/paced_queue.h"
#include "emulator/line/parameters.h"

namespace offhook::line {

/// How many bytes a line holds that is to keep a sender's bytes no more than 20 ms waiting.
size_t buffer_for(Pace const& pace);

/// What became of one direction's bytes.
struct Tally {
  uint64_t damaged = 0;     // arrived with wrong bits
  uint64_t dropped = 0;     // never arrived: byte loss
  uint64_t duplicated = 0;  // arrived twice
  uint64_t resent = 0;      // frames, by error control
  bool operator==(Tally const&) const = default;
};

class Channel {
 public:
  explicit Channel(uint64_t seed);

  enum class Recovery : uint8_t { none, arq };  // arq: error control sends again what was hit
  /// What is on its way is timed anew; what has arrived stays.
  void configure(Instant now, Pace pace, Parameters const& parameters, Recovery recovery);
  void seed(uint64_t seed);

  size_t push(Instant now, Bytes bytes);
  /// What the sender may still push: what travels on an impaired line no longer takes up room.
  size_t room(Instant now) const;
  /// The same for any time from the last event on: at most what room() says.
  size_t room_at_least() const { return limit_ - std::min(limit_, size()); }
  size_t limit() const { return limit_; }
  size_t size() const { return paced_.size() + bytes_.size(); }
  bool empty() const { return size() == 0; }
  /// True where bytes are neither delayed nor changed.
  bool clear_way() const { return wanted_ == Way::paced && empty(); }

  /// Some of those that have arrived, none only where none have.
  Bytes ready(Instant now) const;
  void pop(size_t n);
  size_t clear();
  size_t drop_in_transit(Instant now);

  std::optional<Instant> next_timeout() const;
  void on_timeout(Instant now);

  Tally const& tally() const { return tally_; }

  bool operator==(Channel const&) const = default;

 private:
  enum class Way : uint8_t { paced, impaired };

  /// Bytes that arrive one after another at the line's pace: byte k at `base` and k byte times, `late` after
  /// it had left the sender.
  struct Run {
    Instant base;
    Duration late;
    size_t size;
    size_t taken = 0;
    bool operator==(Run const&) const = default;
  };

  void send_frame(Instant now, Bytes frame);
  void send_corrected(Instant begin, Duration late, Bytes frame);
  void send_bare(Instant begin, Duration late, Bytes bytes);
  void add_run(Instant begin, Duration late, size_t size);
  void reschedule(Instant now);
  enum class Lead : uint8_t { arrival, departure };
  std::optional<Instant> next_of(Lead lead) const;
  size_t arrived(Instant now) const;
  size_t travelling(Instant now) const;

  Way way() const { return wanted_ == Way::paced && bytes_.empty() ? Way::paced : Way::impaired; }

  Way wanted_ = Way::paced;  // what went the other way before is still delivered first
  Recovery recovery_ = Recovery::none;
  Pace pace_;
  Duration delay_{0}, jitter_{0};
  size_t limit_;
  Noise noise_;
  Random jitters_;

  PacedQueue paced_;   // also, on an impaired way, what was sent before it became so
  ByteQueue bytes_;    // sent the impaired way, as they arrive
  size_t landed_ = 0;  // the first of them: arrived for certain, no longer in runs_
  std::deque<Run> runs_;
  Instant free_at_ = Instant::min();  // when the sender has sent everything
  Sender sender_ = Sender::content;
  Instant woke_ = Instant::min();
  Tally tally_;
};

}  // namespace offhook::line
