// Two links' network phase: IPv4 and IPv6 side by side, encryption that is allowed, required or off, header
// compression, and what becomes of a link where one of them is refused.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "emulator/base/text.h"
#include "rasd/ppp/errors.h"
#include "rasd/ppp/link_pair.h"

namespace offhook::ppp {
namespace {

constexpr Ipv4 server_ip = ipv4(10, 0, 0, 1), client_ip = ipv4(10, 0, 0, 2);
constexpr auto v1 = AuthMethod::ms_chap_v1, v2 = AuthMethod::ms_chap_v2, md5 = AuthMethod::chap_md5;

LinkConfig server(std::vector<AuthMethod> demand = {}) {
  LinkConfig config;
  config.lcp.demand = std::move(demand);
  config.ipcp = {.own = server_ip, .peer = client_ip};
  return config;
}
LinkConfig client(std::vector<AuthMethod> prove = {}) {
  LinkConfig config;
  config.lcp.prove = std::move(prove);
  if (!config.lcp.prove.empty()) config.credentials = Credentials{"user", "pass"};
  return config;
}
LinkConfig with(LinkConfig config, Encryption encryption) {
  config.encryption = encryption;
  return config;
}
LinkConfig nets(LinkConfig config, bool v4, bool v6) {
  config.ipv4 = v4;
  config.ipv6 = v6;
  return config;
}
LinkPair run_of(LinkConfig a, LinkConfig b, Duration time = 20s) {
  LinkPair pair(std::move(a), std::move(b));
  pair.b().secrets["user"] = "pass";
  pair.start();
  pair.run(time);
  return pair;
}
Buffer frame(uint16_t protocol, Bytes payload) {
  Buffer bytes(encoded_limit(payload.size()));
  bytes.resize(encode({}, protocol, payload, bytes));
  return bytes;
}
void hear(LinkPair& pair, End& end, uint16_t protocol, Bytes payload) {
  end.link.on_line_bytes(pair.now, frame(protocol, payload));
  pair.drain();
}
/// What Link sends, taken apart.
std::vector<std::pair<uint16_t, Buffer>> frames_of(Link& link) {
  std::vector<std::pair<uint16_t, Buffer>> out;
  Decoder decoder(2000);
  decoder.set_accm(0);
  while (auto action = link.poll_action())
    if (auto const* line = std::get_if<ToLine>(&*action))
      if (auto const got = decoder.receive(line->bytes).frame)
        out.emplace_back(got->protocol, Buffer(got->payload.begin(), got->payload.end()));
  return out;
}
Buffer reject_of(uint16_t protocol) {
  Buffer data;
  put16(data, protocol);
  put(data, bytes_of({1, 1, 0, 4}));
  return make_packet(Code::protocol_reject, 1, data);
}

TEST(LinkNetworks, come_up_as_both_ends_have_them) {
  struct Row {
    bool a4, a6, b4, b6, up4, up6;
    unsigned error;  // at a, where nothing is left
  };
  Row const rows[] = {
      {true, false, true, false, true, false, 0},    {false, true, false, true, false, true, 0},
      {true, true, true, true, true, true, 0},       {true, true, true, false, true, false, 0},
      {true, true, false, true, false, true, 0},     {true, false, true, true, true, false, 0},
      {true, false, false, true, false, false, 733},
  };
  for (auto const& row : rows) {
    auto pair = run_of(nets(client(), row.a4, row.a6), nets(server(), row.b4, row.b6));
    auto const what = testing::Message() << row.a4 << row.a6 << row.b4 << row.b6;
    for (auto const& end : pair.ends) {
      EXPECT_EQ(end.network.has_value(), row.up4) << what;
      EXPECT_EQ(end.network6.has_value(), row.up6) << what;
      EXPECT_EQ(end.ended.has_value(), row.error != 0) << what;
    }
    if (row.error != 0) {
      EXPECT_EQ(pair.a().ended->error, row.error) << what;
    }
    if (row.up6) {
      auto const &a = pair.a().network6->identifiers, &b = pair.b().network6->identifiers;
      EXPECT_EQ(a.own, b.peer);
      EXPECT_EQ(a.peer, b.own);
      EXPECT_NE(a.own, a.peer);
    }
  }
}

TEST(LinkNetworks, a_protocol_reject_of_one_leaves_the_other_and_of_both_is_720) {
  for (uint16_t first : {protocol::ipcp, protocol::ipv6cp, protocol::ip, protocol::ipv6}) {
    bool const v4 = first == protocol::ipcp || first == protocol::ip;
    auto pair = run_of(nets(client(), true, true), nets(server(), true, true));
    hear(pair, pair.a(), protocol::lcp, reject_of(first));
    pair.run(20s);
    EXPECT_EQ(pair.a().network.has_value(), !v4);
    EXPECT_EQ(pair.a().network6.has_value(), v4);
    EXPECT_FALSE(pair.a().ended);
    ASSERT_EQ(pair.a().failed.size(), 1u);
    EXPECT_EQ(pair.a().failed[0].protocol, v4 ? protocol::ip : protocol::ipv6);
    EXPECT_EQ(pair.a().failed[0].error, 733u);
    EXPECT_EQ(pair.b().network.has_value(), !v4);  // told by a Terminate-Request
    hear(pair, pair.a(), protocol::lcp, reject_of(v4 ? protocol::ipv6cp : protocol::ipcp));
    pair.run(20s);
    ASSERT_TRUE(pair.over());
    EXPECT_EQ(pair.a().ended->error, 720u);
  }
}

TEST(LinkNetworks, an_address_that_is_refused_leaves_ipv6) {
  auto a = nets(client(), true, true);
  a.ipcp = {.own = ipv4(1, 2, 3, 4)};
  auto pair = run_of(a, nets(server(), true, true));
  EXPECT_FALSE(pair.a().ended || pair.b().ended);
  ASSERT_EQ(pair.a().failed.size(), 1u);
  EXPECT_EQ(pair.a().failed[0].error, 735u);
  EXPECT_TRUE(pair.a().network6 && pair.b().network6);
}

TEST(LinkNetworks, a_peer_without_ipv6_is_not_why_ipv4_failed) {
  auto b = nets(server(), true, false);
  b.ipcp = {.own = server_ip};  // and no address for the caller
  auto pair = run_of(nets(client(), true, true), b, 60s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.a().ended->error, 738u);
}

TEST(LinkNetworks, a_peer_that_terminates_one_has_the_other) {
  auto pair = run_of(nets(client(), true, true), nets(server(), true, true));
  hear(pair, pair.a(), protocol::ipcp, make_packet(Code::terminate_request, 77, {}));
  EXPECT_FALSE(pair.a().network);
  pair.run(30s);
  ASSERT_EQ(pair.a().failed.size(), 1u);
  EXPECT_EQ(pair.a().failed[0].error, 736u);
  EXPECT_TRUE(pair.a().network6 && pair.b().network6);
}

TEST(LinkNetworks, ipv6_needs_packets_of_1280_bytes) {
  auto b = nets(server(), true, true);
  b.lcp.mru = 1000;
  auto pair = run_of(nets(client(), true, true), b);
  EXPECT_TRUE(pair.a().network && pair.b().network);
  EXPECT_FALSE(pair.a().network6 || pair.b().network6);
}

TEST(LinkNetworks, packets_go_only_over_a_network_that_is_up) {
  auto pair = run_of(nets(client(), false, true), nets(server(), false, true));
  EXPECT_FALSE(pair.a().link.send(protocol::ip, as_bytes("four")));
  EXPECT_TRUE(pair.a().link.send(protocol::ipv6, as_bytes("six")));
  EXPECT_FALSE(pair.a().link.send(0x2b, as_bytes("ipx")));
  pair.drain();
  pair.run(1s);
  EXPECT_EQ(pair.b().packets, std::vector<std::string>{"six"});
}

TEST(LinkNetworks, a_new_start_of_lcp_takes_all_down_and_brings_all_up) {
  auto a = with(nets(client({v2}), true, true), Encryption::require),
       b = with(nets(server({v2}), true, true), Encryption::require);
  auto pair = run_of(a, b);
  ASSERT_TRUE(pair.up() && pair.a().network6 && pair.a().link.encrypted());
  hear(pair, pair.b(), protocol::lcp, make_packet(Code::configure_request, 99, {}));
  EXPECT_FALSE(pair.b().network || pair.b().network6 || pair.b().link.encrypted());
  pair.run(20s);
  EXPECT_TRUE(pair.up() && pair.a().network6 && pair.a().link.encrypted());
  EXPECT_TRUE(pair.a().link.send(protocol::ip, as_bytes("again")));
  pair.drain();
  pair.run(1s);
  EXPECT_EQ(pair.b().packets, std::vector<std::string>{"again"});
}

// ---- encryption

struct Encrypted {
  std::string what;
  AuthMethod method;
  Encryption a, b;
  CcpConfig a_ccp = {}, b_ccp = {};
  bool up = true, encrypted = true;
  unsigned error_a = 0, error_b = 0;
};

TEST(LinkEncryption, is_what_both_ends_allow_and_one_requires) {
  constexpr auto off = Encryption::off, allow = Encryption::allow, require = Encryption::require;
  CcpConfig const strong{.bits40 = false, .bits56 = false}, weak{.bits56 = false, .bits128 = false},
      none{.bits40 = false, .bits56 = false, .bits128 = false}, stateful{.stateful = true};
  Encrypted const rows[] = {
      {"both require, version 2", v2, require, require},
      {"both require, version 1", v1, require, require},
      {"both allow", v2, allow, allow},
      {"one requires", v2, allow, require},
      {"40 bits by version 1", v1, require, require, weak},
      {"56 bits", v2, require, require, {.bits128 = false}},
      {"with state allowed", v2, require, require, stateful, stateful},
      {"off and allow", v2, off, allow, {}, {}, true, false},
      {"both off", v2, off, off, {}, {}, true, false},
      {"nothing in common, allowed", v2, allow, allow, strong, weak, true, false},
      {"without keys, allowed", md5, allow, allow, {}, {}, true, false},
      {"off, and the other requires", v2, off, require, {}, {}, false, false, 743, 742},
      {"required, and the other has it off", v2, require, off, {}, {}, false, false, 742, 743},
      {"nothing in common, required", v2, require, require, strong, weak, false, false, 742, 742},
      {"we lack what the other requires", v2, allow, require, strong, weak, false, false, 741, 742},
      {"required of nothing", v2, require, allow, none, {}, false, false, 741, 719},
      {"required without keys of the method's making", md5, require, allow, {}, {}, false, false, 741, 719},
  };
  for (auto const& row : rows) {
    auto a = with(client({row.method}), row.a), b = with(server({row.method}), row.b);
    a.ccp = row.a_ccp;
    b.ccp = row.b_ccp;
    auto pair = run_of(a, b, 60s);
    EXPECT_EQ(pair.up(), row.up) << row.what;
    EXPECT_EQ(pair.a().link.encrypted(), row.encrypted) << row.what;
    EXPECT_EQ(pair.b().link.encrypted(), row.encrypted) << row.what;
    EXPECT_EQ(pair.a().ended ? pair.a().ended->error : 0, row.error_a) << row.what;
    EXPECT_EQ(pair.b().ended ? pair.b().ended->error : 0, row.error_b) << row.what;
    if (!row.up) {
      EXPECT_FALSE(pair.a().ups || pair.b().ups) << row.what;
      continue;
    }
    EXPECT_EQ(pair.a().network->mtu, row.a == off || row.method == md5 ? 1500 : 1496) << row.what;
    for (auto& end : pair.ends) EXPECT_TRUE(end.link.send(protocol::ip, as_bytes("hello"))) << row.what;
    pair.drain();
    pair.run(1s);
    for (auto& end : pair.ends) EXPECT_EQ(end.packets, std::vector<std::string>{"hello"}) << row.what;
  }
}

TEST(LinkEncryption, costs_a_link_round_trips_and_no_restart_timer) {
  constexpr auto off = Encryption::off, allow = Encryption::allow, require = Encryption::require;
  constexpr std::pair<Encryption, Encryption> rows[] = {{off, off},      {allow, allow},     {allow, off},
                                                        {off, allow},    {require, require}, {require, allow},
                                                        {allow, require}};
  for (auto const method : {v1, v2}) {
    for (bool const six : {false, true}) {
      for (auto const& [at_a, at_b] : rows) {
        LinkPair pair(with(nets(client({method}), true, six), at_a),
                      with(nets(server({method}), true, six), at_b));
        pair.delay = 50ms;
        pair.b().secrets["user"] = "pass";
        pair.start();
        pair.run(999ms);
        auto const what = testing::Message() << int(at_a) << int(at_b) << six;
        EXPECT_TRUE(pair.up()) << what;
        EXPECT_EQ(pair.a().network6 && pair.b().network6, six) << what;
        EXPECT_EQ(pair.a().link.encrypted(), at_a != off && at_b != off) << what;
      }
    }
  }
}

TEST(LinkEncryption, what_a_network_asks_for_too_early_is_forgotten_with_the_link) {
  auto const asked = make_packet(Code::configure_request, 7, {});
  LinkPair pair(with(client({v2}), Encryption::allow), with(server({v2}), Encryption::require));
  pair.b().secrets["user"] = "pass";
  pair.start();
  while (pair.b().link.phase() != Phase::network && pair.step(Instant{20s})) continue;
  hear(pair, pair.b(), protocol::ipcp, asked);
  hear(pair, pair.b(), protocol::lcp, make_packet(Code::configure_request, 99, {}));
  pair.run(20s);
  EXPECT_TRUE(pair.up() && pair.b().link.encrypted());
}

TEST(LinkEncryption, a_peer_that_can_only_do_without_ms_chap_is_742) {
  auto pair = run_of(with(client({v2, md5}), Encryption::require), server({md5}), 60s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.a().ended->error, 742u);
}

TEST(LinkEncryption, mutual_ms_chap_gives_both_ends_the_same_keys) {
  auto a = with(client({v2}), Encryption::require), b = with(server({v2}), Encryption::require);
  a.lcp.demand = {v1};
  b.lcp.prove = {v1};
  b.credentials = Credentials{"server", "word"};
  LinkPair pair(a, b);
  pair.a().secrets["server"] = "word";
  pair.b().secrets["user"] = "pass";
  pair.start();
  pair.run(20s);
  ASSERT_TRUE(pair.up());
  EXPECT_TRUE(pair.a().link.send(protocol::ip, as_bytes("hello")));
  pair.drain();
  pair.run(1s);
  EXPECT_EQ(pair.b().packets, std::vector<std::string>{"hello"});
}

TEST(LinkEncryption, no_data_flows_in_the_clear_where_it_is_required) {
  auto pair = run_of(with(client({v2}), Encryption::require), with(server({v2}), Encryption::require));
  ASSERT_TRUE(pair.up());
  EXPECT_TRUE(pair.a().link.send(protocol::ip, as_bytes("secret")));
  auto const sent = frames_of(pair.a().link);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].first, protocol::mppe);
  EXPECT_EQ(as_text(sent[0].second).find("secret"), std::string::npos);
  hear(pair, pair.b(), protocol::ip, as_bytes("clear"));
  EXPECT_TRUE(pair.b().packets.empty());
  // CCP begins anew: until it is open again nothing goes out.
  hear(pair, pair.a(), protocol::ccp, make_packet(Code::configure_request, 99, {}));
  EXPECT_FALSE(pair.a().link.encrypted());
  EXPECT_FALSE(pair.a().link.send(protocol::ip, as_bytes("secret")));
  pair.run(20s);
  EXPECT_TRUE(pair.a().link.encrypted());
}

