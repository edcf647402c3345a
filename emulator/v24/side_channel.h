// The side channel's messages: the circuits of a port that a pty cannot carry, over a Unix SEQPACKET socket,
// one message a packet, 64 bytes each, little-endian. v24/README.md shows the dialogue.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/byte_queue.h"
#include "emulator/base/result.h"
#include "emulator/v24/circuits.h"
#include "emulator/v24/format.h"

namespace offhook::v24 {

inline constexpr size_t message_bytes = 64;
inline constexpr size_t port_name_limit = 31;

/// What a message is for: `state` and `ack` come from the bank, the others go to it.
enum class Kind : uint8_t {
  attach = 1,  // port: tell me its state now and each change from now on
  detach,      // port: no more
  set,         // port, generation, mask, circuits: 105 and 108 as the DTE wants them
  send_break,  // port, generation
  revoke,      // port, generation: whoever holds it open is hung up; a fresh pty takes its name
  state,       // port, generation, circuits, on_edges: on attach, on each change, after an overflow
  ack,         // serial, status: answers set, send_break, revoke, detach, set_format; an attach that failed
  set_format,  // port, generation, format: what the DTE's characters are like, until it says another
};

/// `stale`: the asker named a generation, and the port's is another by now.
enum class Status : uint8_t { done, unknown_port, not_yours, malformed, failed, stale };
std::string_view name(Status);

/// How often each of the DCE's circuits came ON since the bank came up: CTS, DSR, DCD, RI.
struct OnEdges {
  uint32_t cts = 0, dsr = 0, dcd = 0, ri = 0;
  bool operator==(OnEdges const&) const = default;
};

struct Message {
  Kind kind = Kind::attach;
  Status status = Status::done;  // of an ack
  Circuits circuits;             // set: the values wanted; state: as presented
  Circuits mask;                 // set: which of 105 and 108 are meant
  uint32_t serial = 0;           // the asker's; its ack carries the same
  uint64_t generation = 0;       // of the port's pty; of set, send_break, revoke: 0 for whatever it is
  OnEdges on_edges;
  Format format;  // of set_format, in the edges' place
  std::string port;
  bool operator==(Message const&) const = default;
};

using Packet = std::array<std::byte, message_bytes>;

/// The port's name is at most port_name_limit bytes: longer ones are our own bug.
Packet encode(Message const& message);
/// An error names the field and what is accepted.
Result<Message> decode(Bytes packet);

}  // namespace offhook::v24
