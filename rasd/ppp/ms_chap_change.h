// The change of password within Microsoft's CHAP: the packets of RFC 2433 9.2 (Change Password, version 2)
// and RFC 2759 7. The new password goes under the hash of the old, and the hash of the old under that of the
// new. Pure functions; chap.h has the dialogue.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rasd/ppp/auth.h"
#include "rasd/ppp/chance.h"

namespace offhook::ppp {

inline constexpr size_t longest_password = 256;  // in UTF-16: the block's room

struct ChangePacket {
  uint8_t code = 0;
  Buffer data;
  Buffer response;  // the Response within it, as a Response packet would have it
};
/// The packet by which `proof.user` changes `old_password`, with a response to `proof.challenge` by the new
/// one.
ChangePacket make_change(Proof const& proof, std::string_view old_password, std::string_view new_password,
                         Chance& chance);
/// `proof.response` and `proof.change` out of such a packet; false where it is none of the method's.
bool read_change(Proof& proof, uint8_t code, Bytes data);
/// The new password, where the packet proves that its sender knows both. `proof.change` is not empty.
std::optional<std::string> changed_password(Proof const& proof, std::string_view old_password);

}  // namespace offhook::ppp
