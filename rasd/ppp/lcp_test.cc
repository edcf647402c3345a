// LCP packet by packet: every option acked, naked, rejected and malformed; counters, timers and echo.
#include "rasd/ppp/lcp.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace offhook::ppp {
namespace {

constexpr Instant start{};
Chance chance(unsigned char n) {
  Chance::Seed seed{};
  seed[0] = std::byte{n};
  return Chance(seed);
}

/// An Lcp on the bench: what it sends is taken apart, and a peer's packets are made by hand.
struct Bench {
  explicit Bench(LcpConfig config = {}, EchoConfig echo = {}) : lcp(std::move(config), chance(1), echo) {
    lcp.open(now);
    lcp.up(now);
    drain();
  }
  void drain() {
    while (auto action = lcp.poll_action()) {
      if (auto const* packet = std::get_if<Buffer>(&*action)) sent.push_back(*packet);
      if (auto const* layer = std::get_if<Layer>(&*action)) layers.push_back(*layer);
      if (auto const* protocol = std::get_if<ProtocolRejected>(&*action))
        rejected.push_back(protocol->protocol);
      silent += std::holds_alternative<PeerSilent>(*action);
    }
  }
  void hear(Buffer const& packet) {
    lcp.on_packet(now, packet);
    drain();
  }
  void hear(Code code, uint8_t id, Options const& options) {
    hear(make_packet(code, id, make_options(options)));
  }
  /// Our last packet of that code, taken out with all before it.
  std::optional<Packet> last(Code code) const {
    for (auto at = sent.rbegin(); at != sent.rend(); ++at)
      if ((*at)[0] == static_cast<std::byte>(code)) return parse_packet(*at);
    return std::nullopt;
  }
  Options request() const { return *parse_options(last(Code::configure_request)->data); }
  uint8_t request_id() const { return last(Code::configure_request)->id; }
  void answer(Code code, Options const& options) { hear(code, request_id(), options); }
  void open() {
    answer(Code::configure_ack, request());
    hear(Code::configure_request, 77, {});
    ASSERT_EQ(lcp.state(), State::opened);
  }
  /// Runs to the next deadline; false where there is none.
  bool step() {
    auto const next = lcp.next_timeout();
    if (!next) return false;
    now = *next;
    lcp.on_timeout(now);
    drain();
    return true;
  }

