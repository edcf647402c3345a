// Two links face to face in virtual time: they converge or say what went wrong, whatever the line does.
#include "rasd/ppp/link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "emulator/base/text.h"
#include "rasd/ppp/errors.h"
#include "rasd/ppp/link_pair.h"

namespace offhook::ppp {
namespace {

constexpr Ipv4 server_ip = ipv4(10, 0, 0, 1), client_ip = ipv4(10, 0, 0, 2), dns_ip = ipv4(10, 0, 0, 53);
constexpr AuthMethod methods[] = {AuthMethod::pap, AuthMethod::chap_md5, AuthMethod::ms_chap_v1,
                                  AuthMethod::ms_chap_v2};

LinkConfig server(std::vector<AuthMethod> demand = {}) {
  LinkConfig config;
  config.lcp.demand = std::move(demand);
  config.ipcp = {.own = server_ip, .peer = client_ip, .dns = {dns_ip, 0}};
  return config;
}
LinkConfig client(std::vector<AuthMethod> prove = {}, std::string password = "pass") {
  LinkConfig config;
  config.lcp.prove = std::move(prove);
  if (!config.lcp.prove.empty()) config.credentials = Credentials{"user", std::move(password)};
  config.ipcp = {.ask_dns = true, .ask_wins = true};
  return config;
}
LinkPair pair_of(LinkConfig a, LinkConfig b, uint64_t seed = 1, Trouble trouble = {}) {
  LinkPair pair(std::move(a), std::move(b), seed, trouble);
  pair.b().secrets["user"] = "pass";
  return pair;
}
std::string words(std::vector<Phase> const& phases) {
  std::string out;
  for (auto phase : phases) (out += out.empty() ? "" : " ") += name(phase);
  return out;
}

TEST(Link, comes_up_with_addresses_without_authentication) {
  auto pair = pair_of(client(), server());
  pair.start();
  pair.run(10s);
  ASSERT_TRUE(pair.up());
  EXPECT_EQ(pair.a().network->addresses,
            (IpcpAgreed{.own = client_ip, .peer = server_ip, .dns = {dns_ip, 0}}));
  EXPECT_EQ(pair.b().network->addresses.peer, client_ip);
  EXPECT_EQ(words(pair.a().phases), "Establish Network");
}

TEST(Link, comes_up_by_every_method_of_authentication) {
  for (auto method : methods) {
    auto pair = pair_of(client({methods, methods + 4}), server({method}));
    pair.start();
    pair.run(10s);
    ASSERT_TRUE(pair.up()) << name(method);
    EXPECT_EQ(words(pair.b().phases), "Establish Authenticate Network");
    ASSERT_EQ(pair.b().authenticated.size(), 1u);
    EXPECT_EQ(pair.b().authenticated[0].outcome.user, "user");
    EXPECT_EQ(pair.a().authenticated[0].who, Authenticated::Who::ourselves);
  }
}

TEST(Link, both_ends_can_demand_proof_of_each_other) {
  auto a = client({AuthMethod::chap_md5});
  a.lcp.demand = {AuthMethod::pap};
  auto b = server({AuthMethod::chap_md5});
  b.lcp.prove = {AuthMethod::pap};
  b.credentials = Credentials{"server", "word"};
  auto pair = pair_of(a, b);
  pair.a().secrets["server"] = "word";
  pair.start();
  pair.run(10s);
  EXPECT_TRUE(pair.up());
  EXPECT_EQ(pair.a().authenticated.size(), 2u);
}

TEST(Link, the_method_falls_back_to_what_both_can) {
  auto pair = pair_of(client({AuthMethod::pap}),
                      server({AuthMethod::ms_chap_v2, AuthMethod::chap_md5, AuthMethod::pap}));
  pair.start();
  pair.run(10s);
  ASSERT_TRUE(pair.up());
  EXPECT_EQ(pair.b().link.lcp().ours().auth, AuthMethod::pap);
}

TEST(Link, a_wrong_password_is_691_at_both_ends) {
  for (auto method : methods) {
    auto pair = pair_of(client({method}, "wrong"), server({method}));
    pair.start();
    pair.run(30s);
    ASSERT_TRUE(pair.over()) << name(method);
    EXPECT_EQ(pair.a().ended->error, 691u);
    EXPECT_EQ(pair.b().ended->error, 691u);
    EXPECT_FALSE(pair.a().ups || pair.b().ups);
  }
}

TEST(Link, a_peer_that_will_not_prove_itself_gets_no_link) {
  auto pair = pair_of(client(), server({AuthMethod::chap_md5}));
  pair.start();
  pair.run(60s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.b().ended->error, 919u);
  EXPECT_EQ(pair.a().ended->error, 691u);
}

TEST(Link, silence_is_721_after_half_a_minute) {
  auto pair = pair_of(client(), server());
  pair.a().link.on_line_up(pair.now);
  pair.drain();
  pair.run(29s);
  EXPECT_FALSE(pair.a().ended);
  pair.run(2s);
  EXPECT_EQ(pair.a().ended->error, 721u);
}

TEST(Link, a_looped_line_is_737) {
  Link link(client(), seed_of(1));
  link.on_line_up({});
  std::optional<Ended> ended;
  for (Instant now{}; !ended && now < Instant{} + 120s;) {
    while (auto action = link.poll_action()) {
      if (auto const* line = std::get_if<ToLine>(&*action)) link.on_line_bytes(now, Buffer(line->bytes));
      if (auto const* end = std::get_if<Ended>(&*action)) ended = *end;
    }
    if (auto const next = link.next_timeout()) now = *next;
    link.on_timeout(now);
  }
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error, 737u);
}

TEST(Link, packets_pass_both_ways_only_while_the_network_is_up) {
  auto pair = pair_of(client(), server());
  EXPECT_FALSE(pair.a().link.send(protocol::ip, as_bytes("early")));
  pair.start();
  pair.run(10s);
  EXPECT_TRUE(pair.a().link.send(protocol::ip, as_bytes("to b")));
  EXPECT_TRUE(pair.b().link.send(protocol::ip, as_bytes("to a")));
  EXPECT_FALSE(pair.a().link.send(protocol::ip, Buffer(1501)));
  pair.drain();
  pair.run(1s);
  EXPECT_EQ(pair.b().packets, std::vector<std::string>{"to b"});
  EXPECT_EQ(pair.a().packets, std::vector<std::string>{"to a"});
}

TEST(Link, closing_is_nought_here_and_719_with_the_reason_there) {
  auto pair = pair_of(client(), server());
  pair.start();
  pair.run(10s);
  pair.a().link.close(pair.now, "idle");
  pair.drain();
  pair.run(10s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(*pair.a().ended, (Ended{0, "idle"}));
  EXPECT_EQ(pair.b().ended->error, 719u);
  EXPECT_NE(pair.b().ended->text.find("idle"), std::string::npos);
  EXPECT_EQ(pair.a().downs, 1u);
  EXPECT_EQ(pair.b().downs, 1u);
}

TEST(Link, a_lost_carrier_is_668_and_takes_the_network_down) {
  auto pair = pair_of(client(), server());
  pair.start();
  pair.run(10s);
  pair.a().link.on_line_down(pair.now);
  pair.drain();
  EXPECT_EQ(pair.a().ended->error, 668u);
  EXPECT_EQ(pair.a().downs, 1u);
  EXPECT_FALSE(pair.a().link.next_timeout());
}

TEST(Link, a_line_that_goes_dead_is_seen_by_echo_and_no_answer_is_waited_for) {
  auto config = client();
  config.echo = {1s, 3};
  auto pair = pair_of(config, server());
  pair.start();
  pair.run(10s);
  pair = [&] {
    auto cut = pair;
    cut.b().link.on_line_down(cut.now);
    cut.drain();
    return cut;
  }();
  auto const sent = pair.a().link.statistics().sent.frames;
  pair.run(5s);
  ASSERT_TRUE(pair.a().ended);
  EXPECT_EQ(pair.a().ended->error, 721u);
  EXPECT_EQ(pair.a().link.statistics().sent.frames - sent, 4u) << "three echoes, and one Terminate-Request";
}

TEST(Link, a_configure_request_while_up_begins_anew_with_authentication) {
  auto pair = pair_of(client({AuthMethod::chap_md5}), server({AuthMethod::chap_md5}));
  pair.start();
  pair.run(10s);
  Buffer bytes(encoded_limit(4));
  bytes.resize(encode({}, protocol::lcp, make_packet(Code::configure_request, 99, {}), bytes));
  pair.b().link.on_line_bytes(pair.now, bytes);
  pair.drain();
  EXPECT_FALSE(pair.b().network);
  pair.run(20s);
  EXPECT_TRUE(pair.up());
  EXPECT_EQ(words(pair.b().phases), "Establish Authenticate Network Establish Authenticate Network");
  EXPECT_EQ(pair.b().authenticated.size(), 2u);
}

/// A server whose proofs the test answers itself, and a client that speaks to it over a line without delay.
struct SlowServer {
  Link link{server({AuthMethod::pap}), seed_of(9)};
  Link peer{client({AuthMethod::pap}), seed_of(8)};
  size_t to_peer = 0;

  void start() {
    link.on_line_up({});
    peer.on_line_up({});
  }
  void hear(uint16_t protocol, uint8_t code) {
    Buffer bytes(encoded_limit(4));
    bytes.resize(encode({}, protocol, make_packet(code, 99, {}), bytes));
    link.on_line_bytes({}, bytes);
  }
  std::optional<Proof> proof() {
    std::optional<Proof> found;
    for (int i = 0; i < 20; ++i) {
      while (auto action = link.poll_action()) {
        if (auto const* proof = std::get_if<Proof>(&*action)) found = *proof;
        if (auto const* line = std::get_if<ToLine>(&*action)) {
          ++to_peer;
          peer.on_line_bytes({}, line->bytes);
        }
      }
      while (auto action = peer.poll_action())
        if (auto const* line = std::get_if<ToLine>(&*action)) link.on_line_bytes({}, line->bytes);
    }
    return found;
  }
};

TEST(Link, an_answer_from_before_a_new_start_lets_nobody_in) {
  SlowServer slow;
  slow.start();
  auto const first = slow.proof();
  slow.hear(protocol::lcp, 1);
  auto const second = slow.proof();
  ASSERT_TRUE(first && second);
  auto const before = slow.link;
  slow.link.on_answer({}, first->serial, {.accepted = true});
  EXPECT_EQ(slow.link, before);
  slow.link.on_answer({}, second->serial, {.accepted = true});
  EXPECT_EQ(slow.link.phase(), Phase::network);
}

TEST(Link, before_the_peer_is_known_other_protocols_meet_silence) {
  SlowServer slow;
  slow.start();
  ASSERT_TRUE(slow.proof());
  auto const sent = slow.to_peer;
  slow.hear(protocol::ccp, 1);
  slow.hear(protocol::ipcp, 1);
  (void)slow.proof();
  EXPECT_EQ(slow.to_peer, sent);
}

TEST(Link, unknown_protocols_are_rejected_and_the_link_stands) {
  auto pair = pair_of(client(), server());
  pair.start();
  pair.run(10s);
  for (uint16_t strange :
       {uint16_t{0x80fd}, uint16_t{0x8057}, uint16_t{0x802b}, uint16_t{0xc029}, uint16_t{0x57},
        uint16_t{0x803f}, uint16_t{0xc02b}, uint16_t{0x2b}, uint16_t{0x2d}, uint16_t{0xfd}}) {
    Buffer bytes(encoded_limit(4));
    bytes.resize(encode({}, strange, make_packet(Code::configure_request, 1, {}), bytes));
    pair.b().link.on_line_bytes(pair.now, bytes);
    auto action = pair.b().link.poll_action();
    ASSERT_TRUE(action && std::holds_alternative<ToLine>(*action));
    Decoder decoder(1500);
    auto const got = decoder.receive(std::get<ToLine>(*action).bytes);
    ASSERT_TRUE(got.frame);
    EXPECT_EQ(parse_packet(got.frame->payload)->code, static_cast<uint8_t>(Code::protocol_reject));
    EXPECT_EQ(get16(parse_packet(got.frame->payload)->data), strange);
  }
  EXPECT_TRUE(pair.up());
}

TEST(Link, lcp_goes_in_full_and_escaped_whatever_was_agreed_and_the_rest_does_not) {
  auto pair = pair_of(client(), server());
  pair.start();
  pair.run(10s);
  ASSERT_TRUE(pair.up());
  ASSERT_EQ(pair.a().link.lcp().peer(),
            (LcpAgreed{.accm = 0, .magic = pair.a().link.lcp().peer().magic, .pfc = true, .acfc = true}));
  auto const sent = [&] {
    auto const action = pair.a().link.poll_action();
    return std::string(as_text(std::get<ToLine>(*action).bytes));
  };
  EXPECT_TRUE(pair.a().link.send(protocol::ip, as_bytes("\1")));
  EXPECT_EQ(sent().substr(0, 3), "~!\1");
  // Every code that LCP sends while opened: Protocol-Reject, Echo-Reply, Code-Reject; then 1 and 2, and 5.
  Buffer const provoking[] = {make_packet(uint8_t{9}, 1, bytes_of({0, 0, 0, 9})),
                              make_packet(uint8_t{77}, 1, {}), make_packet(Code::configure_request, 9, {})};
  std::string all;
  for (auto const& packet : provoking) {
    Buffer bytes(encoded_limit(packet.size()));
    bytes.resize(encode({}, protocol::lcp, packet, bytes));
    pair.a().link.on_line_bytes(pair.now, bytes);
  }
  pair.a().link.close(pair.now, "\2");
  size_t frames = 0;
  while (auto action = pair.a().link.poll_action()) {
    auto const* line = std::get_if<ToLine>(&*action);
    if (!line) continue;
    auto const text = as_text(line->bytes);
    EXPECT_EQ(text.substr(0, 5), "~\xff}#\xc0") << escaped(text);
    EXPECT_TRUE(std::ranges::none_of(text, [](unsigned char c) { return c < 0x20; })) << escaped(text);
    ++frames;
  }
  EXPECT_GE(frames, 5u);
}

TEST(Link, failures_of_ip_have_their_own_numbers) {
  struct Row {
    std::string what;
    IpcpConfig client, server;
    unsigned error;  // at the client
  };
  Row const rows[] = {
      {"the address that must be", {.own = ipv4(1, 2, 3, 4)}, {.own = server_ip, .peer = client_ip}, 735},
      {"no address to give", {}, {.own = server_ip}, 738},
  };
  for (auto const& row : rows) {
    auto a = client(), b = server();
    a.ipcp = row.client;
    b.ipcp = row.server;
    auto pair = pair_of(a, b);
    pair.start();
    pair.run(60s);
    ASSERT_TRUE(pair.over()) << row.what;
    EXPECT_EQ(pair.a().ended->error, row.error) << row.what;
  }
}

TEST(Link, addresses_can_wait_for_the_user) {
  auto b = server({AuthMethod::pap});
  auto pair = pair_of(client({AuthMethod::pap}), b);
  pair.b().link.set_ipcp({.own = server_ip, .peer = ipv4(10, 9, 9, 9)});
  pair.start();
  pair.run(10s);
  ASSERT_TRUE(pair.up());
  EXPECT_EQ(pair.a().network->addresses.own, ipv4(10, 9, 9, 9));
}

}  // namespace
}  // namespace offhook::ppp
