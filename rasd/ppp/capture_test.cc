// The bytes of a capture, and packets in words. What tshark makes of it stands in tests/rooms.
#include "rasd/ppp/capture.h"

#include <gtest/gtest.h>

#include <string>

#include "emulator/base/text.h"
#include "rasd/ppp/describe.h"

namespace offhook::ppp {
namespace {

uint32_t low32(Bytes bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(bytes[at + i]) << 8 * i;
  return value;
}
Buffer frame(uint16_t protocol, Bytes information) {
  Buffer out;
  put16(out, protocol);
  put(out, information);
  return out;
}

TEST(Capture, every_block_says_its_length_at_both_ends) {
  auto file = capture_head("ttyVM0");
  for (size_t size : {0u, 1u, 2u, 3u, 4u, 1500u})
    put(file, capture_block(1s, {Direction::sent, frame(protocol::ip, Buffer(size))}));
  std::vector<uint32_t> types;
  for (size_t at = 0; at < file.size();) {
    auto const length = low32(file, at + 4);
    ASSERT_EQ(length % 4, 0u);
    ASSERT_LE(at + length, file.size());
    EXPECT_EQ(low32(file, at + length - 4), length);
    types.push_back(low32(file, at));
    at += length;
  }
  EXPECT_EQ(types, (std::vector<uint32_t>{0x0a0d0d0a, 1, 6, 6, 6, 6, 6, 6}));
}

TEST(Capture, a_frame_keeps_its_direction_its_time_and_its_bytes) {
  auto const time = std::chrono::seconds(1'700'000'000) + 123'456'789ns;
  auto const block = capture_block(time, {Direction::sent, frame(0xc021, as_bytes("x"))});
  auto const count = static_cast<uint64_t>(low32(block, 12)) << 32 | low32(block, 16);
  EXPECT_EQ(count, 1'700'000'000'123'456'789u);
  EXPECT_EQ(low32(block, 20), 4u);
  EXPECT_EQ(Buffer(block.begin() + 28, block.begin() + 32), bytes_of({1, 0xc0, 0x21, 'x'}));
  EXPECT_EQ(low32(block, 36), 2u) << "epb_flags: outbound";
  EXPECT_EQ(capture_block(time, {Direction::received, frame(0xc021, {})})[28], std::byte{0});
}

TEST(Describe, says_what_a_packet_is_and_no_secret) {
  struct Row {
    Buffer frame;
    std::string words;
  };
  Options const lcp{{1, bytes_of({5, 120})}, {3, bytes_of({0xc2, 0x23, 0x81})}, {7, {}}, {9, bytes_of({2})}};
  Row const rows[] = {
      {frame(0xc021, make_packet(Code::configure_request, 3, make_options(lcp))),
       "LCP Configure-Request 3: MRU 1400, Authentication MS-CHAP-V2, PFC, option 9 2"},
      {frame(0x8021, make_packet(Code::configure_nak, 1, make_options({{3, bytes_of({10, 0, 0, 2})}}))),
       "IPCP Configure-Nak 1: IP-Address 10.0.0.2"},
      {frame(0x8021, make_packet(Code::configure_ack, 1, make_options({{2, bytes_of({0, 0x2d, 15, 1})}}))),
       "IPCP Configure-Ack 1: IP-Compression-Protocol 0x002d0f01"},
      {frame(0x8057, make_packet(Code::configure_ack, 1, make_options({{1, Buffer(8)}}))),
       "IPV6CP Configure-Ack 1: Interface-Identifier 0x0000000000000000"},
      {frame(0x80fd, make_packet(Code::configure_nak, 1, make_options({{18, bytes_of({1, 0, 0, 0x40})}}))),
       "CCP Configure-Nak 1: MPPE 0x01000040"},
      {frame(0xc023, make_packet(uint8_t{1}, 1, bytes_of({1, 'u', 4, 'p', 'a', 's', 's'}))),
       "PAP Authenticate-Request 1"},
      {frame(0xc223, make_packet(uint8_t{4}, 9, as_bytes("E=691 R=0\n"))),
       "CHAP Failure 9: \"E=691 R=0\\n\""},
      {frame(0xc029, make_packet(uint8_t{3}, 1, bytes_of({3, 3, 5}))), "CBCP Callback-Ack 1: option 3 5"},
      {frame(0xc021, make_packet(Code::terminate_request, 2, as_bytes("idle"))),
       "LCP Terminate-Request 2: \"idle\""},
      {frame(0xc021, bytes_of({1, 1, 0, 9, 1})), "LCP, malformed"},
      {frame(0xc021, bytes_of({1, 1, 0, 6, 1, 9})), "LCP Configure-Request 1: malformed"},
      {frame(0x0021, Buffer(84)), "IP, 84 bytes"},
      {frame(0x002b, Buffer(1)), "protocol 0x002b, 1 bytes"},
      {Buffer(1), "nothing"},
  };
  for (auto const& row : rows) EXPECT_EQ(describe(row.frame), row.words);
}

}  // namespace
}  // namespace offhook::ppp
