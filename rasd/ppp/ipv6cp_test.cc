// IPV6CP packet by packet (RFC 5072 4.1).
#include "rasd/ppp/ipv6cp.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace offhook::ppp {
namespace {

constexpr InterfaceId ours = 0x1111, theirs = 0x2222;

Option option(InterfaceId id) {
  Option out{1, {}};
  put32(out.data, static_cast<uint32_t>(id >> 32));
  put32(out.data, static_cast<uint32_t>(id));
  return out;
}
InterfaceId id_of(Options const& options) {
  EXPECT_EQ(options.size(), 1u);
  EXPECT_EQ(options[0].data.size(), 8u);
  return InterfaceId{get32(options[0].data)} << 32 | get32(Bytes(options[0].data).subspan(4));
}
Chance chance(unsigned char n) {
  Chance::Seed seed{};
  seed[0] = std::byte{n};
  return Chance(seed);
}

struct Bench {
  explicit Bench(InterfaceId own = ours, unsigned char seed = 1) : ncp(Ipv6cpOptions({own}, chance(seed))) {
    ncp.up({});
    ncp.open({});
    drain();
  }
  void drain() {
    while (auto action = ncp.poll_action())
      if (auto const* packet = std::get_if<Buffer>(&*action)) sent.push_back(*packet);
  }
  void hear(Code code, uint8_t id, Options const& options) {
    ncp.on_packet({}, make_packet(code, id, make_options(options)));
    drain();
  }
  std::optional<Options> last(Code code) const {
    for (auto at = sent.rbegin(); at != sent.rend(); ++at)
      if ((*at)[0] == static_cast<std::byte>(code)) return *parse_options(parse_packet(*at)->data);
    return std::nullopt;
  }
  Options request() const { return *last(Code::configure_request); }
  void answer(Code code, Options const& options) {
    for (auto at = sent.rbegin(); at != sent.rend(); ++at)
      if ((*at)[0] == static_cast<std::byte>(Code::configure_request))
        return hear(code, static_cast<uint8_t>((*at)[1]), options);
  }

  Ipv6cp ncp;
  std::vector<Buffer> sent;
};

TEST(Ipv6cp, two_identifiers_that_differ_are_agreed_on) {
  Bench bench;
  EXPECT_EQ(bench.request(), Options{option(ours)});
  bench.answer(Code::configure_ack, bench.request());
  bench.hear(Code::configure_request, 9, {option(theirs)});
  ASSERT_EQ(bench.ncp.state(), State::opened);
  EXPECT_EQ(bench.ncp.policy.agreed, (Ipv6cpAgreed{ours, theirs}));
}

TEST(Ipv6cp, judges_what_the_peer_asks_for) {
  struct Row {
    std::string what;
    Options asked;
    Code answer;
  };
  Option cut = option(theirs), strange{2, bytes_of({0, 0x4f})};
  cut.data.pop_back();
  Row const rows[] = {
      {"another than ours", {option(theirs)}, Code::configure_ack},
      {"none", {option(0)}, Code::configure_nak},
      {"ours", {option(ours)}, Code::configure_nak},
      {"of seven bytes", {cut}, Code::configure_nak},
      {"nothing at all", {}, Code::configure_nak},
      {"header compression", {option(theirs), strange}, Code::configure_reject},
  };
  for (auto const& row : rows) {
    Bench bench;
    bench.hear(Code::configure_request, 9, row.asked);
    auto const answer = bench.last(row.answer);
    ASSERT_TRUE(answer) << row.what;
    if (row.answer != Code::configure_nak) continue;
    EXPECT_NE(id_of(*answer), 0u) << row.what;
    EXPECT_NE(id_of(*answer), ours) << row.what;
    bench.hear(Code::configure_request, 10, *answer);
    EXPECT_EQ(bench.last(Code::configure_ack), answer) << row.what;
  }
}

TEST(Ipv6cp, takes_each_refusal) {
  Bench told, none, own, refused;
  told.answer(Code::configure_nak, {option(theirs)});
  EXPECT_EQ(told.request(), Options{option(theirs)});
  none.answer(Code::configure_nak, {option(0)});
  EXPECT_NE(id_of(none.request()), 0u);
  EXPECT_NE(id_of(none.request()), ours);
  // The peer was told to take what it tells us to take: neither does.
  own.hear(Code::configure_request, 9, {option(0)});
  auto const suggested = *own.last(Code::configure_nak);
  own.answer(Code::configure_nak, suggested);
  EXPECT_NE(own.request(), suggested);
  refused.answer(Code::configure_reject, {option(ours)});
  EXPECT_TRUE(refused.request().empty());
  refused.answer(Code::configure_ack, {});
  EXPECT_EQ(refused.ncp.policy.agreed.own, ours);
}

TEST(Ipv6cp, two_ends_with_one_identifier_come_apart) {
  for (unsigned char seed = 1; seed < 20; ++seed) {
    Bench a(ours, seed), b(ours, static_cast<unsigned char>(seed + 100));
    for (int round = 0; round < 10; ++round) {
      auto const from_a = std::exchange(a.sent, {}), from_b = std::exchange(b.sent, {});
      for (auto const& packet : from_a) b.ncp.on_packet({}, packet);
      for (auto const& packet : from_b) a.ncp.on_packet({}, packet);
      a.drain();
      b.drain();
    }
    ASSERT_EQ(a.ncp.state(), State::opened) << int{seed};
    ASSERT_EQ(b.ncp.state(), State::opened);
    EXPECT_EQ(a.ncp.policy.agreed.own, b.ncp.policy.agreed.peer);
    EXPECT_EQ(b.ncp.policy.agreed.own, a.ncp.policy.agreed.peer);
    EXPECT_NE(a.ncp.policy.agreed.own, a.ncp.policy.agreed.peer);
  }
}

TEST(Ipv6cp, a_drawn_identifier_is_local_and_not_nought) {
  for (unsigned char seed = 0; seed < 50; ++seed) {
    auto const id = id_of(Bench(0, seed).request());
    EXPECT_NE(id, 0u);
    EXPECT_EQ(id >> 57 & 1, 0u);
  }
}

TEST(Ipv6cp, link_local_addresses_are_written_as_usual) {
  EXPECT_EQ(link_local_text(0x0001'0a2b'0000'ffff), "fe80::1:a2b:0:ffff");
}

}  // namespace
}  // namespace offhook::ppp
