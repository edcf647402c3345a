#include "rasd/net/ip_packet.h"

#include <gtest/gtest.h>

#include <vector>

namespace offhook::net {
namespace {

using Packet = std::vector<std::byte>;
constexpr unsigned syn = 2, psh = 8, ack = 16;

/// A segment from 10.0.2.15 to 10.0.2.2 with a header of 24 bytes.
Packet segment(unsigned flags, size_t data, uint16_t window = 0xfaf0) {
  Packet p(20 + 24 + data, std::byte{0});
  p[0] = std::byte{0x45}, p[3] = static_cast<std::byte>(p.size()), p[9] = std::byte{6};
  p[12] = std::byte{10}, p[14] = std::byte{2}, p[15] = std::byte{15};
  p[16] = std::byte{10}, p[18] = std::byte{2}, p[19] = std::byte{2};
  p[32] = std::byte{0x60}, p[33] = static_cast<std::byte>(flags);
  p[34] = static_cast<std::byte>(window >> 8), p[35] = static_cast<std::byte>(window & 0xff);
  return p;
}
/// What a receiver sums up (RFC 9293 3.1), the checksum included: 0xffff where that is right.
uint16_t sum_of(Packet const& p) {
  uint32_t sum = 6 + static_cast<uint32_t>(p.size() - 20);
  for (size_t i = 12; i < p.size(); i += 2) sum += ppp::get16(Bytes(p).subspan(i));
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}
void seal(Packet& p) {
  auto const sum = static_cast<uint16_t>(~sum_of(p));
  p[36] = static_cast<std::byte>(sum >> 8), p[37] = static_cast<std::byte>(sum & 0xff);
}
unsigned window_of(Packet const& p) { return ppp::get16(Bytes(p).subspan(34)); }

TEST(IpPacket, a_mere_acknowledgement_has_neither_data_nor_another_flag) {
  EXPECT_TRUE(read_ipv4(segment(ack, 0))->mere_ack);
  EXPECT_FALSE(read_ipv4(segment(ack, 2))->mere_ack);
  for (unsigned const flags : {syn, syn | ack, psh | ack, 1 | ack, 4 | ack})
    EXPECT_FALSE(read_ipv4(segment(flags, 0))->mere_ack) << flags;
  Packet udp = segment(ack, 0);
  udp[9] = std::byte{17};
  EXPECT_FALSE(read_ipv4(udp)->mere_ack);
}

TEST(IpPacket, a_window_is_clamped_and_the_checksum_stays_right) {
  for (uint16_t const most : {uint16_t{0}, uint16_t{1}, uint16_t{4096}, uint16_t{0xfaef}, uint16_t{0xfaf0}}) {
    Packet p = segment(ack, 6);
    seal(p);
    ASSERT_EQ(sum_of(p), 0xffff);
    clamp_tcp_window(p, most);
    EXPECT_EQ(window_of(p), most);
    EXPECT_EQ(sum_of(p), 0xffff) << most;
  }
}

TEST(IpPacket, what_is_no_window_or_is_small_enough_stays_as_it_is) {
  Packet udp = segment(ack, 0), piece = udp, little = segment(ack, 0, 4000), cut = udp;
  udp[9] = std::byte{17};
  piece[7] = std::byte{1};
  cut.resize(39);
  for (Packet const& each : {udp, piece, little, cut}) {
    Packet clamped = each;
    clamp_tcp_window(clamped, 4096);
    EXPECT_EQ(clamped, each);
  }
}

}  // namespace
}  // namespace offhook::net
