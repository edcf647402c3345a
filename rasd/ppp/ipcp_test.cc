// IPCP packet by packet: every option acked, naked, rejected and malformed.
#include "rasd/ppp/ipcp.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace offhook::ppp {
namespace {

constexpr Ipv4 ours = ipv4(10, 0, 0, 1), theirs = ipv4(10, 0, 0, 2), server = ipv4(10, 0, 0, 53);

Option option(uint8_t type, Ipv4 address) {
  Option out{type, {}};
  put32(out.data, address);
  return out;
}

struct Bench {
  explicit Bench(IpcpConfig config) : ipcp(IpcpOptions(config)) {
    ipcp.up({});
    ipcp.open({});
    drain();
  }
  void drain() {
    while (auto action = ipcp.poll_action())
      if (auto const* packet = std::get_if<Buffer>(&*action)) sent.push_back(*packet);
  }
  void hear(Code code, uint8_t id, Options const& options) {
    ipcp.on_packet({}, make_packet(code, id, make_options(options)));
    drain();
  }
  std::optional<Packet> last(Code code) const {
    for (auto at = sent.rbegin(); at != sent.rend(); ++at)
      if ((*at)[0] == static_cast<std::byte>(code)) return parse_packet(*at);
    return std::nullopt;
  }
  Options request() const { return *parse_options(last(Code::configure_request)->data); }
  void answer(Code code, Options const& options) { hear(code, last(Code::configure_request)->id, options); }

