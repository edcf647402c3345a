// Addresses as people write them: host:port, [v6]:port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/result.h"

namespace offhook::trunk {

/// Where a name without a port leads: the telnet port, as bulletin boards are listed.
inline constexpr uint16_t default_port = 23;
inline constexpr size_t longest_host = 253;  // RFC 1035 2.3.4, as text

struct Address {
  std::string host;  // a name or a numeric address, without brackets
  uint16_t port = default_port;
  bool operator==(Address const&) const = default;
};

/// "host", "host:23", "192.0.2.1:23", "[2001:db8::1]:23", or a bare v6 address. Port 0 only where
/// `zero_port`.
Result<Address> parse_address(std::string_view text, bool zero_port = false);
/// The same form again.
std::string text(Address const& address);

}  // namespace offhook::trunk
