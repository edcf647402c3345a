// For tests: TCP in IPv4 (RFC 9293 3.1, RFC 791 3.1), one segment a packet, with right checksums.
#pragma once

#include <string_view>
#include <vector>

#include "rasd/net/ip_packet.h"

namespace offhook::net {

using Packet = std::vector<std::byte>;

inline void put(Packet& packet, size_t at, size_t bytes, uint32_t value) {
  for (size_t i = 0; i < bytes; ++i) packet[at + i] = static_cast<std::byte>(value >> 8 * (bytes - 1 - i));
}
/// RFC 1071: 0 over what holds its own right checksum.
inline unsigned internet_sum(Bytes bytes, unsigned long sum = 0) {
  for (size_t at = 0; at < bytes.size(); ++at)
    sum += static_cast<unsigned long>(bytes[at]) << (at % 2 == 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~static_cast<unsigned>(sum) & 0xffff;
}
/// Of the segment, with the pseudo-header of its addresses.
inline unsigned tcp_sum(Bytes packet, size_t header) {
  unsigned long pseudo = 6 + packet.size() - header;
  for (size_t at = 12; at < 20; at += 2) pseudo += ppp::get16(packet.subspan(at));
  return internet_sum(packet.subspan(header), pseudo);
}

struct Segment {
  ppp::Ipv4 source = ppp::ipv4(10, 0, 2, 15), destination = ppp::ipv4(10, 0, 2, 2);
  unsigned source_port = 1024, destination_port = 0;
  uint32_t sequence = 0, acknowledged = 0;
  unsigned flags = 0x10;  // ACK
  unsigned window = 0;
  std::string_view data = {};
};
/// `words`: of the IP header, 32 bits each.
inline Packet packet_of(Segment const& segment, size_t words = 5) {
  size_t const header = 4 * words;
  Packet out(header + 20 + segment.data.size());
  put(out, 0, 1, static_cast<uint32_t>(0x40 | words));
  put(out, 2, 2, static_cast<uint32_t>(out.size()));
  put(out, 8, 2, 64 << 8 | 6);
  put(out, 12, 4, segment.source);
  put(out, 16, 4, segment.destination);
  put(out, 10, 2, internet_sum(Bytes(out).first(header)));
  put(out, header, 2, segment.source_port);
  put(out, header + 2, 2, segment.destination_port);
  put(out, header + 4, 4, segment.sequence);
  put(out, header + 8, 4, segment.acknowledged);
  put(out, header + 12, 2, 0x5000 | segment.flags);
  put(out, header + 14, 2, segment.window);
  for (size_t i = 0; i < segment.data.size(); ++i)
    out[header + 20 + i] = static_cast<std::byte>(segment.data[i]);
  put(out, header + 16, 2, tcp_sum(out, header));
  return out;
}

}  // namespace offhook::net