TEST(LinkEncryption, with_state_a_lost_packet_is_mended_by_a_reset) {
  auto a = with(client({v2}), Encryption::require), b = with(server({v2}), Encryption::require);
  a.ccp.stateful = b.ccp.stateful = true;
  auto pair = run_of(a, b);
  ASSERT_TRUE(pair.up());
  ASSERT_EQ(pair.a().link.ccp()->agreed().send, (MppeMode{MppeStrength::bits128, false}));
  auto const send = [&](std::string_view text) {
    EXPECT_TRUE(pair.a().link.send(protocol::ip, as_bytes(text)));
    pair.drain();
    pair.run(1s);
  };
  send("first");
  EXPECT_TRUE(pair.a().link.send(protocol::ip, as_bytes("lost")));
  (void)pair.a().link.poll_action();
  for (auto const* text : {"tells of it", "comes", "and so does this"}) send(text);
  EXPECT_EQ(pair.b().packets, (std::vector<std::string>{"first", "comes", "and so does this"}));
}

TEST(LinkEncryption, compression_of_data_is_rejected_and_the_link_stands) {
  auto pair = run_of(with(client({v2}), Encryption::allow), with(server({v2}), Encryption::allow));
  ASSERT_TRUE(pair.up());
  pair.b().link.on_line_bytes(
      pair.now, frame(protocol::ccp, make_packet(Code::configure_request, 9, bytes_of({26, 4, 0x78, 0}))));
  bool rejected = false;
  for (auto const& [protocol, packet] : frames_of(pair.b().link))
    rejected |= protocol == protocol::ccp &&
                parse_packet(packet)->code == static_cast<uint8_t>(Code::configure_reject);
  EXPECT_TRUE(rejected);
  pair.run(30s);
  EXPECT_TRUE(pair.up());
}

