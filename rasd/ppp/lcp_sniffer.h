// Whether a caller begins with LCP, in any spelling, or with something else: what mgetty calls AutoPPP. It
// looks, and keeps no bytes: those go to whoever gets the call.
//
// LCP is FF 03 C0 21 with or without a flag before it, or C0 21 behind a flag (the address and the control
// field are there by RFC 1662 7.1, and yet some leave them out); each byte as it is or escaped; control
// characters that were put in on the way are passed over.
#pragma once

#include <cstddef>
#include <cstdint>

#include "emulator/base/byte_queue.h"

namespace offhook::ppp {

class LcpSniffer {
 public:
  /// So many bytes that say nothing are somebody who does not speak PPP.
  static constexpr size_t noise_limit = 64;

  enum class Verdict : uint8_t { undecided, ppp, other };
  /// A verdict stands: what comes after it is not looked at.
  Verdict receive(Bytes bytes);
  Verdict verdict() const { return verdict_; }
  bool operator==(LcpSniffer const&) const = default;

 private:
  enum class State : uint8_t {
    nothing,   // has come that means anything
    rest,      // of a frame whose beginning was lost: an escape, and no flag yet
    flag,      // 7E
    address,   // FF
    control,   // FF 03
    protocol,  // C0
  };
  void take(uint8_t byte);
  Verdict judge_stranger(uint8_t byte);

  State state_ = State::nothing;
  Verdict verdict_ = Verdict::undecided;
  bool escaped_ = false;
  size_t noise_ = 0;
};

}  // namespace offhook::ppp
