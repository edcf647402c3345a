// What Microsoft's CHAP has beyond a challenge and a response: another try, the change of password, and, of
// every CHAP, the challenge in mid-call. By packets, and by two links.
#include "rasd/ppp/ms_chap.h"

#include <gtest/gtest.h>

#include <string>

#include "emulator/base/text.h"
#include "rasd/ppp/chap.h"
#include "rasd/ppp/hex.h"
#include "rasd/ppp/link_pair.h"
#include "rasd/ppp/ms_chap_change.h"
#include "rasd/ppp/rc4.h"
#include "rasd/ppp/utf16.h"

namespace offhook::ppp {
namespace {

constexpr Instant start{};
constexpr AuthMethod both[] = {AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2};

Chance chance(unsigned char n) { return Chance(seed_of(n)); }

Proof proof_of(AuthMethod method) {
  Proof proof;
  proof.method = method;
  proof.user = "WORK\\user";
  proof.challenge = Buffer(method == AuthMethod::ms_chap_v1 ? 8 : 16, std::byte{0x5a});
  return proof;
}

TEST(Rc4, gives_the_values_of_rfc_6229) {
  Buffer const key = bytes_of({1, 2, 3, 4, 5});
  Buffer stream(16);
  Rc4(key).apply(stream);
  EXPECT_EQ(hex(stream), "B2396305F03DC027CCC3524A0A1118A8");
}

TEST(Utf16, goes_there_and_back_for_every_length_of_character) {
  for (std::string const text : {"", "plain", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!"})
    EXPECT_EQ(utf8(utf16(text)), text);
  EXPECT_EQ(utf8(bytes_of({0x3d, 0xd8, 'a', 0})),
            "\xed\xa0\xbd"  // half a pair
            "a");
}

// The expected bytes were computed apart from this code, by the pseudocode of RFC 2759 8.9 to 8.13.
TEST(MsChapChange, encrypts_as_rfc_2759_8_has_it) {
  auto random = chance(3);
  auto const change = make_change(proof_of(AuthMethod::ms_chap_v2), "MyPw", "Secret9", random);
  ASSERT_EQ(change.data.size(), 582u);  // RFC 2759 7: a length of 586
  EXPECT_EQ(change.code, 7);
  EXPECT_EQ(hex(Bytes(change.data).subspan(516 - 18, 18)), "EFF9806746215CAE37973D0B373FAE36AB02");
  EXPECT_EQ(hex(Bytes(change.data).subspan(516, 16)), "61B1ECF809373474ECC4F87C7115A289");
}

TEST(MsChapChange, the_first_version_has_the_form_of_rfc_2433_9_2) {
  auto random = chance(3);
  auto const change = make_change(proof_of(AuthMethod::ms_chap_v1), "MyPw", "Secret9", random);
  ASSERT_EQ(change.data.size(), 1114u);  // RFC 2433 9.2: a length of 1118
  EXPECT_EQ(change.code, 6);
  EXPECT_EQ(hex(Bytes(change.data).subspan(516, 16)), "61B1ECF809373474ECC4F87C7115A289");
  EXPECT_EQ(hex(Bytes(change.data).last(2)), "0001");
}

TEST(MsChapChange, gives_the_new_password_to_who_knows_the_old_one_alone) {
  for (auto method : both) {
    auto random = chance(4);
    auto proof = proof_of(method);
    auto const change = make_change(proof, "old", "\xc3\xa9t\xc3\xa9 99", random);
    ASSERT_TRUE(read_change(proof, change.code, change.data));
    EXPECT_EQ(changed_password(proof, "old"), "\xc3\xa9t\xc3\xa9 99");
    EXPECT_FALSE(changed_password(proof, "Old"));
    EXPECT_EQ(check(proof, "old").new_password, "\xc3\xa9t\xc3\xa9 99");
    EXPECT_FALSE(check(proof, "other").accepted);
    for (size_t hurt : {size_t{512}, size_t{520}}) {  // the length; the hash
      auto other = proof;
      other.change[hurt] ^= std::byte{2};
      EXPECT_FALSE(changed_password(other, "old")) << hurt;
    }
    auto other = proof;
    other.response[30] ^= std::byte{1};
    EXPECT_FALSE(changed_password(other, "old")) << "it was not the new password that answered";
    EXPECT_FALSE(read_change(proof, change.code, Bytes(change.data).first(change.data.size() - 1)));
    EXPECT_FALSE(read_change(proof, 5, change.data));
  }
}

TEST(MsChapFailure, its_fields_are_read_and_a_text_that_looks_like_them_is_not) {
  Buffer const old8(8, std::byte{0xf0});
  auto const v1 = read_reprieve(AuthMethod::ms_chap_v1, "E=691 R=1 C=0102030405060708 V=2", old8);
  EXPECT_TRUE(v1.retry && !v1.new_password);
  EXPECT_EQ(hex(v1.challenge), "0102030405060708");
  // Windows NT sends no challenge: RFC 2433 8
  EXPECT_EQ(hex(read_reprieve(AuthMethod::ms_chap_v1, "E=691 R=1", old8).challenge), "07F0F0F0F0F0F0F0");
  EXPECT_EQ(read_reprieve(AuthMethod::ms_chap_v2, "E=691 R=1 V=3", Buffer(16)), Reprieve{});
  EXPECT_FALSE(read_reprieve(AuthMethod::ms_chap_v1, "E=691 R=0 V=2 M=try R=1", old8).retry);
  EXPECT_TRUE(read_reprieve(AuthMethod::ms_chap_v1, "E=648 R=1 V=2", old8).new_password);
  EXPECT_FALSE(read_reprieve(AuthMethod::ms_chap_v1, "E=648 R=1 V=1", old8).new_password);
  EXPECT_EQ(read_reprieve(AuthMethod::chap_md5, "E=691 R=1", old8), Reprieve{});
}

/// An authenticator on the bench.
struct Bench {
  explicit Bench(AuthMethod method, AuthLimits limits)
      : authenticator(method, "server", chance(1), limits),
        peer(method, {"user", "wrong"}, chance(2), {}, true) {
    authenticator.start(now);
    peer.on_packet(now, *packet(authenticator));
    response = *packet(peer);
  }
  template <class Machine>
  std::optional<Buffer> packet(Machine& machine) {
    while (auto action = machine.poll_action()) {
      if (auto* bytes = std::get_if<Buffer>(&*action)) return std::move(*bytes);
      if (auto* proof = std::get_if<Proof>(&*action)) asked = *proof;
    }
    return std::nullopt;
  }
  Instant now = start;
  ChapAuthenticator authenticator;
  ChapPeer peer;
  Buffer response;
  std::optional<Proof> asked;
};

TEST(MsChapRetry, bears_the_next_identifier_and_answers_the_new_challenge) {
  for (auto method : both) {
    Bench bench(method, {.retries = 1});
    bench.authenticator.on_packet(start, bench.response);
    EXPECT_FALSE(bench.packet(bench.authenticator));
    bench.authenticator.on_answer(start, {});
    bench.peer.on_packet(start, *bench.packet(bench.authenticator));
    ASSERT_TRUE(std::get<TryAgain>(*bench.peer.poll_action()).error == 691);
    bench.peer.retry(start, {"user", "right"});
    auto const again = *bench.packet(bench.peer);
    EXPECT_EQ(static_cast<uint8_t>(again[1]),
              static_cast<uint8_t>(static_cast<uint8_t>(bench.response[1]) + 1));
    auto const first = *std::exchange(bench.asked, {});
    bench.authenticator.on_packet(start, again);
    (void)bench.packet(bench.authenticator);
    ASSERT_TRUE(bench.asked);
    EXPECT_NE(bench.asked->challenge, first.challenge);
    EXPECT_TRUE(check(*bench.asked, "right").accepted);
  }
}

TEST(MsChapRetry, a_change_of_password_is_heard_only_where_it_expired) {
  Bench bench(AuthMethod::ms_chap_v2, {.retries = 1});
  bench.authenticator.on_packet(start, bench.response);
  (void)bench.packet(bench.authenticator);
  bench.authenticator.on_answer(start, {});
  auto random = chance(9);
  auto const change = make_change(proof_of(AuthMethod::ms_chap_v2), "a", "b", random);
  auto const before = bench.authenticator;
  bench.authenticator.on_packet(
      start, make_packet(change.code, static_cast<uint8_t>(static_cast<uint8_t>(bench.response[1]) + 1),
                         change.data));
  EXPECT_EQ(bench.authenticator, before);
}

// ---- two links

LinkPair pair_of(AuthMethod method, std::string password, AuthLimits limits = {}, uint64_t seed = 1,
                 Trouble trouble = {}) {
  LinkConfig a, b;
  a.lcp.prove = {method};
  a.credentials = Credentials{"user", std::move(password)};
  a.can_ask = true;
  b.lcp.demand = {method};
  b.auth = limits;
  b.ipcp = {.own = ipv4(10, 0, 0, 1), .peer = ipv4(10, 0, 0, 2)};
  LinkPair pair(std::move(a), std::move(b), seed, trouble);
  pair.b().secrets["user"] = "pass";
  return pair;
}

TEST(MsChapLink, a_second_try_within_the_call_gets_in) {
  for (auto method : both) {
    auto pair = pair_of(method, "wrong", {.retries = 2});
    pair.a().tries = {"wrong too", "pass"};
    pair.start();
    pair.run(20s);
    ASSERT_TRUE(pair.up()) << name(method);
    EXPECT_EQ(pair.a().asked_again.size(), 2u);
    EXPECT_EQ(pair.b().authenticated.size(), 1u);
  }
}

TEST(MsChapLink, tries_come_to_an_end_with_691) {
  for (auto method : both) {
    auto pair = pair_of(method, "wrong", {.retries = 2});
    pair.a().tries = {"wrong", "wrong", "pass"};
    pair.start();
    pair.run(20s);
    ASSERT_TRUE(pair.over()) << name(method);
    EXPECT_EQ(pair.a().ended->error, 691u);
    EXPECT_EQ(pair.b().ended->error, 691u);
    EXPECT_EQ(pair.a().asked_again.size(), 2u);
  }
}

TEST(MsChapLink, who_gives_up_was_refused_and_did_not_just_leave) {
  auto pair = pair_of(AuthMethod::ms_chap_v2, "wrong", {.retries = 2});
  pair.start();
  pair.run(20s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.a().ended->error, 691u);
  EXPECT_EQ(pair.b().ended->error, 691u);
}

TEST(MsChapLink, an_expired_password_is_changed_within_the_call) {
  for (auto method : both) {
    auto pair = pair_of(method, "pass");
    pair.b().verdicts = {{.error = 648, .may_change = true}};
    pair.a().tries = {"the new one"};
    pair.start();
    pair.run(20s);
    ASSERT_TRUE(pair.up()) << name(method);
    EXPECT_TRUE(pair.a().asked_again[0].new_password);
    EXPECT_EQ(pair.b().secrets.find("user")->second, "the new one");
  }
}

TEST(MsChapLink, an_expired_password_that_cannot_be_changed_is_648) {
  for (auto method : both) {
    auto pair = pair_of(method, "pass");
    pair.b().verdicts = {{.error = 648}};
    pair.a().tries = {"the new one"};
    pair.start();
    pair.run(20s);
    ASSERT_TRUE(pair.over()) << name(method);
    EXPECT_EQ(pair.a().ended->error, 648u);
    EXPECT_TRUE(pair.a().asked_again.empty());
  }
}

TEST(MsChapLink, behind_a_change_there_is_no_other_try) {
  auto pair = pair_of(AuthMethod::ms_chap_v2, "pass", {.retries = 5});
  pair.b().verdicts = {{.error = 648, .may_change = true}, {.error = 691}};
  pair.a().tries = {"x", "y"};
  pair.start();
  pair.run(20s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.a().ended->error, 691u);
  EXPECT_EQ(pair.a().asked_again.size(), 1u);
}

TEST(MsChapLink, retries_and_changes_survive_a_bad_line) {
  unsigned came_up = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    auto pair = pair_of(both[seed % 2], "wrong", {.retries = 2}, seed, {6, 6, 6, 6});
    pair.b().verdicts = {{.error = 648, .may_change = true}};
    pair.a().tries = {"pass", "the new one", "the new one"};
    pair.start();
    pair.run(300s);
    pair.calm();
    pair.run(120s);
    ASSERT_TRUE(pair.up() || pair.over()) << "seed " << seed;
    came_up += pair.up();
  }
  EXPECT_GT(came_up, 30u);
}

constexpr AuthMethod chaps[] = {AuthMethod::chap_md5, AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2};

TEST(ChapInMidCall, is_repeated_at_its_interval_without_touching_the_network) {
  for (auto method : chaps) {
    auto pair = pair_of(method, "pass", {.rechallenge = 60s});
    pair.start();
    pair.run(190s);
    ASSERT_TRUE(pair.up()) << name(method);
    EXPECT_EQ(pair.b().authenticated.size(), 4u);
    EXPECT_EQ(pair.b().ups, 1u);
  }
}

TEST(ChapInMidCall, who_no_longer_knows_the_secret_is_out) {
  for (auto method : chaps) {
    auto pair = pair_of(method, "pass", {.retries = 2, .rechallenge = 60s});
    pair.start();
    pair.run(30s);
    ASSERT_TRUE(pair.up());
    pair.b().secrets["user"] = "changed";
    pair.run(60s);
    ASSERT_TRUE(pair.over()) << name(method);
    EXPECT_EQ(pair.b().ended->error, 691u);
    EXPECT_EQ(pair.b().downs, 1u);
  }
}

TEST(ChapInMidCall, another_user_may_not_take_the_call_over) {
  ChapAuthenticator authenticator(AuthMethod::chap_md5, "server", chance(1), {.rechallenge = 60s});
  auto const respond = [&](std::string const& user) {
    auto const challenge = std::get<Buffer>(*authenticator.poll_action());
    ChapPeer peer(AuthMethod::chap_md5, {user, "pass"}, chance(2));
    peer.on_packet(start, challenge);
    authenticator.on_packet(start, std::get<Buffer>(*peer.poll_action()));
  };
  authenticator.start(start);
  respond("user");
  EXPECT_TRUE(std::holds_alternative<Proof>(*authenticator.poll_action()));
  authenticator.on_answer(start, {.accepted = true});
  while (authenticator.poll_action()) continue;
  authenticator.on_timeout(start + 60s);
  respond("other");
  (void)authenticator.poll_action();
  EXPECT_FALSE(std::get<AuthOutcome>(*authenticator.poll_action()).accepted);
}

}  // namespace
}  // namespace offhook::ppp
