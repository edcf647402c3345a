// The keys that MPPE starts with, out of what MS-CHAP proved (RFC 3079 2, 3). Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "rasd/ppp/digest.h"

namespace offhook::ppp {

struct Proof;

/// How long the key is that counts: all others but 128 have fixed bytes in front.
enum class MppeStrength : uint8_t { bits40, bits56, bits128 };

/// The start keys of one direction: for 40 and 56 bits, and for 128.
struct StartKeys {
  Block<8> shorter{};
  Block<16> longer{};
  Bytes of(MppeStrength strength) const {
    return strength == MppeStrength::bits128 ? Bytes(longer) : Bytes(shorter);
  }
  bool operator==(StartKeys const&) const = default;
};
struct MppeKeys {
  StartKeys send, receive;
  bool operator==(MppeKeys const&) const = default;
};

enum class MppeRole : uint8_t { peer, authenticator };  // who proved itself, and who asked
/// `proof` is of MS-CHAP, version 1 or 2, and its response is right.
MppeKeys mppe_keys(Proof const& proof, std::string_view password, MppeRole role);

/// The LAN Manager hash: of the first 14 characters, in capitals (RFC 2433 A.2). Characters beyond ASCII
/// stand as they are.
Block<16> lm_password_hash(std::string_view password);
/// RFC 3079 3.4: the key out of the start key and the one before, of the start key's length.
Block<16> new_key_from_sha(Bytes start, Bytes current);

}  // namespace offhook::ppp
