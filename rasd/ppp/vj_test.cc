// Header compression round and round, with and without loss: what comes out is what went in, or TCP's own
// checksum says that it is not.
#include "rasd/ppp/vj.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "emulator/base/random.h"
#include "emulator/base/text.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wfree-nonheap-object"  // g++ 12 sees one where a packet's vector ends
#endif

namespace offhook::ppp {
namespace {

uint16_t checksum(Bytes bytes, uint32_t sum = 0) {
  for (size_t at = 0; at < bytes.size(); at += 2)
    sum += at + 1 < bytes.size() ? get16(bytes.subspan(at)) : static_cast<unsigned>(bytes[at]) << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}
uint16_t tcp_checksum(Bytes packet) {
  size_t const ip = (static_cast<size_t>(packet[0]) & 15) * 4;
  uint32_t sum = 6 + static_cast<uint32_t>(packet.size() - ip);
  for (size_t at = 12; at < 20; at += 2) sum += get16(packet.subspan(at));
  return checksum(packet.subspan(ip), sum);
}

/// One TCP connection as it might be, packet after packet.
struct Flow {
  uint16_t port = 1000, window = 8000, id = 1;
  uint32_t seq = 1, ack = 1;
  unsigned flags = 0x10, urgent = 0, ttl = 64;
  std::string options;  // of TCP

