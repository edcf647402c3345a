// What an IP packet says of itself, as far as a network must know: its version, ends and protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "emulator/base/byte_queue.h"
#include "rasd/ppp/ipcp.h"
#include "rasd/ppp/packet.h"

namespace offhook::net {

struct Ipv4Header {
  ppp::Ipv4 source = 0, destination = 0;
  uint8_t protocol = 0;     // IANA's number: 6 TCP, 17 UDP
  size_t tcp_at = 0;        // where TCP's header begins; 0: it is not in this packet
  bool begins_tcp = false;  // SYN without ACK
  bool piece = false;       // a fragment
};

/// Nothing where it is no IPv4 packet, or is shorter than it says (RFC 791 3.1). Bytes behind it are padding.
std::optional<Ipv4Header> read_ipv4(Bytes packet);
/// Where the packet is TCP's and its window (RFC 9293 3.1, as it stands: not scaled) is larger, that becomes
/// `most`; the checksum fits as it did before.
void limit_tcp_window(std::span<std::byte> packet, uint16_t most);
/// The protocol of PPP that carries it: by its version; 0 where it is neither IPv4 nor IPv6.
uint16_t ppp_protocol(Bytes packet);

}  // namespace offhook::net
