// Microsoft Point-to-Point Encryption (RFC 3078): packets in and out of RC4, with keys that change, and a
// count by which both ends keep in step. Two pure halves; ccp.h agrees on the mode.
//
// Encryption without authentication: who can change bits on the way can change them in the clear.
#pragma once

#include <cstdint>
#include <optional>

#include "rasd/ppp/mppe_keys.h"
#include "rasd/ppp/packet.h"
#include "rasd/ppp/rc4.h"

namespace offhook::ppp {

struct MppeMode {
  MppeStrength strength = MppeStrength::bits128;
  bool stateless = true;  // the key changes with every packet: nothing to ask for where one is lost
  bool operator==(MppeMode const&) const = default;
};

/// The header and the inner protocol number that an encrypted packet has more.
inline constexpr uint16_t mppe_overhead = 4;
/// RFC 3078 3: the protocols that are encrypted.
constexpr bool is_encrypted(uint16_t protocol) { return protocol >= 0x0021 && protocol <= 0x00fa; }

/// The key of one direction.
class MppeKey {
 public:
  MppeKey(StartKeys const& keys, MppeStrength strength);
  /// RFC 3078 7.3.
  void change();
  /// RFC 3078 8.2: the tables anew from the key as it is.
  void restart() { rc4_ = Rc4(current()); }
  void apply(std::span<std::byte> bytes) { rc4_.apply(bytes); }
  Bytes current() const { return Bytes(current_).first(start_.of(strength_).size()); }
  bool operator==(MppeKey const&) const = default;

 private:
  void take(Block<16> key);

  StartKeys start_;
  MppeStrength strength_;
  Block<16> current_{};
  Rc4 rc4_;
};

class MppeSender {
 public:
  MppeSender(StartKeys const& keys, MppeMode mode) : key_(keys, mode.strength), mode_(mode) {}
  /// The payload of a frame of protocol::mppe.
  Buffer encrypt(uint16_t protocol, Bytes packet);
  /// A Reset-Request came: the next packet starts the tables anew.
  void flush() { flush_ = true; }
  bool operator==(MppeSender const&) const = default;

 private:
  MppeKey key_;
  MppeMode mode_;
  uint16_t count_ = 0;  // of the next packet
  bool flush_ = false;
};

class MppeReceiver {
 public:
  MppeReceiver(StartKeys const& keys, MppeMode mode) : key_(keys, mode.strength), mode_(mode) {}

  struct Clear {
    uint16_t protocol = 0;
    Buffer packet;
  };
  /// Nothing where the packet is none of this key's, is late, or waits for the tables to start anew.
  std::optional<Clear> decrypt(Bytes payload);
  /// Packets were lost, and the peer has yet to start its tables anew: a Reset-Request is due.
  bool lost() const { return lost_; }
  uint64_t dropped() const { return dropped_; }
  bool operator==(MppeReceiver const&) const = default;

 private:
  bool keep_in_step(uint16_t count, bool flushed);

  MppeKey key_;
  MppeMode mode_;
  uint16_t expected_ = 0;  // the count of the next packet
  bool lost_ = false;
  uint64_t dropped_ = 0;
};

}  // namespace offhook::ppp
