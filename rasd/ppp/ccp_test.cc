// CCP packet by packet: MPPE acked, naked, rejected and malformed (RFC 3078 2), and what only compresses
// rejected (RFC 1962 4).
#include "rasd/ppp/ccp.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace offhook::ppp {
namespace {

constexpr uint32_t stateless = 0x01000000, m = 0x80, s = 0x40, l = 0x20;  // by the letters of RFC 3078 2

Option mppe(uint32_t bits) {
  Option out{18, {}};
  put32(out.data, bits);
  return out;
}

struct Bench {
  explicit Bench(CcpConfig config = {}) : ccp(config) {
    ccp.start(now);
    drain();
  }
  void drain() {
    while (auto action = ccp.poll_action()) {
      if (auto const* packet = std::get_if<Buffer>(&*action)) sent.push_back(*packet);
      resets += std::holds_alternative<ResetAsked>(*action);
    }
  }
  void hear(Buffer const& packet) {
    ccp.on_packet(now, packet);
    drain();
  }
  void hear(Code code, uint8_t id, Options const& options) {
    hear(make_packet(code, id, make_options(options)));
  }
  std::optional<Packet> last(uint8_t code) const {
    for (auto at = sent.rbegin(); at != sent.rend(); ++at)
      if ((*at)[0] == std::byte{code}) return parse_packet(*at);
    return std::nullopt;
  }
  std::optional<Packet> last(Code code) const { return last(static_cast<uint8_t>(code)); }
  Options request() const { return *parse_options(last(Code::configure_request)->data); }
  void answer(Code code, Options const& options) { hear(code, last(Code::configure_request)->id, options); }
  void open() {
    answer(Code::configure_nak, {mppe(stateless | s)});
    answer(Code::configure_ack, request());
    hear(Code::configure_request, 7, {mppe(stateless | s)});
    ASSERT_EQ(ccp.state(), State::opened);
  }

