// The Internet Protocol Control Protocol (RFC 1332) with the name servers of RFC 1877, as a policy for
// control.h. One row an option stands in ipcp.cc. What has no row is rejected: the old IP-Addresses.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "rasd/ppp/control.h"
#include "rasd/ppp/vj.h"

namespace offhook::ppp {

/// An IPv4 address as a number; 0 is none.
using Ipv4 = uint32_t;
constexpr Ipv4 ipv4(unsigned a, unsigned b, unsigned c, unsigned d) { return a << 24 | b << 16 | c << 8 | d; }
/// "10.0.0.1"
std::string ipv4_text(Ipv4 address);

struct IpcpConfig {
  Ipv4 own = 0;                  // 0: the peer shall give one; otherwise no other will do
  Ipv4 peer = 0;                 // 0: the peer may have the one it says; otherwise no other
  std::array<Ipv4, 2> dns = {};  // for a peer that asks; 0: we have none
  std::array<Ipv4, 2> wins = {};
  bool ask_dns = false, ask_wins = false;
  std::optional<VjMode> vj =
      std::nullopt;  // header compression, both ways: what is asked for, and the most given
  bool operator==(IpcpConfig const&) const = default;
};

struct IpcpAgreed {
  Ipv4 own = 0, peer = 0;
  std::array<Ipv4, 2> dns = {}, wins = {};              // what the peer told us
  std::optional<VjMode> vj_send = {}, vj_receive = {};  // header compression
  bool operator==(IpcpAgreed const&) const = default;
};

struct IpcpOptions {
  explicit IpcpOptions(IpcpConfig with) : config(with) { restart(); }

  static std::span<OptionRow<IpcpOptions> const> rows();
  void restart();
  void clear_ours();
  void clear_peer();

  IpcpConfig config;
  /// What is asked for at present, by row; nothing: not, or no more.
  std::array<std::optional<Ipv4>, 5> wanted;
  std::optional<VjMode> vj;      // the same of header compression
  bool address_refused = false;  // the peer will not have the address that must be ours
  IpcpAgreed agreed;

  bool operator==(IpcpOptions const&) const = default;
};
using Ipcp = Control<IpcpOptions>;

}  // namespace offhook::ppp