  Instant now = start;
  Lcp lcp;
  std::vector<Buffer> sent;
  std::vector<Layer> layers;
  std::vector<uint16_t> rejected;
  int silent = 0;
};

Option option(uint8_t type, std::initializer_list<unsigned> data) { return {type, bytes_of(data)}; }

struct Asked {
  std::string what;
  LcpConfig config;
  Option asked;
  Code answer;
  std::optional<Option> answered;  // the same as `asked` where there is none
};

TEST(Lcp, judges_each_option_of_the_peer) {
  std::vector<AuthMethod> const md5{AuthMethod::chap_md5};
  LcpConfig const plain;
  Asked const rows[] = {
      {"MRU", plain, option(1, {5, 220}), Code::configure_ack, {}},
      {"MRU too small", plain, option(1, {0, 64}), Code::configure_nak, option(1, {0, 128})},
      {"MRU of one byte, ours is the default", plain, option(1, {5}), Code::configure_reject, {}},
      {"MRU of one byte", {.mru = 1000}, option(1, {5}), Code::configure_nak, option(1, {3, 232})},
      {"ACCM", plain, option(2, {0, 10, 0, 0}), Code::configure_ack, {}},
      {"ACCM too long", plain, option(2, {0, 0, 0, 0, 0}), Code::configure_nak, option(2, {0, 0, 0, 0})},
      {"PAP that we can", {.prove = {AuthMethod::pap}}, option(3, {0xc0, 0x23}), Code::configure_ack, {}},
      {"PAP, we can MD5",
       {.prove = md5},
       option(3, {0xc0, 0x23}),
       Code::configure_nak,
       option(3, {0xc2, 0x23, 5})},
      {"an unknown algorithm",
       {.prove = md5},
       option(3, {0xc2, 0x23, 9}),
       Code::configure_nak,
       option(3, {0xc2, 0x23, 5})},
      {"authentication, we can none", plain, option(3, {0xc2, 0x23, 5}), Code::configure_reject, {}},
      {"authentication without a protocol", {.prove = md5}, option(3, {0xc2}), Code::configure_reject, {}},
      {"magic", plain, option(5, {1, 2, 3, 4}), Code::configure_ack, {}},
      {"PFC", plain, option(7, {}), Code::configure_ack, {}},
      {"PFC with data", plain, option(7, {1}), Code::configure_nak, option(7, {})},
      {"PFC, not wanted", {.compression = false}, option(7, {}), Code::configure_reject, {}},
      {"ACFC", plain, option(8, {}), Code::configure_ack, {}},
      {"ACFC, not wanted", {.compression = false}, option(8, {}), Code::configure_reject, {}},
      {"callback, not granted", plain, option(13, {6}), Code::configure_reject, {}},
      {"callback by CBCP", {.grant_callback = true}, option(13, {6}), Code::configure_ack, {}},
      {"callback by user", {.grant_callback = true}, option(13, {0}), Code::configure_ack, {}},
      {"callback to a number", {.grant_callback = true}, option(13, {3, '5', '1'}), Code::configure_ack, {}},
      {"callback to no number",
       {.grant_callback = true},
       option(13, {1}),
       Code::configure_nak,
       option(13, {6})},
      {"callback to a place",
       {.grant_callback = true},
       option(13, {2, 'x'}),
       Code::configure_nak,
       option(13, {6})},
      {"callback of nothing", {.grant_callback = true}, option(13, {}), Code::configure_reject, {}},
      {"quality protocol", plain, option(4, {0xc0, 0x25}), Code::configure_reject, {}},
      {"FCS alternatives (RFC 1570 2.4)", plain, option(9, {2}), Code::configure_reject, {}},
      {"self-describing padding (2.5)", plain, option(10, {4}), Code::configure_reject, {}},
      {"compound frames (2.6)", plain, option(15, {}), Code::configure_reject, {}},
      {"MRRU", plain, option(17, {5, 220}), Code::configure_reject, {}},
      {"an unknown one", plain, option(200, {1}), Code::configure_reject, {}},
  };
  for (auto const& row : rows) {
    Bench bench(row.config);
    bench.hear(Code::configure_request, 9, {row.asked});
    auto const answer = bench.last(row.answer);
    ASSERT_TRUE(answer) << row.what;
    EXPECT_EQ(answer->id, 9) << row.what;
    EXPECT_EQ(*parse_options(answer->data), Options{row.answered.value_or(row.asked)}) << row.what;
  }
}

TEST(Lcp, a_magic_number_of_nought_is_naked_with_another) {
  Bench bench;
  bench.hear(Code::configure_request, 9, {option(5, {0, 0, 0, 0})});
  ASSERT_TRUE(bench.last(Code::configure_nak));
  EXPECT_NE(get32(bench.last(Code::configure_nak)->data.subspan(2)), 0u);
}

struct Answered {
  std::string what;
  LcpConfig config;
  Code answer;
  Option answered;
  std::optional<Option> next;  // as the next request has it; nothing: it is not there
};

TEST(Lcp, takes_each_refusal_of_its_own_options) {
  LcpConfig const small{.mru = 1000, .callback = 6};
  LcpConfig const dialled{.callback = callback_dialled, .callback_number = "51"};
  LcpConfig const strict{.demand = {AuthMethod::ms_chap_v2, AuthMethod::chap_md5, AuthMethod::pap}};
  auto const v2 = option(3, {0xc2, 0x23, 0x81}), md5 = option(3, {0xc2, 0x23, 5}),
             pap = option(3, {0xc0, 0x23});
  Answered const rows[] = {
      {"MRU naked", small, Code::configure_nak, option(1, {4, 0}), option(1, {4, 0})},
      {"MRU naked to more than we can", small, Code::configure_nak, option(1, {255, 255}), {}},
      {"MRU rejected", small, Code::configure_reject, option(1, {3, 232}), {}},
      {"ACCM naked", small, Code::configure_nak, option(2, {0, 10, 0, 0}), option(2, {0, 10, 0, 0})},
      {"ACCM rejected", small, Code::configure_reject, option(2, {0, 0, 0, 0}), {}},
      {"ACCM naked with too little", small, Code::configure_nak, option(2, {1}), {}},
      {"PAP instead", strict, Code::configure_nak, pap, pap},
      {"nothing that we know instead", strict, Code::configure_nak, option(3, {1, 2}), md5},
      {"PFC rejected", small, Code::configure_reject, option(7, {}), {}},
      {"ACFC rejected", small, Code::configure_reject, option(8, {}), {}},
      {"callback rejected", small, Code::configure_reject, option(13, {6}), {}},
      {"callback to a number, CBCP instead", dialled, Code::configure_nak, option(13, {6}), option(13, {6})},
      {"callback naked", small, Code::configure_nak, option(13, {0}), {}},
  };
  for (auto const& row : rows) {
    Bench bench(row.config);
    bench.answer(row.answer, {row.answered});
    std::optional<Option> found;
    for (auto const& each : bench.request())
      if (each.type == row.answered.type) found = each;
    EXPECT_EQ(found, row.next) << row.what;
    EXPECT_EQ(bench.sent.size(), 2u) << row.what;
  }
}

TEST(Lcp, a_naked_magic_number_is_drawn_anew) {
  Bench bench;
  auto const before = bench.lcp.options().magic;
  bench.answer(Code::configure_nak, {option(5, {9, 9, 9, 9})});
  EXPECT_NE(bench.lcp.options().magic, before);
}

TEST(Lcp, says_that_the_peer_refuses_every_way_to_prove_itself) {
  Bench bench({.demand = {AuthMethod::chap_md5, AuthMethod::pap}});
  bench.answer(Code::configure_nak, {option(3, {0xc2, 0x23, 0x81})});
  EXPECT_FALSE(bench.lcp.options().auth_refused);
  bench.answer(Code::configure_reject, {option(3, {0xc0, 0x23})});
  EXPECT_TRUE(bench.lcp.options().auth_refused);
}

TEST(Lcp, keeps_what_was_agreed_each_way) {
  Bench bench({.mru = 1400, .accm = accm_xon_xoff});
  bench.answer(Code::configure_ack, bench.request());
  bench.hear(Code::configure_request, 3, {option(1, {2, 0}), option(2, {0, 0, 0, 1}), option(7, {})});
  ASSERT_EQ(bench.lcp.state(), State::opened);
  EXPECT_EQ(bench.lcp.ours().mru, 1400);
  EXPECT_EQ(bench.lcp.ours().accm, accm_xon_xoff);
  EXPECT_EQ(bench.lcp.peer(), (LcpAgreed{.mru = 512, .accm = 1, .pfc = true}));
}

TEST(Lcp, rejects_before_it_naks) {
  Bench bench;
  bench.hear(Code::configure_request, 9, {option(1, {0, 1}), option(99, {})});
  EXPECT_FALSE(bench.last(Code::configure_nak));
  EXPECT_EQ(*parse_options(bench.last(Code::configure_reject)->data), Options{option(99, {})});
}

TEST(Lcp, naks_become_rejects_after_max_failure) {
  Bench bench;
  for (uint8_t id = 1; id <= Limits{}.max_failure; ++id) {
    bench.hear(Code::configure_request, id, {option(1, {0, 1})});
    EXPECT_EQ(bench.last(Code::configure_nak)->id, id);
  }
  bench.hear(Code::configure_request, 100, {option(1, {0, 1})});
  EXPECT_EQ(bench.last(Code::configure_reject)->id, 100);
}

TEST(Lcp, a_peer_that_never_agrees_is_given_up) {
  Bench bench;
  for (uint8_t id = 1; id < 200 && bench.lcp.state() != State::closing; ++id)
    bench.hear(Code::configure_request, id, {option(99, {})});
  EXPECT_EQ(bench.lcp.state(), State::closing);
  EXPECT_TRUE(bench.lcp.diverged());
}

TEST(Lcp, asks_max_configure_times_with_one_identifier_and_then_stops) {
  Bench bench;
  auto const id = bench.request_id();
  while (bench.step()) EXPECT_EQ(bench.request_id(), id);
  EXPECT_EQ(bench.sent.size(), 10u);
  EXPECT_EQ(bench.now - start, 30s);
  EXPECT_EQ(bench.lcp.state(), State::stopped);
  EXPECT_EQ(bench.layers.back(), Layer::finished);
  EXPECT_FALSE(bench.lcp.heard());
}

TEST(Lcp, asks_max_terminate_times_for_the_end) {
  Bench bench;
  bench.open();
  bench.sent.clear();
  bench.lcp.close(bench.now, "enough");
  bench.drain();
  while (bench.step()) continue;
  EXPECT_EQ(bench.sent.size(), 2u);
  EXPECT_EQ(as_text(bench.last(Code::terminate_request)->data), "enough");
  EXPECT_EQ(bench.lcp.state(), State::closed);
}

TEST(Lcp, answers_that_fit_no_request_are_dropped) {
  Bench bench;
  auto const before = bench.lcp;
  auto const same = bench.request();
  bench.hear(Code::configure_ack, static_cast<uint8_t>(bench.request_id() + 1), same);
  bench.answer(Code::configure_ack, {});
  bench.answer(Code::configure_reject, {option(1, {1, 1})});
  bench.hear(make_packet(Code::configure_nak, bench.request_id(), bytes_of({1, 9, 0})));
  bench.hear(make_packet(Code::configure_request, 1, bytes_of({1})));
  bench.hear(bytes_of({1, 1, 0, 9}));
  bench.hear(bytes_of({1, 1, 0}));
  EXPECT_EQ(bench.lcp.state(), before.state());
  EXPECT_EQ(bench.sent.size(), 1u);
}

TEST(Lcp, a_copy_of_an_ack_changes_nothing) {
  Bench bench;
  bench.open();
  bench.answer(Code::configure_ack, bench.request());
  EXPECT_EQ(bench.lcp.state(), State::opened);
}

TEST(Lcp, a_request_while_opened_begins_anew) {
  Bench bench;
  bench.open();
  bench.sent.clear();
  bench.hear(Code::configure_request, 78, {});
  EXPECT_EQ(bench.layers, (std::vector{Layer::started, Layer::up, Layer::down}));
  EXPECT_TRUE(bench.last(Code::configure_request));
  EXPECT_EQ(bench.last(Code::configure_ack)->id, 78);
  bench.answer(Code::configure_ack, bench.request());
  EXPECT_EQ(bench.lcp.state(), State::opened);
}

TEST(Lcp, a_terminate_request_is_acked_and_ends_the_link) {
  Bench bench;
  bench.open();
  bench.hear(make_packet(Code::terminate_request, 5, {}));
  EXPECT_EQ(bench.last(Code::terminate_ack)->id, 5);
  EXPECT_TRUE(bench.lcp.terminated_by_peer());
  while (bench.step()) continue;
  EXPECT_EQ(bench.layers, (std::vector{Layer::started, Layer::up, Layer::down, Layer::finished}));
}

TEST(Lcp, an_unknown_code_is_rejected_and_identification_is_not) {
  Bench bench;
  bench.open();
  bench.sent.clear();
  bench.hear(make_packet(Code::identification, 1, bytes_of({0, 0, 0, 0, 'W'})));
  bench.hear(make_packet(Code::time_remaining, 1, bytes_of({0, 0, 0, 0, 0, 0, 0, 9})));
  EXPECT_TRUE(bench.sent.empty());
  auto const strange = make_packet(uint8_t{99}, 1, bytes_of({1, 2, 3}));
  bench.hear(strange);
  ASSERT_TRUE(bench.last(Code::code_reject));
  EXPECT_TRUE(std::ranges::equal(bench.last(Code::code_reject)->data, strange));
}

TEST(Lcp, a_code_reject_of_a_code_that_all_must_know_is_the_end) {
  Bench bench;
  bench.open();
  bench.hear(make_packet(Code::code_reject, 1, bytes_of({9, 1, 0, 4})));
  EXPECT_EQ(bench.lcp.state(), State::opened);
  bench.hear(make_packet(Code::code_reject, 1, bytes_of({1, 1, 0, 4})));
  EXPECT_EQ(bench.lcp.state(), State::stopping);
}

TEST(Lcp, protocol_rejects_go_both_ways_only_while_opened) {
  Bench bench;
  auto const reject = make_packet(Code::protocol_reject, 1, bytes_of({0x80, 0x21, 1}));
  bench.hear(reject);
  bench.lcp.reject_protocol(0x80fd, bytes_of({1, 2}));
  bench.drain();
  EXPECT_TRUE(bench.rejected.empty());
  EXPECT_FALSE(bench.last(Code::protocol_reject));
  bench.open();
  bench.hear(reject);
  bench.lcp.reject_protocol(0x80fd, bytes_of({1, 2}));
  bench.drain();
  EXPECT_EQ(bench.rejected, std::vector<uint16_t>{protocol::ipcp});
  EXPECT_TRUE(std::ranges::equal(bench.last(Code::protocol_reject)->data, bytes_of({0x80, 0xfd, 1, 2})));
}

TEST(Lcp, a_peer_that_rejects_lcp_itself_is_left) {
  Bench bench;
  bench.open();
  bench.hear(make_packet(Code::protocol_reject, 1, bytes_of({0xc0, 0x21, 1})));
  EXPECT_TRUE(bench.last(Code::terminate_request));
  EXPECT_EQ(bench.lcp.state(), State::stopping);
  EXPECT_TRUE(bench.rejected.empty());
}

TEST(Lcp, answers_echo_with_its_own_magic_number) {
  Bench bench;
  bench.open();
  bench.hear(make_packet(Code::echo_request, 8, bytes_of({1, 2, 3, 4, 'x'})));
  auto const reply = bench.last(Code::echo_reply);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->id, 8);
  EXPECT_EQ(get32(reply->data), bench.lcp.ours().magic);
  EXPECT_EQ(as_text(reply->data.subspan(4)), "x");
}

