// What a link says beside its business: notes to and from a person at the other end, and counts.
#include <gtest/gtest.h>

#include <string>

#include "emulator/base/text.h"
#include "rasd/ppp/describe.h"
#include "rasd/ppp/link_pair.h"

namespace offhook::ppp {
namespace {

LinkPair pair_of(Trouble trouble = {}) {
  LinkConfig a, b;
  b.ipcp = {.own = ipv4(10, 0, 0, 1), .peer = ipv4(10, 0, 0, 2)};
  return LinkPair(a, b, 1, trouble);
}
void hear(LinkPair& pair, Buffer const& packet) {
  Buffer bytes(encoded_limit(packet.size()));
  bytes.resize(encode({}, protocol::lcp, packet, bytes));
  pair.a().link.on_line_bytes(pair.now, bytes);
  pair.drain();
}

TEST(LinkNotes, a_message_and_a_time_reach_the_other_end) {
  auto pair = pair_of();
  EXPECT_FALSE(pair.a().link.say(pair.now, Identified{"too early"}));
  pair.start();
  pair.run(10s);
  EXPECT_TRUE(pair.b().link.say(pair.now, Identified{"The bank closes at noon"}));
  EXPECT_TRUE(pair.b().link.say(pair.now, TimeRemaining{300, "idle"}));
  EXPECT_TRUE(pair.b().link.say(pair.now, TimeRemaining{}));
  pair.drain();
  pair.run(1s);
  EXPECT_EQ(pair.a().identified, (std::vector{Identified{"The bank closes at noon"}}));
  EXPECT_EQ(pair.a().remaining, (std::vector{TimeRemaining{300, "idle"}, TimeRemaining{}}));
  EXPECT_TRUE(pair.up());
}

TEST(LinkNotes, a_long_message_is_cut_both_ways) {
  auto pair = pair_of();
  pair.start();
  pair.run(10s);
  EXPECT_TRUE(pair.b().link.say(pair.now, Identified{std::string(1000, 'x')}));
  pair.drain();
  pair.run(1s);
  EXPECT_EQ(pair.a().identified[0].text.size(), note_limit);
  Buffer data(4);
  put(data, as_bytes(std::string(1000, 'y')));
  hear(pair, make_packet(Code::identification, 7, data));
  EXPECT_EQ(pair.a().identified[1].text.size(), note_limit);
}

TEST(LinkNotes, our_own_and_malformed_ones_are_no_notes) {
  auto pair = pair_of();
  pair.start();
  hear(pair, make_packet(Code::time_remaining, 7, Buffer(8)));  // before LCP is Opened: RFC 1570 2.2
  pair.run(10s);
  Buffer ours;
  put32(ours, pair.a().link.lcp().ours().magic);
  hear(pair, make_packet(Code::identification, 7, ours));
  hear(pair, make_packet(Code::identification, 7, Buffer(3)));
  hear(pair, make_packet(Code::time_remaining, 7, Buffer(7)));
  EXPECT_TRUE(pair.a().identified.empty() && pair.a().remaining.empty());
  EXPECT_TRUE(pair.up());
}

TEST(LinkStatistics, one_ends_sent_is_the_others_received) {
  auto pair = pair_of();
  pair.start();
  pair.run(10s);
  ASSERT_TRUE(pair.a().link.send(protocol::ip, Buffer(100)));
  ASSERT_TRUE(pair.a().link.send(protocol::ip, Buffer(50)));
  pair.drain();
  pair.run(1s);
  auto const a = pair.a().link.statistics(), b = pair.b().link.statistics();
  EXPECT_EQ(a.sent, b.received);
  EXPECT_EQ(b.sent, a.received);
  EXPECT_EQ(a.sent.packets, 2u);
  EXPECT_EQ(a.sent.packet_bytes, 150u);
  EXPECT_GT(a.sent.bytes, a.sent.information + a.sent.frames * 4);
  EXPECT_EQ(a.errors, FramingErrors{});
}

TEST(LinkStatistics, what_was_hurt_strange_or_early_is_counted) {
  auto pair = pair_of();
  auto const strange = [&](uint16_t protocol, bool hurt) {
    Buffer bytes(encoded_limit(4));
    bytes.resize(encode({}, protocol, make_packet(uint8_t{1}, 1, {}), bytes));
    if (hurt) bytes[6] ^= std::byte{1};
    pair.a().link.on_line_bytes(pair.now, bytes);
    pair.drain();
  };
  pair.start();
  strange(protocol::ipcp, false);
  pair.run(10s);
  strange(0x002b, false);
  strange(0x0021, true);
  auto const counts = pair.a().link.statistics();
  EXPECT_EQ(counts.out_of_phase, 1u);
  EXPECT_EQ(counts.rejected, 1u);
  EXPECT_EQ(counts.errors.fcs, 1u);
}

TEST(LinkCapture, passes_every_frame_of_both_directions_while_it_is_on) {
  auto pair = pair_of();
  pair.b().link.set_capture(true);
  pair.start();
  pair.run(10s);
  auto const counts = pair.b().link.statistics();
  auto const& passed = pair.b().passed;
  EXPECT_EQ(passed.size(), counts.sent.frames + counts.received.frames);
  EXPECT_TRUE(pair.a().passed.empty());
  ASSERT_FALSE(passed.empty());
  EXPECT_EQ(describe(passed[0].second.frame).substr(0, 21), "LCP Configure-Request");
  pair.b().link.set_capture(false);
  pair.run(60s);
  EXPECT_EQ(pair.b().passed.size(), counts.sent.frames + counts.received.frames);
}

}  // namespace
}  // namespace offhook::ppp
