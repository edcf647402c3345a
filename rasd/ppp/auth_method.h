// The authentication protocols by name, and as LCP's option 3 spells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rasd/ppp/packet.h"

namespace offhook::ppp {

enum class AuthMethod : uint8_t {
  pap,         // RFC 1334
  chap_md5,    // RFC 1994
  ms_chap_v1,  // RFC 2433
  ms_chap_v2,  // RFC 2759
};
std::string_view name(AuthMethod method);
/// The data of LCP's Authentication-Protocol option (RFC 1661 6.2).
Buffer option_of(AuthMethod method);
std::optional<AuthMethod> method_of(Bytes option);
constexpr bool is_microsoft(AuthMethod method) {
  return method == AuthMethod::ms_chap_v1 || method == AuthMethod::ms_chap_v2;
}
constexpr bool is_chap(AuthMethod method) { return method != AuthMethod::pap; }

}  // namespace offhook::ppp