TEST(Lcp, a_peer_that_answers_no_echo_is_silent_after_the_last_failure) {
  Bench bench;
  bench.open();
  auto const from = bench.now;
  while (!bench.silent && bench.step()) continue;
  EXPECT_EQ(bench.silent, 1);
  EXPECT_EQ(bench.now - from, 100s);
}

TEST(Lcp, an_echo_reply_counts_unless_it_is_our_own_packet_come_back) {
  Bench bench;
  bench.open();
  Buffer looped;
  put32(looped, bench.lcp.ours().magic);
  for (int i = 0; i < 20; ++i) {
    bench.step();
    bench.hear(make_packet(Code::echo_reply, 1, bytes_of({1, 2, 3, 4})));
  }
  EXPECT_EQ(bench.silent, 0);
  for (int i = 0; i < 5; ++i) {
    bench.step();
    bench.hear(make_packet(Code::echo_reply, 1, looped));
  }
  EXPECT_EQ(bench.silent, 1);
}

TEST(Lcp, sees_a_looped_line_by_its_own_magic_number) {
  Bench bench;
  for (size_t at = 0; at < bench.sent.size() && at < 100 && !bench.lcp.looped(); ++at)
    bench.hear(Buffer(bench.sent[at]));
  EXPECT_TRUE(bench.lcp.looped());
}

TEST(Lcp, a_loop_is_not_seen_in_one_number_that_two_ends_share_by_chance) {
  Bench bench;
  auto const same = bench.request();
  bench.hear(Code::configure_request, 1, same);
  EXPECT_TRUE(bench.last(Code::configure_nak));
  bench.hear(Code::configure_request, 2, {option(5, {1, 2, 3, 4})});
  EXPECT_FALSE(bench.lcp.looped());
  EXPECT_EQ(bench.last(Code::configure_ack)->id, 2);
}

TEST(Lcp, a_loop_is_so_many_of_our_own_numbers_in_a_row) {
  Bench bench;
  for (uint8_t id = 1; id < 4 * LcpOptions::loop_limit; ++id) {
    Option own{5, {}};
    put32(own.data, bench.lcp.options().magic);
    bench.hear(Code::configure_request, id, {id % LcpOptions::loop_limit ? own : option(5, {1, 2, 3, 4})});
  }
  EXPECT_FALSE(bench.lcp.looped());
}

}  // namespace
}  // namespace offhook::ppp
