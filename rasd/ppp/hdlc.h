// Asynchronous HDLC framing (RFC 1662): frames as bytes that a modem can carry, and back.
//
// Pure: bytes in, bytes out. It knows addresses, control fields, protocol numbers, escapes and the FCS, and
// nothing of what is inside a frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "emulator/base/byte_queue.h"

namespace offhook::ppp {

/// Bit n stands for control character n (RFC 1662 7.1).
using Accm = uint32_t;
inline constexpr Accm accm_all = 0xffffffff;       // the default: every control character is escaped
inline constexpr Accm accm_xon_xoff = 0x000a0000;  // what a port with software flow control needs

/// How one direction frames, once LCP has agreed on it.
struct Framing {
  Accm accm = accm_all;
  bool protocol_compression = false;         // PFC (RFC 1661 6.5)
  bool address_control_compression = false;  // ACFC (RFC 1661 6.6)
  bool operator==(Framing const&) const = default;
};

/// Room that encode() needs at most for a frame of `payload` bytes.
constexpr size_t encoded_limit(size_t payload) { return 2 * (payload + 6) + 2 + 8; }

/// Writes one frame with both its flags and returns its length; `out` has encoded_limit() bytes. PFC applies
/// to protocol numbers below 0x100 alone.
size_t encode(Framing const& framing, uint16_t protocol, Bytes payload, std::span<std::byte> out);

/// What was thrown away, and why.
struct FramingErrors {
  uint64_t fcs = 0;     // hurt on the way
  uint64_t abort = 0;   // ended by the escape and the flag (RFC 1662 4.3)
  uint64_t runt = 0;    // too short for a protocol and an FCS
  uint64_t giant = 0;   // longer than the limit
  uint64_t header = 0;  // no protocol number where one must be (RFC 1661 2)
  uint64_t total() const { return fcs + abort + runt + giant + header; }
  bool operator==(FramingErrors const&) const = default;
};

/// A frame, unpacked. `payload` is valid until the next call of its decoder.
struct Frame {
  uint16_t protocol = 0;
  Bytes payload;
};

class Suspects;

/// The receiving half. Both the compressed and the full forms of a header are taken at any time (RFC 1661
/// 6.5, 6.6: a receiver must take both).
class Decoder {
 public:
  /// `limit` is the longest payload; a longer frame is a giant.
  explicit Decoder(size_t limit) : limit_(limit + header_and_fcs) {}

  struct Got {
    size_t taken = 0;            // bytes used up; call again with the rest
    std::optional<Frame> frame;  // the frame that ended there
  };
  [[nodiscard]] Got receive(Bytes bytes);

  /// Control characters of `accm` that come unescaped were put in on the way and are dropped (RFC 1662 7.1).
  void set_accm(Accm accm) { accm_ = accm; }
  /// What has come of a frame is forgotten: a new call.
  void reset();
  FramingErrors const& errors() const { return errors_; }
  bool operator==(Decoder const& other) const;

 private:
  enum class State : uint8_t {
    hunting,  // for the first flag: what comes before it is no frame
    inside,   // a frame, or nothing yet behind a flag
    escaped,  // behind the escape
    tossing,  // a giant: to its flag
  };
  static constexpr size_t header_and_fcs = 6;

  std::byte const* take_plain(std::byte const* at, std::byte const* end, Suspects suspects);
  void take_escaped(std::byte byte);
  void too_long();
  std::optional<Frame> end();

  std::vector<std::byte> frame_;  // room for the longest, from the first byte on
  size_t length_ = 0;             // of it that is a frame so far
  size_t limit_;
  Accm accm_ = accm_all;
  State state_ = State::hunting;
  bool delivered_ = false;  // frame_ is what the last call returned
  FramingErrors errors_;
};

}  // namespace offhook::ppp
