// Callback: CBCP's dialogue packet by packet, and two links that agree on one, by CBCP and by LCP alone.
#include "rasd/ppp/cbcp.h"

#include <gtest/gtest.h>

#include <string>

#include "rasd/ppp/link_pair.h"

namespace offhook::ppp {
namespace {

constexpr Instant start{};
constexpr Ipv4 server_ip = ipv4(10, 0, 0, 1), client_ip = ipv4(10, 0, 0, 2);
CallbackGrant const by_caller{CallbackKind::by_caller}, preset{CallbackKind::preset, "5550199"};

template <class Machine>
std::optional<Buffer> packet_of(Machine& machine) {
  while (auto action = machine.poll_action())
    if (auto* packet = std::get_if<Buffer>(&*action)) return std::move(*packet);
  return std::nullopt;
}

TEST(Cbcp, speaks_as_the_document_has_it) {
  CbcpAnswerer answerer(by_caller);
  CbcpCaller caller({.number = "51", .delay = std::chrono::seconds(12)});
  answerer.start(start);
  caller.start(start);
  auto const request = packet_of(answerer);
  EXPECT_EQ(request, bytes_of({1, 1, 0, 11, 1, 2, 2, 5, 0, 1, 0}));
  caller.on_packet(start, *request);
  auto const response = packet_of(caller);
  EXPECT_EQ(response, bytes_of({2, 1, 0, 11, 2, 7, 12, 1, '5', '1', 0}));
  answerer.on_packet(start, *response);
  auto const ack = packet_of(answerer);
  EXPECT_EQ(ack, bytes_of({3, 1, 0, 11, 2, 7, 12, 1, '5', '1', 0}));
  CallbackChoice const agreed{CallbackKind::by_caller, "51", std::chrono::seconds(12)};
  EXPECT_EQ(std::get<CallbackChoice>(*answerer.poll_action()), agreed);
  caller.on_packet(start, *ack);
  EXPECT_EQ(std::get<CallbackChoice>(*caller.poll_action()), agreed);
  EXPECT_FALSE(caller.next_timeout() || answerer.next_timeout());
}

TEST(Cbcp, a_preset_number_is_not_told_to_the_caller) {
  CbcpAnswerer answerer(preset);
  answerer.start(start);
  EXPECT_EQ(packet_of(answerer), bytes_of({1, 1, 0, 7, 3, 3, 0}));
  answerer.on_packet(start, bytes_of({2, 1, 0, 7, 3, 3, 5}));
  EXPECT_EQ(packet_of(answerer), bytes_of({3, 1, 0, 7, 3, 3, 5}));
  EXPECT_EQ(std::get<CallbackChoice>(*answerer.poll_action()).number, "5550199");
}

TEST(Cbcp, what_was_not_offered_cannot_be_chosen) {
  for (auto const& response : {bytes_of({2, 1, 0, 6, 1, 2}),                 // none
                               bytes_of({2, 1, 0, 10, 2, 6, 0, 1, '5', 0}),  // a number of its own
                               bytes_of({2, 1, 0, 9, 3, 3, 0, 1, 2}),        // two at once
                               bytes_of({2, 1, 0, 6, 3, 2}), bytes_of({2, 1, 0, 4})}) {  // no delay; nothing
    CbcpAnswerer answerer(preset);
    answerer.start(start);
    (void)packet_of(answerer);
    answerer.on_packet(start, response);
    auto const again = packet_of(answerer);
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)[0], std::byte{1});
    EXPECT_EQ((*again)[1], std::byte{2}) << "a Request of its own identifier";
    EXPECT_FALSE(answerer.poll_action());
  }
}

TEST(Cbcp, an_acknowledgment_of_another_choice_than_ours_is_none) {
  CbcpCaller caller({.number = "51"});
  caller.start(start);
  caller.on_packet(start, bytes_of({1, 1, 0, 11, 1, 2, 2, 5, 0, 1, 0}));
  EXPECT_EQ(packet_of(caller), bytes_of({2, 1, 0, 11, 2, 7, 0, 1, '5', '1', 0}));
  for (auto const& ack : {bytes_of({3, 1, 0, 11, 2, 7, 0, 1, '6', '6', 0}), bytes_of({3, 1, 0, 6, 1, 2}),
                          bytes_of({3, 2, 0, 11, 2, 7, 0, 1, '5', '1', 0})}) {
    caller.on_packet(start, ack);
    EXPECT_FALSE(caller.poll_action());
  }
  caller.on_packet(start, bytes_of({3, 1, 0, 11, 2, 7, 0, 1, '5', '1', 0}));
  EXPECT_EQ(std::get<CallbackChoice>(*caller.poll_action()).number, "51");
}