// ---- header compression

Buffer tcp_packet(unsigned id, unsigned seq, std::string_view data) {
  Buffer out = bytes_of({0x45, 0});
  put16(out, static_cast<unsigned>(40 + data.size()));
  put16(out, id);
  put(out, bytes_of({0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 80, 4, 0}));
  put32(out, seq);
  put32(out, 1);
  put(out, bytes_of({0x50, 0x10, 0x20, 0, 0, 0, 0, 0}));
  put(out, as_bytes(data));
  uint32_t sum = 0;
  for (size_t at = 0; at < 20; at += 2) sum += get16(Bytes(out).subspan(at));
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  out[10] = static_cast<std::byte>(~sum >> 8);
  out[11] = static_cast<std::byte>(~sum);
  return out;
}

TEST(LinkVj, compresses_each_way_as_each_end_can_take_it) {
  struct Row {
    std::optional<VjMode> a, b;
    bool used;
  };
  Row const rows[] = {{VjMode{}, VjMode{}, true},
                      {VjMode{.max_slot = 3}, VjMode{.compress_slot = false}, true},
                      {VjMode{}, std::nullopt, false},
                      {std::nullopt, VjMode{}, false}};
  for (auto const& row : rows) {
    auto a = client({v2}), b = server({v2});
    a.ipcp.vj = row.a;
    b.ipcp.vj = row.b;
    auto pair = run_of(a, b);
    ASSERT_TRUE(pair.up());
    std::vector<std::string> sent;
    for (unsigned i = 0; i < 5; ++i) {
      auto const packet = tcp_packet(1 + i, 1 + 4 * i, "data");
      sent.emplace_back(as_text(packet));
      EXPECT_TRUE(pair.a().link.send(protocol::ip, packet));
    }
    pair.drain();
    pair.run(1s);
    EXPECT_EQ(pair.b().packets, sent);
    auto const& out = pair.a().link.vj_out();
    EXPECT_EQ(out.has_value(), row.used);
    if (row.used) {
      EXPECT_EQ(out->counters().compressed, 4u);
    }
  }
}

