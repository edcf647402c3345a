// What a link counts. A driver takes it before the link is taken down.
#pragma once

#include <cstdint>

#include "rasd/ppp/hdlc.h"

namespace offhook::ppp {

/// One direction.
struct Traffic {
  uint64_t bytes = 0;         // on the line: flags, escapes and check sequences are among them
  uint64_t frames = 0;        // whole ones, of any protocol
  uint64_t information = 0;   // what was in them, in bytes, as it went over the line
  uint64_t packets = 0;       // of the network: what send() took, and what FromPeer gave
  uint64_t packet_bytes = 0;  // in them
  bool operator==(Traffic const&) const = default;
};

struct LinkStatistics {
  Traffic received, sent;
  FramingErrors errors;       // of what was received
  uint64_t rejected = 0;      // frames of protocols that this end does not speak
  uint64_t out_of_phase = 0;  // frames that came when nobody listened, and were dropped (RFC 1661 3.4)
  bool operator==(LinkStatistics const&) const = default;
};

}  // namespace offhook::ppp
