// The 16-bit frame check sequence of asynchronous HDLC (RFC 1662 C.2).
#pragma once

#include <cstdint>

#include "emulator/base/byte_queue.h"

namespace offhook::ppp {

inline constexpr uint16_t fcs_initial = 0xffff;
/// What fcs() comes to over a frame with its own FCS behind it, when nothing was hurt.
inline constexpr uint16_t fcs_good = 0xf0b8;

/// Carries `fcs` over further bytes. The FCS that is sent is the ones' complement, low byte first.
uint16_t fcs(uint16_t fcs, Bytes bytes);

}  // namespace offhook::ppp