  Ipcp ipcp;
  std::vector<Buffer> sent;
};

IpcpConfig const giving{.own = ours, .peer = theirs, .dns = {server, 0}, .wins = {0, server}};

TEST(Ipcp, judges_each_option_of_the_peer) {
  struct Row {
    std::string what;
    IpcpConfig config;
    Option asked;
    Code answer;
    Option answered;
  };
  auto const any = IpcpConfig{.own = ours};
  auto const compressing = IpcpConfig{.own = ours, .vj = VjMode{7, false}},
             asking = IpcpConfig{.own = ours, .ask_dns = true};
  Option const vj{2, bytes_of({0, 0x2d, 15, 1})}, other{2, bytes_of({0, 0x61, 0, 0})},
      none{2, bytes_of({0, 0x2d})}, own{2, bytes_of({0, 0x2d, 7, 0})}, addresses{1, Buffer(8)},
      cut{3, bytes_of({10, 0, 0})}, cut_dns{129, bytes_of({10, 0, 0})};
  Row const rows[] = {
      {"the address it must have", giving, option(3, theirs), Code::configure_ack, option(3, theirs)},
      {"another address", giving, option(3, server), Code::configure_nak, option(3, theirs)},
      {"an address, please", giving, option(3, 0), Code::configure_nak, option(3, theirs)},
      {"its own address, free to choose", any, option(3, theirs), Code::configure_ack, option(3, theirs)},
      {"our address", any, option(3, ours), Code::configure_reject, option(3, ours)},
      {"an address, and we have none", any, option(3, 0), Code::configure_reject, option(3, 0)},
      {"an address of three bytes", giving, cut, Code::configure_nak, option(3, theirs)},
      {"the DNS we have", giving, option(129, server), Code::configure_ack, option(129, server)},
      {"a DNS, please", giving, option(129, 0), Code::configure_nak, option(129, server)},
      {"a second DNS that we lack", giving, option(131, 0), Code::configure_reject, option(131, 0)},
      {"a WINS that we lack", giving, option(130, 0), Code::configure_reject, option(130, 0)},
      {"the second WINS", giving, option(132, 0), Code::configure_nak, option(132, server)},
      {"header compression that we lack", giving, vj, Code::configure_reject, vj},
      {"header compression", compressing, vj, Code::configure_ack, vj},
      {"another compression", compressing, other, Code::configure_nak, own},
      {"compression of no slots", compressing, none, Code::configure_nak, own},
      {"a DNS of three bytes", giving, cut_dns, Code::configure_nak, option(129, server)},
      {"a DNS of three bytes, and we ask for one ourselves", asking, cut_dns, Code::configure_reject,
       cut_dns},
      {"an address of three bytes, and we have none", asking, cut, Code::configure_reject, cut},
      {"the old IP-Addresses", giving, addresses, Code::configure_reject, addresses},
  };
  for (auto const& row : rows) {
    Bench bench(row.config);
    Options asked{row.asked};
    if (row.asked.type != 3 && row.config.peer) asked.push_back(option(3, theirs));
    bench.hear(Code::configure_request, 9, asked);
    auto const answer = bench.last(row.answer);
    ASSERT_TRUE(answer) << row.what;
    EXPECT_EQ(parse_options(answer->data)->front(), row.answered) << row.what;
  }
}

TEST(Ipcp, a_peer_that_says_no_address_is_told_its_own) {
  Bench bench(giving);
  bench.hear(Code::configure_request, 9, {});
  ASSERT_TRUE(bench.last(Code::configure_nak));
  EXPECT_EQ(*parse_options(bench.last(Code::configure_nak)->data), Options{option(3, theirs)});
}

TEST(Ipcp, takes_the_addresses_it_is_told) {
  Bench bench({.ask_dns = true, .ask_wins = true});
  EXPECT_EQ(bench.request(),
            (Options{option(3, 0), option(129, 0), option(130, 0), option(131, 0), option(132, 0)}));
  bench.answer(Code::configure_reject, {option(130, 0), option(132, 0)});
  bench.answer(Code::configure_nak, {option(3, theirs), option(129, server), option(131, 0)});
  EXPECT_EQ(bench.request(), (Options{option(3, theirs), option(129, server)}));
  bench.answer(Code::configure_ack, bench.request());
  bench.hear(Code::configure_request, 9, {option(3, ours)});
  ASSERT_EQ(bench.ipcp.state(), State::opened);
  EXPECT_EQ(bench.ipcp.policy.agreed, (IpcpAgreed{.own = theirs, .peer = ours, .dns = {server, 0}}));
}

TEST(Ipcp, header_compression_is_agreed_on_each_way_for_itself) {
  auto const mode = [](unsigned slots, unsigned slot) { return Option{2, bytes_of({0, 0x2d, slots, slot})}; };
  Bench bench({.own = ours, .vj = VjMode{15, true}});
  EXPECT_EQ(bench.request(), (Options{option(3, ours), mode(15, 1)}));
  bench.answer(Code::configure_nak, {mode(3, 1)});
  EXPECT_EQ(bench.request(), (Options{option(3, ours), mode(3, 1)}));
  bench.answer(Code::configure_ack, bench.request());
  bench.hear(Code::configure_request, 9, {option(3, theirs), mode(200, 0)});
  ASSERT_EQ(bench.ipcp.state(), State::opened);
  EXPECT_EQ(bench.ipcp.policy.agreed.vj_receive, (VjMode{3, true}));
  EXPECT_EQ(bench.ipcp.policy.agreed.vj_send, (VjMode{15, false}));  // no more slots than we have
}

TEST(Ipcp, header_compression_that_is_refused_is_done_without) {
  for (auto const& refusal : {Option{2, bytes_of({0, 0x61, 0, 0})}, Option{2, bytes_of({0, 0x2d})}}) {
    Bench bench({.own = ours, .vj = VjMode{}});
    bench.answer(Code::configure_nak, {refusal});
    EXPECT_EQ(bench.request(), Options{option(3, ours)});
  }
  Bench bench({.own = ours, .vj = VjMode{}});
  bench.answer(Code::configure_reject, {Option{2, bytes_of({0, 0x2d, 15, 1})}});
  EXPECT_EQ(bench.request(), Options{option(3, ours)});
}

TEST(Ipcp, an_address_that_must_be_ours_is_not_given_up) {
  Bench bench({.own = ours});
  bench.answer(Code::configure_nak, {option(3, theirs)});
  EXPECT_TRUE(bench.ipcp.policy.address_refused);
  EXPECT_EQ(bench.request(), Options{option(3, ours)});
}

TEST(Ipcp, a_peer_without_the_option_leaves_us_the_address_we_have) {
  Bench bench({.own = ours}), without({});
  bench.answer(Code::configure_reject, {option(3, ours)});
  EXPECT_FALSE(bench.ipcp.policy.address_refused);
  EXPECT_TRUE(bench.request().empty());
  bench.answer(Code::configure_ack, {});
  EXPECT_EQ(bench.ipcp.policy.agreed.own, ours);
  without.answer(Code::configure_reject, {option(3, 0)});
  EXPECT_TRUE(without.ipcp.policy.address_refused);
}

TEST(Ipcp, addresses_are_written_with_dots) { EXPECT_EQ(ipv4_text(theirs), "10.0.0.2"); }

}  // namespace
}  // namespace offhook::ppp
