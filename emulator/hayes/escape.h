// The escape from online data to command state: three escape characters alone between two guard times, judged
// by when they arrived (Hayes' Improved Escape Sequence with Guard Time; V.250 leaves the escape to the
// maker), or TIES, the time-independent +++AT. It only watches: every byte goes to the line as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "emulator/base/byte_queue.h"
#include "emulator/base/time.h"

namespace offhook::hayes {

class Escape {
 public:
  struct Rules {
    uint8_t character = '+';  // S2; above 127: no escape
    Duration guard = 1s;      // S12; 0: three in a row escape at once
    bool ties = false;
    bool seven_bits = false;  // the eighth is the DTE's parity, and none of the character's
  };

  /// Online data begins: the guard time before counts from here.
  void start(Instant now, Rules const& rules);

  struct Seen {
    size_t passed = 0;     // bytes up to and with the escape's last; all of them where there was none
    bool escaped = false;  // at once: TIES, or no guard time
  };
  Seen on_bytes(Instant now, Bytes bytes);
  /// The DTE is not silent, whatever it sends.
  void disturb(Instant now);

  /// When the guard time after three escape characters will have run; under TIES too, so that +++ alone is
  /// answered.
  std::optional<Instant> deadline() const;

  bool operator==(Escape const&) const = default;

 private:
  Seen scan(Bytes bytes);

  Instant last_{};  // when the DTE last sent something
  Duration guard_ = 1s;
  uint8_t character_ = '+';
  bool ties_ = false;
  uint8_t mask_ = 0xff;
  uint8_t count_ = 0;  // of the sequence, so far: 3 is the escape, with TIES 5
};

}  // namespace offhook::hayes
