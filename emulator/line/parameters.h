// What a line is like: its rate, and what goes wrong on it. Every impairment is off by default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "emulator/base/result.h"
#include "emulator/base/time.h"

namespace offhook::line {

/// Bit errors in bursts (Gilbert, Elliott): quiet stretches and bursts of random length, errors only in
/// bursts.
struct Bursts {
  double mean_gap_bits = 0;    // from the end of a burst to the next; 0: no bursts
  double mean_burst_bits = 0;  // at least 1
  double density = 0.5;        // of the bits within a burst, how many are wrong
  bool operator==(Bursts const&) const = default;
};

struct Parameters {
  uint32_t rate_bps = 0;            // 0: bytes take no time; the modems still negotiate and report a rate
  bool realistic_training = false;  // else training takes no time
  size_t buffer_bytes = 0;          // each way; 0: 20 ms and a byte at the line's rate, 16384 without a rate

  Duration delay{0};   // one way
  Duration jitter{0};  // more delay, anew for what is sent together, uniform in 0 ... jitter; order is kept
  double bit_error_rate = 0;  // independent errors, of the data bits
  Bursts bursts{};
  double byte_loss_rate = 0;
  double byte_duplication_rate = 0;
  bool flow_stuck = false;  // flow control stuck: nothing is handed over, and the sender is held back
  uint64_t seed = 0;        // of all chance on this line
  bool operator==(Parameters const&) const = default;
};

/// Words for a value out of range, which name it as `vmodem line` does and say what is accepted.
Result<void> check(Parameters const& parameters);
/// Whether bytes need more than the line's rate: anything but rate, training, buffer and flow control.
bool impaired(Parameters const& parameters);
/// Whether chance has a part in what becomes of bytes: then the seed matters.
bool chancy(Parameters const& parameters);
/// All that is not as on a perfect line, as `vmodem line` takes it: "rate=2400 errors=1e-05"; empty: nothing.
std::string describe(Parameters const& parameters);
/// What a call meets whose two ends have lines of their own: the lesser rate and buffer; delays and jitters
/// add; shares a and b of what goes wrong make 1-(1-a)(1-b); bursts of both; training as real and flow
/// control stuck where either is; the seed of `a`, or where that is 0 of `b`.
Parameters combine(Parameters const& a, Parameters const& b);

}  // namespace offhook::line
