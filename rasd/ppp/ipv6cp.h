// The IPv6 Control Protocol (RFC 5072), as a policy for control.h: each end has an interface identifier that
// the other end does not have. Its one row stands in ipv6cp.cc; what has no row is rejected.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "rasd/ppp/chance.h"
#include "rasd/ppp/control.h"

namespace offhook::ppp {

/// The low 64 bits of an IPv6 address (RFC 5072 4.1); 0 is none.
using InterfaceId = uint64_t;
/// "fe80::1:2:3:4": the link-local address with that identifier (RFC 5072 5).
std::string link_local_text(InterfaceId id);

inline constexpr uint16_t smallest_ipv6_mtu = 1280;  // RFC 8200 5

struct Ipv6cpConfig {
  InterfaceId own = 0;  // 0: drawn by chance; any is given up where the peer has the same
  bool operator==(Ipv6cpConfig const&) const = default;
};

struct Ipv6cpAgreed {
  InterfaceId own = 0, peer = 0;
  bool operator==(Ipv6cpAgreed const&) const = default;
};

struct Ipv6cpOptions {
  Ipv6cpOptions(Ipv6cpConfig with, Chance random) : config(with), chance(random) { restart(); }

  static std::span<OptionRow<Ipv6cpOptions> const> rows();
  void restart();
  void clear_ours() { agreed.own = wanted; }
  void clear_peer() { agreed.peer = 0; }
  InterfaceId draw();

  Ipv6cpConfig config;
  Chance chance;
  InterfaceId wanted = 0;  // what is asked for at present
  InterfaceId spare = 0;   // what a peer is told to take that has none, or ours
  bool asks = true;
  Ipv6cpAgreed agreed;

  bool operator==(Ipv6cpOptions const&) const = default;
};
using Ipv6cp = Control<Ipv6cpOptions>;

}  // namespace offhook::ppp
