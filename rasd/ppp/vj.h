// Van Jacobson's compression of TCP/IP headers (RFC 1144): 40 bytes of header become 3 to 16. Two pure
// halves, each with a slot for every TCP connection it remembers.
//
// It relies on a lower layer that says when a frame was hurt. What is lost without a word makes a wrong
// packet, which TCP's own checksum finds (RFC 1144 4.1).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rasd/ppp/packet.h"

namespace offhook::ppp {

/// What one direction may use, as IPCP agrees on it (RFC 1332 4.1).
struct VjMode {
  uint8_t max_slot = 15;      // slots are 0 to this
  bool compress_slot = true;  // the slot may be left out where it is the same as last time
  bool operator==(VjMode const&) const = default;
};

/// The first bytes of the last packet of one connection: IP's and TCP's headers with their options.
struct VjSlot {
  Buffer header;      // empty: none yet
  uint16_t data = 0;  // bytes that followed the header
  uint64_t used = 0;  // when, by count
  bool operator==(VjSlot const&) const = default;
};

class VjCompressor {
 public:
  explicit VjCompressor(VjMode mode) : mode_(mode), slots_(mode.max_slot + size_t{1}) {}

  struct Sent {
    uint16_t protocol;  // IP, compressed TCP or uncompressed TCP (RFC 1332 4)
    Buffer packet;
  };
  /// `packet` is an IPv4 packet, whole or not.
  Sent compress(Bytes packet);

  struct Counters {
    uint64_t plain = 0, uncompressed = 0, compressed = 0, saved_bytes = 0;
    bool operator==(Counters const&) const = default;
  };
  Counters const& counters() const { return counters_; }
  bool operator==(VjCompressor const&) const = default;

 private:
  size_t slot_for(Bytes header);
  Sent whole(Bytes packet, size_t slot, size_t header);

  VjMode mode_;
  std::vector<VjSlot> slots_;
  std::optional<size_t> last_;  // the slot of the last packet that named one
  uint64_t clock_ = 0;
  Counters counters_;
};

class VjDecompressor {
 public:
  explicit VjDecompressor(VjMode mode) : slots_(mode.max_slot + size_t{1}) {}

  /// The IPv4 packet; nothing where it cannot be told. `protocol` is one of the two of RFC 1332 4.
  std::optional<Buffer> decompress(uint16_t protocol, Bytes packet);
  /// A frame was hurt: whose it was is not known, so what names no slot is tossed from now on (RFC
  /// 1144 3.2.4).
  void on_error() { last_.reset(); }

  struct Counters {
    uint64_t uncompressed = 0, compressed = 0, bad = 0, tossed = 0;
    bool operator==(Counters const&) const = default;
  };
  Counters const& counters() const { return counters_; }
  bool operator==(VjDecompressor const&) const = default;

 private:
  std::optional<Buffer> remember(Bytes packet);
  std::optional<Buffer> restore(Bytes packet);
  std::optional<Buffer> bad();

  std::vector<VjSlot> slots_;
  std::optional<size_t> last_;  // the slot that a packet without one belongs to; none: toss
  Counters counters_;
};

}  // namespace offhook::ppp