TEST(Cbcp, numbers_have_the_characters_of_error_751_alone) {
  EXPECT_TRUE(is_callback_number("5550100 (T-P@W)"));
  for (auto const* bad : {"", "555#", "+1555", "ATDT", "1;2"}) EXPECT_FALSE(is_callback_number(bad)) << bad;
  EXPECT_FALSE(is_callback_number(std::string(129, '5')));
}

TEST(Cbcp, an_answerer_without_a_usable_answer_gives_up_as_704) {
  CbcpAnswerer answerer(by_caller);
  answerer.start(start);
  for (unsigned id = 1; id < 30; ++id) {
    answerer.on_packet(start, bytes_of({2, id, 0, 10, 2, 6, 0, 1, '#', 0}));
    while (auto action = answerer.poll_action())
      if (auto const* failed = std::get_if<CallbackFailed>(&*action)) {
        EXPECT_EQ(failed->error, 704u);
        EXPECT_EQ(id, 10u);
        return;
      }
  }
  FAIL() << "it never gave up";
}

TEST(Cbcp, silence_is_718_at_both_ends_after_half_a_minute) {
  CbcpAnswerer answerer(by_caller);
  CbcpCaller caller({});
  auto const run = [](auto& machine) {
    machine.start(start);
    unsigned error = 0;
    Instant now = start;
    while (auto const at = machine.next_timeout()) {
      machine.on_timeout(now = *at);
      while (auto action = machine.poll_action())
        if (auto const* failed = std::get_if<CallbackFailed>(&*action)) error = failed->error;
    }
    EXPECT_EQ(now - start, 30s);
    return error;
  };
  EXPECT_EQ(run(answerer), 718u);
  EXPECT_EQ(run(caller), 718u);
}

struct Choice {
  std::string what;
  CallbackWish wish;
  Buffer offered;
  Buffer chosen;   // empty: none
  unsigned error;  // then
};

TEST(Cbcp, the_caller_chooses_by_what_it_wishes_and_what_there_is) {
  Buffer const none = bytes_of({1, 2}), own = bytes_of({2, 5, 0, 1, 0}), set = bytes_of({3, 3, 0});
  auto const with = [](Buffer a, Buffer const& b) {
    put(a, b);
    return a;
  };
  Choice const rows[] = {
      {"no number, its own or none", {}, with(none, own), none, 0},
      {"no number, but required", {.required = true}, with(none, own), {}, 704},
      {"a number, but none may be", {.number = "5"}, none, none, 0},
      {"a number, but it is preset", {.number = "5"}, set, set, 0},
      {"a number", {.number = "5"}, with(none, own), bytes_of({2, 6, 0, 1, '5', 0}), 0},
      {"no number where one must be", {}, own, {}, 704},
      {"a number that none can be", {.number = "5#"}, with(none, own), {}, 751},
      {"a list, which we do not know", {}, bytes_of({4, 3, 0}), {}, 704},
      {"a list or none", {}, with(bytes_of({4, 3, 0}), none), none, 0},
  };
  for (auto const& row : rows) {
    CbcpCaller caller(row.wish);
    caller.start(start);
    caller.on_packet(start, make_packet(uint8_t{1}, 9, row.offered));
    auto const action = caller.poll_action();
    ASSERT_TRUE(action) << row.what;
    if (row.chosen.empty())
      EXPECT_EQ(std::get<CallbackFailed>(*action).error, row.error) << row.what;
    else
      EXPECT_EQ(std::get<Buffer>(*action), make_packet(uint8_t{2}, 9, row.chosen)) << row.what;
  }
}

// ---- two links

LinkConfig server() {
  LinkConfig config;
  config.lcp.demand = {AuthMethod::chap_md5};
  config.lcp.grant_callback = true;
  config.ipcp = {.own = server_ip, .peer = client_ip};
  return config;
}
LinkConfig client(std::optional<uint8_t> operation = callback_cbcp, std::string number = {}) {
  LinkConfig config;
  config.lcp.prove = {AuthMethod::chap_md5};
  config.credentials = Credentials{"user", "pass"};
  config.lcp.callback = operation;
  config.lcp.callback_number = config.callback.number = std::move(number);
  config.callback.delay = std::chrono::seconds(7);
  return config;
}
LinkPair pair_of(LinkConfig a, CallbackGrant grant, uint64_t seed = 1, Trouble trouble = {}) {
  LinkPair pair(std::move(a), server(), seed, trouble);
  pair.b().secrets["user"] = "pass";
  pair.b().grant = std::move(grant);
  return pair;
}