  Buffer packet(std::string_view data) const {
    Buffer out;
    size_t const header = 20 + options.size(), size = 20 + header + data.size();
    put(out, bytes_of({0x45, 0}));
    put16(out, static_cast<unsigned>(size));
    put16(out, id);
    put16(out, 0x4000);
    put(out, bytes_of({ttl, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}));
    put16(out, port);
    put16(out, 80);
    put32(out, seq);
    put32(out, ack);
    put8(out, static_cast<unsigned>(header / 4) << 4);
    put8(out, flags);
    put16(out, window);
    put16(out, 0);
    put16(out, urgent);
    put(out, as_bytes(options));
    put(out, as_bytes(data));
    auto const set16 = [&](size_t at, uint16_t value) {
      out[at] = static_cast<std::byte>(value >> 8);
      out[at + 1] = static_cast<std::byte>(value & 0xff);
    };
    set16(10, checksum(Bytes(out).first(20)));
    set16(36, tcp_checksum(out));
    return out;
  }
  /// The same, and what comes next.
  Buffer next(std::string_view data) {
    auto out = packet(data);
    seq += static_cast<uint32_t>(data.size());
    ++id;
    return out;
  }
};

struct Line {
  explicit Line(VjMode mode = {}) : out(mode), in(mode) {}
  /// The bytes on the line, and whether what came out is what went in.
  size_t pass(Buffer const& packet) {
    auto const sent = out.compress(packet);
    if (sent.protocol == protocol::ip) {
      EXPECT_EQ(sent.packet, packet);
      return sent.packet.size();
    }
    auto const heard = in.decompress(sent.protocol, sent.packet);
    EXPECT_TRUE(heard && *heard == packet);
    return sent.packet.size();
  }
  VjCompressor out;
  VjDecompressor in;
};

TEST(Vj, the_usual_packets_have_a_header_of_three_bytes) {
  Line line;
  Flow flow;
  EXPECT_EQ(line.pass(flow.next("one")), 43u);
  EXPECT_EQ(line.pass(flow.next("two!")), 3u + 4);  // data one way: the special case
  flow.ack += 5;
  EXPECT_EQ(line.pass(flow.next("three")), 5u + 5);  // an acknowledgment of five with it
  flow.ack += 5;
  EXPECT_EQ(line.pass(flow.next("x")), 3u + 1);  // as much as we sent came back: the other special case
  EXPECT_EQ(line.out.counters(),
            (VjCompressor::Counters{.uncompressed = 1, .compressed = 3, .saved_bytes = 37 + 35 + 37}));
}

struct Changed {
  std::string what;
  void (*change)(Flow&);
  bool compressed;
  std::string data = "data";
};
TEST(Vj, each_field_that_changes_is_told_or_the_packet_goes_whole) {
  Changed const rows[] = {
      {"nothing, but data behind data", [](Flow& f) { f.seq -= 4; }, false},
      {"acknowledgment", [](Flow& f) { f.ack += 1000; }, true},
      {"acknowledgment of 64k", [](Flow& f) { f.ack += 0x10000; }, false},
      {"acknowledgment backwards", [](Flow& f) { f.ack -= 1; }, false},
      {"sequence with a gap", [](Flow& f) { f.seq += 3; }, true},
      {"sequence backwards", [](Flow& f) { f.seq -= 10; }, false},
      {"sequence by 255", [](Flow& f) { f.seq += 251; }, true},
      {"sequence by 256", [](Flow& f) { f.seq += 252; }, true},
      {"window smaller", [](Flow& f) { f.window -= 1; }, true},
      {"window larger", [](Flow& f) { f.window += 300; }, true},
      {"urgent",
       [](Flow& f) {
         f.flags |= 0x20;
         f.urgent = 7;
       },
       true},
      {"urgent at nought", [](Flow& f) { f.flags |= 0x20; }, true},
      {"a pointer without the flag", [](Flow& f) { f.urgent = 7; }, false},
      {"pushed", [](Flow& f) { f.flags |= 8; }, true},
      {"congestion", [](Flow& f) { f.flags |= 0x40; }, false},
      {"identification by 1000", [](Flow& f) { f.id += 1000; }, true},
      {"identification the same", [](Flow& f) { f.id -= 1; }, true},
      {"time to live", [](Flow& f) { f.ttl = 63; }, false},
      {"options", [](Flow& f) { f.options = std::string(12, '\1'); }, false},
      {"the mask of the first special case",
       [](Flow& f) {
         f.flags |= 0x20;
         f.window += 1;
       },
       false},
      {"the mask of the other",
       [](Flow& f) {
         f.flags |= 0x20;
         f.window += 1;
         f.ack += 1;
       },
       false},
      {"no data, window the same", [](Flow&) {}, true, ""},
  };
  for (auto const& row : rows) {
    Line line;
    Flow flow;
    line.pass(flow.next("data"));
    row.change(flow);
    line.pass(flow.next(row.data));
    EXPECT_EQ(line.out.counters().compressed, row.compressed) << row.what;
    line.pass(flow.next("after"));
    EXPECT_EQ(line.in.counters().bad, 0u) << row.what;
  }
}

TEST(Vj, what_begins_ends_or_is_no_tcp_goes_as_it_is) {
  VjCompressor out{{}};
  auto const plain = [&](Buffer const& packet) {
    auto const sent = out.compress(packet);
    return sent.protocol == protocol::ip && sent.packet == packet;
  };
  for (unsigned flags : {0x02u, 0x12u, 0x11u, 0x14u, 0x04u, 0u}) {
    Flow flow;
    flow.flags = flags;
    EXPECT_TRUE(plain(flow.packet("x"))) << flags;
  }
  auto udp = Flow().packet("x"), fragment = udp, six = udp, cut = udp, longer = udp;
  udp[9] = std::byte{17};
  fragment[6] = std::byte{0x20};
  six[0] = std::byte{0x65};
  cut.resize(39);
  longer.push_back(std::byte{});
  for (auto const& packet : {udp, fragment, six, cut, longer, Buffer{}, Buffer(3)})
    EXPECT_TRUE(plain(packet));
}

TEST(Vj, the_oldest_connection_gives_its_slot_to_a_new_one) {
  Line line({.max_slot = 2});
  std::vector<Flow> flows(5);
  for (size_t i = 0; i < flows.size(); ++i) flows[i].port = static_cast<uint16_t>(2000 + i);
  for (size_t i : {0u, 1u, 2u, 0u, 3u, 0u, 4u, 0u}) line.pass(flows[i].next("x"));
  EXPECT_EQ(line.out.counters().uncompressed, 5u);  // each once: 0 was never the oldest
  EXPECT_EQ(line.out.counters().compressed, 3u);
}

TEST(Vj, the_slot_is_left_out_only_where_that_was_agreed) {
  for (bool compress : {true, false}) {
    Line line({.compress_slot = compress});
    Flow flow;
    line.pass(flow.next("x"));
    EXPECT_EQ(line.pass(flow.next("x")), compress ? 4u : 5u);
  }
}

TEST(Vj, behind_an_error_what_names_no_slot_is_tossed) {
  Line line;
  Flow one, two;
  two.port = 2;
  line.pass(one.next("1"));
  line.pass(two.next("2"));
  auto const lost = line.out.compress(one.next("1"));
  line.in.on_error();
  auto const unnamed = line.out.compress(one.next("1"));
  EXPECT_FALSE(line.in.decompress(unnamed.protocol, unnamed.packet));
  EXPECT_EQ(line.in.counters().tossed, 1u);
  line.pass(two.next("2"));  // names its slot: all is well again
  EXPECT_EQ(lost.protocol, protocol::vj_compressed);
}

TEST(Vj, malformed_packets_are_bad_and_toss_what_follows) {
  Line line({.max_slot = 3});
  Flow flow;
  line.pass(flow.next("x"));
  Buffer const rows[] = {
      {},                               // no mask
      bytes_of({0x40}),                 // a slot that is not there
      bytes_of({0x40, 4, 1, 2}),        // beyond the last slot
      bytes_of({0x40, 2, 1, 2}),        // a slot that nothing was put in
      bytes_of({0x40, 0, 1}),           // half a checksum
      bytes_of({0x42, 0, 1, 2}),        // a window that is not there
      bytes_of({0x42, 0, 1, 2, 0, 1}),  // half a number
      bytes_of({0x60, 0, 1, 2}),        // an identification that is not there
  };
  for (auto const& row : rows) EXPECT_FALSE(line.in.decompress(protocol::vj_compressed, row));
  EXPECT_EQ(line.in.counters().bad, std::size(rows));
  EXPECT_FALSE(line.in.decompress(protocol::vj_compressed, bytes_of({0, 1, 2})));
  EXPECT_EQ(line.in.counters().tossed, 1u);
  auto whole = flow.packet("x");
  whole[9] = std::byte{4};
  EXPECT_FALSE(line.in.decompress(protocol::vj_uncompressed, whole));
  EXPECT_FALSE(line.in.decompress(protocol::vj_uncompressed, Bytes(whole).first(30)));
}

/// Several connections with data, acknowledgments, retransmissions and pauses, as a line would see them.
struct Traffic {
  explicit Traffic(uint64_t seed) : random(seed), flows(1 + random.below(20)) {
    for (size_t i = 0; i < flows.size(); ++i) flows[i].port = static_cast<uint16_t>(3000 + i);
  }
  Buffer next() {
    auto& flow = flows[random.below(flows.size())];
    std::string data(random.one_in(3) ? 0 : random.below(300), 'd');
    for (auto& c : data) c = static_cast<char>(random.next());
    if (random.one_in(2)) flow.ack += static_cast<uint32_t>(random.below(random.one_in(9) ? 70'000 : 600));
    if (random.one_in(6)) flow.window = static_cast<uint16_t>(random.next());
    if (random.one_in(12)) flow.seq -= static_cast<uint32_t>(random.below(500));
    if (random.one_in(9)) flow.id = static_cast<uint16_t>(random.next());
    flow.flags =
        0x10 | (random.one_in(4) ? 8 : 0) | (random.one_in(30) ? 0x20 : 0) | (random.one_in(40) ? 1 : 0);
    flow.urgent = flow.flags & 0x20 ? static_cast<unsigned>(random.below(100)) : 0;
    if (random.one_in(50)) flow.options.assign(random.one_in(2) ? 12 : 0, '\1');
    return flow.next(data);
  }
  Random random;
  std::vector<Flow> flows;
};

TEST(Vj, gives_back_any_traffic_on_a_line_without_loss) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Traffic traffic(seed);
    Line line({.max_slot = static_cast<uint8_t>(traffic.random.below(17)), .compress_slot = seed % 2 == 0});
    for (int i = 0; i < 500 && !testing::Test::HasFailure(); ++i) line.pass(traffic.next());
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
    EXPECT_GT(line.out.counters().compressed, 0u);
  }
}

/// IP's identification, and the checksum over it, are nothing to TCP.
bool same_but_for_the_id(Buffer a, Buffer b) {
  for (auto* packet : {&a, &b})
    for (size_t at : {4u, 5u, 10u, 11u}) packet->at(at) = {};
  return a == b;
}

TEST(Vj, with_loss_a_packet_that_comes_out_wrong_has_a_wrong_checksum) {
  uint64_t right = 0, wrong = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Traffic traffic(seed);
    Line line;
    for (int i = 0; i < 500; ++i) {
      auto const packet = traffic.next();
      auto sent = line.out.compress(packet);
      if (traffic.random.one_in(10)) {
        if (traffic.random.one_in(2)) line.in.on_error();  // the framing saw it, or did not
        continue;
      }
      if (sent.protocol == protocol::ip) continue;
      auto const heard = line.in.decompress(sent.protocol, sent.packet);
      if (!heard) continue;
      bool const good = same_but_for_the_id(*heard, packet);
      ++(good ? right : wrong);
      if (!good) {
        ASSERT_NE(tcp_checksum(*heard), 0) << "seed " << seed << " packet " << i;
      }
    }
  }
  EXPECT_GT(right, 10'000u);
  EXPECT_GT(wrong, 0u);
}

TEST(Vj, bytes_of_any_kind_do_no_harm) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Traffic traffic(seed);
    Line line({.max_slot = 4});
    for (int i = 0; i < 500; ++i) {
      auto sent = line.out.compress(traffic.next());
      for (auto& byte : sent.packet)
        if (traffic.random.one_in(8)) byte = static_cast<std::byte>(traffic.random.next());
      if (traffic.random.one_in(3)) sent.packet.resize(traffic.random.below(sent.packet.size() + 1));
      auto const heard = line.in.decompress(
          traffic.random.one_in(2) ? protocol::vj_compressed : protocol::vj_uncompressed, sent.packet);
      if (heard) {
        ASSERT_GE(heard->size(), 40u);
      }
    }
  }
}

}  // namespace
}  // namespace offhook::ppp