  Instant now{};
  Ccp ccp;
  std::vector<Buffer> sent;
  int resets = 0;
};

TEST(Ccp, asks_for_all_that_it_has) {
  EXPECT_EQ(Bench().request(), Options{mppe(stateless | m | s | l)});
  EXPECT_EQ(Bench({.bits40 = false}).request(), Options{mppe(stateless | m | s)});
  EXPECT_EQ(Bench({.stateful = true}).request(), Options{mppe(m | s | l)});
  EXPECT_TRUE(Bench({.bits40 = false, .bits56 = false, .bits128 = false}).request().empty());
}

TEST(Ccp, judges_each_option_of_the_peer) {
  CcpConfig const plain, weak{.bits56 = false, .bits128 = false}, stateful{.stateful = true};
  struct Row {
    std::string what;
    CcpConfig config;
    Option asked;
    Code answer;
    Option answered;
  };
  Option const cut{18, bytes_of({1, 0, 0})}, deflate{26, bytes_of({0x78, 0})}, bsd{21, bytes_of({0x2f})},
      stac{17, bytes_of({0, 1, 4})};
  Row const rows[] = {
      {"all", plain, mppe(stateless | m | s | l), Code::configure_nak, mppe(stateless | s)},
      {"128", plain, mppe(stateless | s), Code::configure_ack, mppe(stateless | s)},
      {"56 or 40", plain, mppe(stateless | m | l), Code::configure_nak, mppe(stateless | m)},
      {"40", plain, mppe(stateless | l), Code::configure_ack, mppe(stateless | l)},
      {"128, we have 40", weak, mppe(stateless | s), Code::configure_reject, mppe(stateless | s)},
      {"all, we have 40", weak, mppe(stateless | m | s | l), Code::configure_nak, mppe(stateless | l)},
      {"with state, not allowed", plain, mppe(s), Code::configure_nak, mppe(stateless | s)},
      {"with state, allowed", stateful, mppe(s), Code::configure_ack, mppe(s)},
      {"without state, both allowed", stateful, mppe(stateless | s), Code::configure_ack,
       mppe(stateless | s)},
      {"compression too", plain, mppe(stateless | s | 1), Code::configure_nak, mppe(stateless | s)},
      {"compression alone", plain, mppe(1), Code::configure_reject, mppe(1)},
      {"three bytes", plain, cut, Code::configure_nak, mppe(stateless | s)},
      {"Deflate", plain, deflate, Code::configure_reject, deflate},
      {"BSD-Compress", plain, bsd, Code::configure_reject, bsd},
      {"Stac", plain, stac, Code::configure_reject, stac},
  };
  for (auto const& row : rows) {
    Bench bench(row.config);
    bench.hear(Code::configure_request, 9, {row.asked});
    auto const answer = bench.last(row.answer);
    ASSERT_TRUE(answer) << row.what;
    EXPECT_EQ(*parse_options(answer->data), Options{row.answered}) << row.what;
  }
}

TEST(Ccp, takes_each_refusal) {
  CcpConfig const stateful{.stateful = true};
  Bench chosen, other, state(stateful), no_state, rejected;
  chosen.answer(Code::configure_nak, {mppe(stateless | m)});
  EXPECT_EQ(chosen.request(), Options{mppe(stateless | m)});
  other.answer(Code::configure_nak, {mppe(1)});
  EXPECT_TRUE(other.request().empty());
  EXPECT_TRUE(other.ccp.options().refused);
  state.answer(Code::configure_nak, {mppe(s)});
  EXPECT_EQ(state.request(), Options{mppe(s)});
  no_state.answer(Code::configure_nak, {mppe(s)});
  EXPECT_EQ(no_state.request(), Options{mppe(stateless | s)});
  rejected.answer(Code::configure_reject, rejected.request());
  EXPECT_TRUE(rejected.request().empty());
  EXPECT_TRUE(rejected.ccp.options().refused);
}

TEST(Ccp, agrees_on_a_mode_each_way) {
  Bench bench;
  bench.answer(Code::configure_nak, {mppe(stateless | l)});
  bench.answer(Code::configure_ack, bench.request());
  bench.hear(Code::configure_request, 7, {mppe(stateless | s)});
  ASSERT_EQ(bench.ccp.state(), State::opened);
  EXPECT_EQ(bench.ccp.agreed(),
            (CcpAgreed{.receive = MppeMode{MppeStrength::bits40}, .send = MppeMode{MppeStrength::bits128}}));
}

TEST(Ccp, opens_without_encryption_where_nobody_insists) {
  Bench easy, insisting({.insist = true});
  for (auto* bench : {&easy, &insisting}) {
    bench->answer(Code::configure_reject, bench->request());
    bench->answer(Code::configure_ack, {});
    bench->hear(Code::configure_request, 7, {});
  }
  EXPECT_EQ(easy.ccp.state(), State::opened);
  EXPECT_EQ(easy.ccp.agreed(), CcpAgreed{});
  EXPECT_EQ(insisting.ccp.state(), State::ack_rcvd);
  EXPECT_EQ(*parse_options(insisting.last(Code::configure_nak)->data), Options{mppe(stateless | s)});
}

TEST(Ccp, a_reset_is_acked_and_handed_on_only_while_opened) {
  Bench bench;
  bench.hear(make_packet(uint8_t{14}, 5, {}));
  EXPECT_FALSE(bench.last(uint8_t{15}));
  bench.open();
  bench.hear(make_packet(uint8_t{14}, 6, {}));
  ASSERT_TRUE(bench.last(uint8_t{15}));
  EXPECT_EQ(bench.last(uint8_t{15})->id, 6);
  EXPECT_EQ(bench.resets, 1);
  EXPECT_FALSE(bench.last(Code::code_reject));
}

TEST(Ccp, asks_for_a_reset_once_a_second_or_when_the_last_was_answered) {
  Bench bench;
  bench.ccp.ask_for_reset(bench.now);
  bench.open();
  bench.sent.clear();
  auto const ask = [&](Duration after) {
    bench.now += after;
    bench.ccp.ask_for_reset(bench.now);
    bench.drain();
    return bench.sent.size();
  };
  EXPECT_EQ(ask(0s), 1u);
  EXPECT_EQ(ask(999ms), 1u);
  EXPECT_EQ(ask(1ms), 2u);
  bench.hear(make_packet(uint8_t{15}, 1, {}));
  EXPECT_EQ(ask(0s), 3u);
  EXPECT_EQ(bench.sent[0], make_packet(uint8_t{14}, static_cast<uint8_t>(bench.sent[0][1]), {}));
}

TEST(Ccp, tells_a_request_for_encryption_from_another) {
  auto const request = [](Options const& options) {
    return make_packet(Code::configure_request, 1, make_options(options));
  };
  EXPECT_TRUE(asks_for_mppe(request({Option{26, bytes_of({0x78, 0})}, mppe(l)})));
  EXPECT_FALSE(asks_for_mppe(request({Option{26, bytes_of({0x78, 0})}})));
  EXPECT_FALSE(asks_for_mppe(request({mppe(1)})));
  EXPECT_FALSE(asks_for_mppe(make_packet(Code::configure_ack, 1, make_options({mppe(s)}))));
  EXPECT_FALSE(asks_for_mppe(bytes_of({1, 1, 0, 9, 18})));
}

}  // namespace
}  // namespace offhook::ppp
