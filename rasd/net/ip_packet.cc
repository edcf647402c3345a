#include "rasd/net/ip_packet.h"

namespace offhook::net {
namespace {

constexpr size_t shortest_header = 20, shortest_tcp = 20, tcp_flags_at = 13, tcp_window_at = 14,
                 tcp_checksum_at = 16;
constexpr uint8_t tcp = 6;
constexpr unsigned syn = 0x02, ack = 0x10;
constexpr unsigned more_fragments = 0x2000, offset = 0x1fff;  // RFC 791 3.1

void put16(std::span<std::byte> at, unsigned value) {
  at[0] = static_cast<std::byte>(value >> 8);
  at[1] = static_cast<std::byte>(value);
}
unsigned byte(Bytes bytes, size_t at) { return static_cast<unsigned>(bytes[at]); }

}  // namespace

std::optional<Ipv4Header> read_ipv4(Bytes packet) {
  if (packet.size() < shortest_header || byte(packet, 0) >> 4 != 4) return std::nullopt;
  size_t const header = size_t{4} * (byte(packet, 0) & 0xf);
  size_t const length = ppp::get16(packet.subspan(2));
  if (header < shortest_header || length < header || length > packet.size()) return std::nullopt;
  Ipv4Header out{ppp::get32(packet.subspan(12)), ppp::get32(packet.subspan(16)),
                 static_cast<uint8_t>(byte(packet, 9))};
  unsigned const place = ppp::get16(packet.subspan(6));
  bool const first_fragment = (place & offset) == 0;
  out.piece = (place & (more_fragments | offset)) != 0;
  if (out.protocol == tcp && first_fragment && length >= header + shortest_tcp) {
    out.tcp_at = header;
    out.begins_tcp = (byte(packet, header + tcp_flags_at) & (syn | ack)) == syn;
  }
  return out;
}

void limit_tcp_window(std::span<std::byte> packet, uint16_t most) {
  auto const ip = read_ipv4(packet);
  if (!ip || ip->tcp_at == 0) return;
  auto const window = packet.subspan(ip->tcp_at + tcp_window_at, 2);
  auto const checksum = packet.subspan(ip->tcp_at + tcp_checksum_at, 2);
  unsigned const was = ppp::get16(window);
  if (was <= most) return;
  put16(window, most);
  // RFC 1624 3, equation 3: HC' = ~(~HC + ~m + m').
  unsigned sum = (~ppp::get16(checksum) & 0xffffu) + (~was & 0xffffu) + most;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  put16(checksum, ~sum);
}

uint16_t ppp_protocol(Bytes packet) {
  if (packet.empty()) return 0;
  if (byte(packet, 0) >> 4 == 4) return ppp::protocol::ip;
  if (byte(packet, 0) >> 4 == 6) return ppp::protocol::ipv6;
  return 0;
}

}  // namespace offhook::net
