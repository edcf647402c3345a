#include "rasd/net/ip_packet.h"

namespace offhook::net {
namespace {

constexpr size_t shortest_header = 20, shortest_tcp = 20, tcp_flags_at = 13;
constexpr uint8_t tcp = 6;
constexpr unsigned syn = 0x02, ack = 0x10;
constexpr unsigned more_fragments = 0x2000, offset = 0x1fff;  // RFC 791 3.1

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
  if (out.protocol == tcp && first_fragment && length >= header + shortest_tcp)
    out.begins_tcp = (byte(packet, header + tcp_flags_at) & (syn | ack)) == syn;
  return out;
}

uint16_t ppp_protocol(Bytes packet) {
  if (packet.empty()) return 0;
  if (byte(packet, 0) >> 4 == 4) return ppp::protocol::ip;
  if (byte(packet, 0) >> 4 == 6) return ppp::protocol::ipv6;
  return 0;
}

}  // namespace offhook::net