TEST(Callback, without_one_the_call_goes_on_behind_its_phase) {
  auto pair = pair_of(client(), {});
  pair.start();
  pair.run(20s);
  ASSERT_TRUE(pair.up());
  EXPECT_EQ(pair.b().phases,
            (std::vector{Phase::establish, Phase::authenticate, Phase::callback, Phase::network}));
  EXPECT_EQ(pair.b().asked, (std::vector{CallbackAsked{"user", callback_cbcp, {}}}));
  EXPECT_TRUE(pair.a().agreed.empty() && pair.b().agreed.empty());
}

TEST(Callback, to_the_callers_number_ends_the_link_at_both_ends) {
  auto pair = pair_of(client(callback_cbcp, "5550142"), by_caller);
  pair.start();
  pair.run(10s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.b().agreed, (std::vector{CallbackAgreed{true, "5550142", std::chrono::seconds(7)}}));
  EXPECT_EQ(pair.a().agreed, (std::vector{CallbackAgreed{false, "5550142", std::chrono::seconds(7)}}));
  for (auto const& end : pair.ends) {
    EXPECT_EQ(end.ended->error, 0u);
    EXPECT_EQ(end.ups, 0u);
  }
}

TEST(Callback, to_a_preset_number_stays_the_servers_secret) {
  auto pair = pair_of(client(), preset);
  pair.start();
  pair.run(10s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.b().agreed, (std::vector{CallbackAgreed{true, "5550199", std::chrono::seconds(7)}}));
  EXPECT_EQ(pair.a().agreed[0].number, "");
}

TEST(Callback, a_preset_one_cannot_be_got_round_by_not_asking) {
  auto pair = pair_of(client(std::nullopt), preset);
  pair.start();
  pair.run(20s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.b().ended->error, 704u);
  EXPECT_EQ(pair.b().asked, (std::vector{CallbackAsked{"user", {}, {}}}));
  EXPECT_EQ(pair.b().ups, 0u);
}

TEST(Callback, a_caller_that_stays_is_sent_away_after_ten_seconds) {
  auto pair = pair_of(client(), preset);
  pair.start();
  while (pair.b().agreed.empty()) ASSERT_TRUE(pair.step(pair.now + 60s));
  auto server = pair.b().link;  // from here on it hears nothing
  auto const agreed = pair.now;
  std::optional<Ended> ended;
  while (auto const at = server.next_timeout()) {
    server.on_timeout(*at);
    while (auto action = server.poll_action())
      if (auto const* end = std::get_if<Ended>(&*action)) {
        ended = *end;
        EXPECT_LE(*at - agreed, 20s);
      }
  }
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error, 0u);
}

TEST(Callback, by_lcp_alone_ends_the_link_once_everybody_is_known) {
  struct Row {
    uint8_t operation;
    CallbackGrant grant;
    std::string called;  // empty: nobody
  };
  for (auto const& row : {Row{callback_by_user, preset, "5550199"}, Row{callback_by_user, by_caller, ""},
                          Row{callback_e164, by_caller, "5550142"}, Row{callback_dialled, preset, "5550199"},
                          Row{callback_e164, {}, ""}}) {
    auto pair = pair_of(client(row.operation, "5550142"), row.grant);
    pair.start();
    pair.run(20s);
    ASSERT_TRUE(pair.over());
    EXPECT_EQ(pair.b().ups, 0u);
    EXPECT_EQ(pair.b().agreed.empty() ? "" : pair.b().agreed[0].number, row.called);
    EXPECT_EQ(pair.b().ended->error, row.called.empty() ? 704u : 0u);
  }
}

TEST(Callback, whatever_the_line_does_it_is_agreed_or_said_why_not) {
  unsigned agreed = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    auto const& grant = seed % 3 == 0 ? CallbackGrant{} : seed % 3 == 1 ? by_caller : preset;
    auto pair = pair_of(client(callback_cbcp, "5550142"), grant, seed, {6, 6, 6, 6});
    pair.start();
    pair.run(300s);
    pair.calm();
    pair.run(120s);
    ASSERT_TRUE(pair.up() || pair.over()) << "seed " << seed;
    ASSERT_LE(pair.b().agreed.size(), 1u) << "seed " << seed;
    ASSERT_TRUE(grant.kind != CallbackKind::preset || pair.b().ups == 0) << "seed " << seed;
    ASSERT_TRUE(pair.a().agreed.empty() || !pair.b().agreed.empty()) << "seed " << seed;
    agreed += !pair.b().agreed.empty();
  }
  EXPECT_GT(agreed, 60u);
}

}  // namespace
}  // namespace offhook::ppp
