#include "rasd/net/ip_packet.h"

namespace offhook::net {
namespace {

constexpr size_t shortest_header = 20, shortest_tcp = 20;
constexpr size_t tcp_offset_at = 12, tcp_flags_at = 13, tcp_window_at = 14, tcp_checksum_at = 16;
constexpr uint8_t tcp = 6;
constexpr unsigned syn = 0x02, ack = 0x10, all_flags = 0x3f;
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
  if (out.protocol == tcp && first_fragment && length >= header + shortest_tcp) {
    unsigned const flags = byte(packet, header + tcp_flags_at) & all_flags;
    out.begins_tcp = (flags & (syn | ack)) == syn;
    out.mere_ack = flags == ack &&
                   length == header + size_t{4} * (byte(packet, header + tcp_offset_at) >> 4) && !out.piece;
  }
  return out;
}

void clamp_tcp_window(std::span<std::byte> packet, uint16_t most) {
  size_t const header = size_t{4} * (byte(packet, 0) & 0xf);
  unsigned const place = ppp::get16(Bytes(packet).subspan(6));
  if (byte(packet, 9) != tcp || (place & offset) != 0 || packet.size() < header + shortest_tcp) return;
  auto const segment = packet.subspan(header);
  uint16_t const window = ppp::get16(Bytes(segment).subspan(tcp_window_at));
  if (window <= most) return;
  uint16_t const before = ppp::get16(Bytes(segment).subspan(tcp_checksum_at));
  // RFC 1624, equation 3.
  uint32_t sum = static_cast<uint16_t>(~before) + uint32_t{static_cast<uint16_t>(~window)} + most;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  auto const put = [&](size_t at, unsigned value) {
    segment[at] = static_cast<std::byte>(value >> 8 & 0xff);
    segment[at + 1] = static_cast<std::byte>(value & 0xff);
  };
  put(tcp_window_at, most);
  put(tcp_checksum_at, ~sum);
}

uint16_t ppp_protocol(Bytes packet) {
  if (packet.empty()) return 0;
  if (byte(packet, 0) >> 4 == 4) return ppp::protocol::ip;
  if (byte(packet, 0) >> 4 == 6) return ppp::protocol::ipv6;
  return 0;
}

}  // namespace offhook::net
