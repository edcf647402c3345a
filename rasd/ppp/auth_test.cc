// PAP and CHAP, both roles face to face, and the arithmetic against the vectors of RFC 2433 and RFC 2759.
#include "rasd/ppp/auth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/text.h"
#include "rasd/ppp/chap.h"
#include "rasd/ppp/hex.h"
#include "rasd/ppp/ms_chap.h"
#include "rasd/ppp/pap.h"

namespace offhook::ppp {
namespace {

constexpr Instant start{};

Buffer unhex(std::string_view text) { return ppp::unhex(text, text.size() / 2).value(); }
Chance chance(unsigned char n) {
  Chance::Seed seed{};
  seed[0] = std::byte{n};
  return Chance(seed);
}

TEST(Digest, each_gives_its_catalogued_value) {
  EXPECT_EQ(hex(md4({as_bytes("abc")})), "A448017AAF21D8525FC10AE87AA6729D");                // RFC 1320 A.5
  EXPECT_EQ(hex(md5({as_bytes("a"), as_bytes("bc")})), "900150983CD24FB0D6963F7D28E17F72");  // RFC 1321 A.5
  EXPECT_EQ(hex(sha1({as_bytes("abc")})), "A9993E364706816ABA3E25717850C26C9CD0D89D");       // RFC 3174
}

TEST(MsChap, version_2_gives_the_values_of_rfc_2759_9_2) {
  Proof proof;
  proof.method = AuthMethod::ms_chap_v2;
  proof.user = "User";
  proof.challenge = unhex("5B5D7C7D7B3F2F3E3C2C602132262628");
  auto const peer_challenge = unhex("21402324255E262A28295F2B3A337C7E");
  EXPECT_EQ(hex(challenge_hash(peer_challenge, proof.challenge, "User")), "D02E4386BCE91226");
  EXPECT_EQ(hex(nt_password_hash("clientPass")), "44EBBA8D5312B8D611474411F56989AE");
  proof.response = ms_chap_response(proof, "clientPass", peer_challenge);
  EXPECT_EQ(hex(proof.response),
            "21402324255E262A28295F2B3A337C7E0000000000000000"
            "82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF00");
  EXPECT_EQ(ms_chap_v2_signature(proof, "clientPass"), "S=407A5589115FD0D6209F510FE9C04566932CDA56");
}

TEST(MsChap, version_1_gives_the_values_of_rfc_2433_b_1) {
  Proof proof;
  proof.method = AuthMethod::ms_chap_v1;
  proof.challenge = unhex("102DB5DF085D3041");
  EXPECT_EQ(hex(nt_password_hash("MyPw")), "FC156AF7EDCD6C0EDDE3337D427F4EAC");
  proof.response = ms_chap_response(proof, "MyPw", {});
  EXPECT_EQ(hex(proof.response).substr(48), "4E9D3C8F9CFD385D5BF4D3246791956CA4C351AB409A3D6101");
}

TEST(MsChap, the_domain_is_no_part_of_the_hash) {
  auto const a = unhex("00112233445566778899AABBCCDDEEFF"), b = unhex("FFEEDDCCBBAA99887766554433221100");
  EXPECT_EQ(challenge_hash(a, b, "WORK\\User"), challenge_hash(a, b, "User"));
  EXPECT_NE(challenge_hash(a, b, "User"), challenge_hash(a, b, "Other"));
}

TEST(MsChap, passwords_are_utf_16_whatever_alphabet_they_are_of) {
  EXPECT_EQ(nt_password_hash("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            md4({unhex("E900AC203DD800DE")}));                             // U+E9, U+20AC, U+1F600
  EXPECT_EQ(nt_password_hash("a\xff\xc3"), md4({unhex("6100FF00C300")}));  // no UTF-8: bytes as they are
}

/// Two ends of one authentication, and what each made of it.
template <class Authenticator, class Peer>
struct Pair {
  Pair(Authenticator a, Peer p) : authenticator(std::move(a)), peer(std::move(p)) {}

  Authenticator authenticator;
  Peer peer;
  std::string secret = "pass";
  std::optional<AuthOutcome> at_authenticator, at_peer;
  std::vector<Buffer> to_peer, to_authenticator;
  std::optional<Proof> proof;
  Instant now = start;
  int lose_to_peer = 0, lose_to_authenticator = 0;

  void begin() {
    authenticator.start(now);
    peer.start(now);
    settle();
  }
  void settle() {
    for (bool more = true; more;) {
      more = false;
      while (auto action = authenticator.poll_action())
        more = take(*action, to_peer, at_authenticator, lose_to_peer);
      while (auto action = peer.poll_action())
        more = take(*action, to_authenticator, at_peer, lose_to_authenticator);
      for (auto const& packet : std::exchange(to_peer, {})) peer.on_packet(now, packet), more = true;
      for (auto const& packet : std::exchange(to_authenticator, {}))
        authenticator.on_packet(now, packet), more = true;
      if (auto const asked = std::exchange(proof, {})) {
        authenticator.on_answer(now,
                                asked->user == "user" ? check(*asked, secret) : check(*asked, std::nullopt));
        more = true;
      }
    }
  }
  bool take(AuthAction& action, std::vector<Buffer>& out, std::optional<AuthOutcome>& end, int& lose) {
    if (auto* packet = std::get_if<Buffer>(&action)) {
      if (lose > 0)
        --lose;
      else
        out.push_back(*packet);
    }
    if (auto* outcome = std::get_if<AuthOutcome>(&action)) end = *outcome;
    if (auto* asked = std::get_if<Proof>(&action)) proof = *asked;
    return true;
  }
  void run() {
    for (int i = 0; i < 100 && !(at_authenticator && at_peer); ++i) {
      auto const a = authenticator.next_timeout(), b = peer.next_timeout();
      if (!a && !b) return;
      now = a && b ? std::min(*a, *b) : a ? *a : *b;
      authenticator.on_timeout(now);
      peer.on_timeout(now);
      settle();
    }
  }
};
using PapPair = Pair<PapAuthenticator, PapPeer>;
using ChapPair = Pair<ChapAuthenticator, ChapPeer>;

PapPair pap(Credentials credentials = {"user", "pass"}) { return {{}, PapPeer(std::move(credentials))}; }
ChapPair chap(AuthMethod method, Credentials credentials = {"user", "pass"}) {
  return {ChapAuthenticator(method, "server", chance(1)),
          ChapPeer(method, std::move(credentials), chance(2))};
}
constexpr AuthMethod chaps[] = {AuthMethod::chap_md5, AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2};

TEST(Pap, the_right_password_is_accepted_and_another_is_not) {
  auto good = pap(), bad = pap({"user", "wrong"}), nobody = pap({"nobody", "pass"});
  for (auto* pair : {&good, &bad, &nobody}) pair->begin();
  EXPECT_TRUE(good.at_authenticator->accepted && good.at_peer->accepted);
  EXPECT_EQ(good.at_authenticator->user, "user");
  for (auto* pair : {&bad, &nobody}) {
    EXPECT_FALSE(pair->at_authenticator->accepted);
    EXPECT_EQ(pair->at_peer->error, 691u);
    EXPECT_EQ(pair->at_peer->message, "Access denied");
  }
}

TEST(Pap, a_lost_answer_is_given_again_without_asking_anybody) {
  auto pair = pap();
  pair.lose_to_peer = 1;
  pair.begin();
  EXPECT_FALSE(pair.at_peer);
  pair.secret = "changed meanwhile";
  pair.run();
  EXPECT_TRUE(pair.at_peer->accepted);
}

TEST(Pap, a_server_that_never_answers_is_given_up_as_718) {
  auto pair = pap();
  pair.lose_to_peer = 1000;
  pair.begin();
  pair.run();
  EXPECT_EQ(pair.at_peer->error, 718u);
  EXPECT_EQ(pair.now - start, 30s);
}

TEST(Pap, requests_that_run_out_of_bytes_are_dropped) {
  PapAuthenticator authenticator;
  for (auto const& bytes : {Buffer{}, bytes_of({1, 1, 0, 4}), bytes_of({1, 1, 0, 6, 9, 'u'}),
                            bytes_of({1, 1, 0, 6, 1, 'u'}), bytes_of({1, 1, 0, 8, 1, 'u', 5, 'p'})})
    authenticator.on_packet(start, bytes);
  EXPECT_FALSE(authenticator.poll_action());
}

TEST(Chap, the_right_password_is_accepted_and_another_is_not) {
  for (auto method : chaps) {
    auto good = chap(method), bad = chap(method, {"user", "wrong"}),
         nobody = chap(method, {"nobody", "pass"});
    for (auto* pair : {&good, &bad, &nobody}) pair->begin();
    EXPECT_TRUE(good.at_authenticator->accepted && good.at_peer->accepted) << name(method);
    EXPECT_FALSE(bad.at_authenticator->accepted || bad.at_peer->accepted) << name(method);
    EXPECT_EQ(nobody.at_peer->error, 691u) << name(method);
  }
}

TEST(Chap, a_domain_before_the_user_is_heard_and_left_out_of_the_hash) {
  for (auto method : chaps) {
    auto pair = chap(method, {"WORK\\user", "pass"});
    pair.authenticator.start(start);
    pair.peer.on_packet(start, std::get<Buffer>(*pair.authenticator.poll_action()));
    pair.authenticator.on_packet(start, std::get<Buffer>(*pair.peer.poll_action()));
    auto const proof = std::get<Proof>(*pair.authenticator.poll_action());
    EXPECT_EQ(proof.user, "WORK\\user");
    EXPECT_TRUE(check(proof, "pass").accepted) << name(method);
  }
}

TEST(Chap, a_lost_packet_of_any_kind_is_sent_again) {
  for (auto method : chaps)
    for (int which = 0; which < 2; ++which) {
      auto pair = chap(method);
      if (which == 0) pair.lose_to_peer = 1;
      if (which == 1) pair.lose_to_authenticator = 1;
      pair.begin();
      pair.run();
      EXPECT_TRUE(pair.at_authenticator->accepted && pair.at_peer->accepted) << name(method) << which;
    }
}

TEST(Chap, a_lost_success_is_given_again) {
  auto pair = chap(AuthMethod::ms_chap_v2);
  pair.authenticator.start(start);
  pair.peer.on_packet(start, std::get<Buffer>(*pair.authenticator.poll_action()));
  pair.lose_to_peer = 1;
  pair.settle();
  EXPECT_TRUE(pair.at_authenticator && !pair.at_peer);
  pair.run();
  EXPECT_TRUE(pair.at_peer->accepted);
}

TEST(Chap, a_peer_that_never_answers_is_given_up_as_718) {
  auto pair = chap(AuthMethod::chap_md5);
  pair.lose_to_peer = 1000;
  pair.begin();
  pair.run();
  EXPECT_EQ(pair.at_authenticator->error, 718u);
  EXPECT_EQ(pair.now - start, 30s);
}

TEST(Chap, a_success_without_the_right_signature_is_none) {
  auto pair = chap(AuthMethod::ms_chap_v2);
  pair.authenticator.start(start);
  auto const challenge = std::get<Buffer>(*pair.authenticator.poll_action());
  pair.peer.on_packet(start, challenge);
  (void)pair.peer.poll_action();
  auto const text = "S=0000000000000000000000000000000000000000 M=Welcome";
  pair.peer.on_packet(start, make_packet(uint8_t{3}, static_cast<uint8_t>(challenge[1]), as_bytes(text)));
  EXPECT_FALSE(std::get<AuthOutcome>(*pair.peer.poll_action()).accepted);
}

TEST(Chap, microsoft_failures_carry_their_number_and_text) {
  for (auto method : {AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2}) {
    auto pair = chap(method);
    pair.authenticator.start(start);
    pair.peer.on_packet(start, std::get<Buffer>(*pair.authenticator.poll_action()));
    pair.authenticator.on_packet(start, std::get<Buffer>(*pair.peer.poll_action()));
    (void)pair.authenticator.poll_action();
    pair.authenticator.on_answer(start, {.accepted = false, .error = 649, .message = "No dial-in"});
    pair.peer.on_packet(start, std::get<Buffer>(*pair.authenticator.poll_action()));
    auto const end = std::get<AuthOutcome>(*pair.peer.poll_action());
    EXPECT_EQ(end.error, 649u);
    EXPECT_EQ(end.message, method == AuthMethod::ms_chap_v2 ? "No dial-in" : "");
  }
}

TEST(Chap, our_own_challenge_is_not_answered) {
  auto pair = chap(AuthMethod::chap_md5);
  pair.peer.refuse(pair.authenticator.challenge());
  pair.begin();
  EXPECT_FALSE(pair.proof || pair.at_authenticator);
}

TEST(Chap, malformed_packets_are_dropped) {
  auto pair = chap(AuthMethod::ms_chap_v2);
  for (auto const& bytes :
       {Buffer{}, bytes_of({1, 1, 0, 4}), bytes_of({1, 1, 0, 5, 0}), bytes_of({1, 1, 0, 6, 9, 1}),
        bytes_of({1, 1, 0, 6, 1, 1}), bytes_of({3, 1, 0, 4})})
    pair.peer.on_packet(start, bytes);
  EXPECT_FALSE(pair.peer.poll_action());
  pair.authenticator.start(start);
  (void)pair.authenticator.poll_action();
  auto const id = pair.authenticator;
  pair.authenticator.on_packet(start, bytes_of({2, 0, 0, 4}));
  EXPECT_EQ(pair.authenticator, id);
}

// RFC 2433 6: without the flag it is LAN Manager's response that is to be looked at, which is not done here.
TEST(Check, a_first_version_response_that_points_to_the_other_one_proves_nothing) {
  Proof proof;
  proof.method = AuthMethod::ms_chap_v1;
  proof.challenge = Buffer(8);
  proof.response = ms_chap_response(proof, "pass", {});
  EXPECT_TRUE(check(proof, "pass").accepted);
  proof.response.back() = std::byte{0};
  EXPECT_FALSE(check(proof, "pass").accepted);
}

TEST(Check, a_response_of_another_length_proves_nothing) {
  for (auto method : chaps)
    for (size_t size : {0u, 1u, 15u, 48u, 50u}) {
      Proof proof;
      proof.method = method;
      proof.challenge = Buffer(8);
      proof.response = Buffer(size);
      EXPECT_FALSE(check(proof, "pass").accepted);
    }
}

}  // namespace
}  // namespace offhook::ppp