/// What the first end makes of packet `i` of a flow.
Buffer frame_of(LinkPair& pair, unsigned i) {
  EXPECT_TRUE(pair.a().link.send(protocol::ip, tcp_packet(1 + i, 1 + 4 * i, "data")));
  auto action = pair.a().link.poll_action();
  return std::get<ToLine>(*action).bytes;
}

TEST(LinkVj, a_hurt_frame_is_told_to_the_decompressor) {
  auto a = client(), b = server();
  a.ipcp.vj = b.ipcp.vj = VjMode{};
  auto pair = run_of(a, b);
  auto const send = [&](unsigned i) { return frame_of(pair, i); };
  pair.b().link.on_line_bytes(pair.now, send(0));
  pair.b().link.on_line_bytes(pair.now, send(1));
  auto hurt = send(2);
  hurt[6] ^= std::byte{1};
  pair.b().link.on_line_bytes(pair.now, hurt);
  pair.b().link.on_line_bytes(pair.now, send(3));
  pair.drain();
  EXPECT_EQ(pair.b().packets.size(), 2u);
  EXPECT_EQ(pair.b().link.vj_in()->counters().tossed, 1u);
}

TEST(LinkVj, a_peer_that_rejects_compressed_packets_gets_whole_ones) {
  auto a = client(), b = server();
  a.ipcp.vj = b.ipcp.vj = VjMode{};
  auto pair = run_of(a, b);
  ASSERT_TRUE(pair.a().link.vj_out());
  hear(pair, pair.a(), protocol::lcp, reject_of(protocol::vj_compressed));
  EXPECT_FALSE(pair.a().link.vj_out());
  EXPECT_TRUE(pair.up());
}

