#include "rasd/net/ip_packet.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rasd/net/tcp_segment.h"

namespace offhook::net {
namespace {

TEST(TcpWindow, a_larger_one_is_limited_and_the_checksum_is_right_again) {
  for (size_t const words : {5, 6, 15})
    for (unsigned window = 0; window <= 0xffff; window += 17)
      for (unsigned const most : {0u, 5840u, 8192u, 65535u}) {
        Packet const before = packet_of({.window = window, .data = "odd"}, words);
        Packet packet = before;
        limit_tcp_window(packet, static_cast<uint16_t>(most));
        ASSERT_EQ(ppp::get16(Bytes(packet).subspan(4 * words + 14)), std::min(window, most));
        ASSERT_EQ(tcp_sum(packet, 4 * words), 0u) << window << " " << most;
        ASSERT_EQ(packet == before, window <= most) << "touched where nothing was to be done, or not";
      }
}

TEST(TcpWindow, what_is_no_whole_header_of_tcp_is_left_alone) {
  Packet const tcp = packet_of({.window = 65535});
  Packet udp = tcp, later_piece = tcp, cut = tcp, liar = tcp;
  put(udp, 9, 1, 17);
  put(later_piece, 6, 2, 100);
  cut.resize(39);
  put(cut, 2, 2, 39);
  put(liar, 2, 2, 100);
  for (Packet const& each : {udp, later_piece, cut, liar, Packet{}, Packet(20)}) {
    Packet packet = each;
    limit_tcp_window(packet, 100);
    EXPECT_EQ(packet, each);
  }
}

}  // namespace
}  // namespace offhook::net