TEST(LinkVj, works_within_encryption) {
  auto a = with(client({v2}), Encryption::require), b = with(server({v2}), Encryption::require);
  a.ipcp.vj = b.ipcp.vj = VjMode{};
  auto pair = run_of(a, b);
  for (unsigned i = 0; i < 5; ++i)
    EXPECT_TRUE(pair.a().link.send(protocol::ip, tcp_packet(1 + i, 1 + 4 * i, "data")));
  pair.drain();
  pair.run(1s);
  EXPECT_EQ(pair.b().packets.size(), 5u);
  EXPECT_EQ(pair.b().link.vj_in()->counters().compressed, 4u);
}

TEST(LinkVj, behind_a_packet_that_cannot_be_deciphered_what_names_no_slot_is_tossed) {
  auto a = with(client({v2}), Encryption::require), b = with(server({v2}), Encryption::require);
  a.ipcp.vj = b.ipcp.vj = VjMode{};
  auto pair = run_of(a, b);
  auto const send = [&](unsigned i) { return frame_of(pair, i); };
  pair.b().link.on_line_bytes(pair.now, send(0));
  pair.b().link.on_line_bytes(pair.now, send(1));
  hear(pair, pair.b(), protocol::mppe, bytes_of({0, 0, 1, 2}));  // not encrypted, says its header
  pair.b().link.on_line_bytes(pair.now, send(2));
  pair.drain();
  EXPECT_EQ(pair.b().packets.size(), 2u);
  EXPECT_EQ(pair.b().link.vj_in()->counters().tossed, 1u);
}

}  // namespace
}  // namespace offhook::ppp
