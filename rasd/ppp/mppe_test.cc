// Keys and packets of MPPE against the vectors of RFC 3079, and what loss does to them.
#include "rasd/ppp/mppe.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "rasd/ppp/auth.h"
#include "rasd/ppp/hex.h"
#include "rasd/ppp/ms_chap.h"

namespace offhook::ppp {
namespace {

Buffer unhex(std::string_view text) { return ppp::unhex(text, text.size() / 2).value(); }
std::string rc4(Bytes key, std::string_view clear) {
  Buffer bytes(as_bytes(clear).begin(), as_bytes(clear).end());
  Rc4(key).apply(bytes);
  return hex(bytes);
}

/// RFC 3079 3.5: user "User", password "clientPass".
Proof version_2() {
  Proof proof;
  proof.method = AuthMethod::ms_chap_v2;
  proof.user = "User";
  proof.challenge = unhex("5B5D7C7D7B3F2F3E3C2C602132262628");
  proof.response = ms_chap_response(proof, "clientPass", unhex("21402324255E262A28295F2B3A337C7E"));
  return proof;
}
/// RFC 3079 2.5.
Proof version_1() {
  Proof proof;
  proof.method = AuthMethod::ms_chap_v1;
  proof.user = "User";
  proof.challenge = unhex("102DB5DF085D3041");
  proof.response = ms_chap_response(proof, "clientPass", {});
  return proof;
}
StartKeys any_keys() { return mppe_keys(version_2(), "clientPass", MppeRole::authenticator).send; }

struct Vector {
  MppeStrength strength;
  std::string_view session, encrypted;  // of "test message"
};

TEST(MppeKeys, version_2_gives_the_values_of_rfc_3079_3_5) {
  auto const keys = any_keys();
  EXPECT_EQ(hex(keys.shorter), "8B7CDC149B993A1B");
  EXPECT_EQ(hex(keys.longer), "8B7CDC149B993A1BA118CB153F56DCCB");
  Vector const rows[] = {
      {MppeStrength::bits40, "D1269EC49FA62E3E", "929137917E5803D668D75898"},
      {MppeStrength::bits56, "D15C00C49FA62E3E", "3F106833FA448DA842BC57B8"},
      {MppeStrength::bits128, "405CB2247A7956E6E211007AE27B22D4", "81848317DF68846272FB5ABE"}};
  for (auto const& row : rows) {
    MppeKey const key(keys, row.strength);
    EXPECT_EQ(hex(key.current()), row.session);
    EXPECT_EQ(rc4(key.current(), "test message"), row.encrypted);
  }
}

TEST(MppeKeys, version_1_gives_the_values_of_rfc_3079_2_5) {
  EXPECT_EQ(hex(lm_password_hash("clientPass")), "76A152936096D7830E2390227404AFD2");
  auto const both = mppe_keys(version_1(), "clientPass", MppeRole::peer);
  EXPECT_EQ(both.send, both.receive);
  EXPECT_EQ(hex(both.send.longer), "A8947850CFC0ACC1D1789FB62DDCDDB0");
  EXPECT_EQ(hex(MppeKey(both.send, MppeStrength::bits40).current()), "D1269E538CEC4A08");
  EXPECT_EQ(hex(MppeKey(both.send, MppeStrength::bits56).current()), "D10801538CEC4A08");
  EXPECT_EQ(hex(MppeKey(both.send, MppeStrength::bits128).current()), "59D159BC09F76F1DA2A86A28FFEC0B1E");
}

TEST(MppeKeys, what_one_end_sends_with_the_other_receives_with) {
  for (auto const& proof : {version_1(), version_2()}) {
    auto const peer = mppe_keys(proof, "clientPass", MppeRole::peer),
               server = mppe_keys(proof, "clientPass", MppeRole::authenticator);
    EXPECT_EQ(peer.send, server.receive);
    EXPECT_EQ(peer.receive, server.send);
  }
}

constexpr MppeMode modes[] = {{MppeStrength::bits40, true},  {MppeStrength::bits56, true},
                              {MppeStrength::bits128, true}, {MppeStrength::bits40, false},
                              {MppeStrength::bits56, false}, {MppeStrength::bits128, false}};

struct Ends {
  explicit Ends(MppeMode mode) : sender(any_keys(), mode), receiver(any_keys(), mode) {}
  Buffer next(std::string const& text) { return sender.encrypt(protocol::ip, as_bytes(text)); }
  /// What the receiver makes of it, as text; "-" for nothing.
  std::string hear(Bytes payload) {
    auto const clear = receiver.decrypt(payload);
    return clear ? std::string(as_text(clear->packet)) : "-";
  }
  MppeSender sender;
  MppeReceiver receiver;
};

TEST(Mppe, gives_back_ten_thousand_packets_in_every_mode) {
  for (auto const& mode : modes) {
    Ends ends(mode);
    for (int i = 0; i < 10'000; ++i) {
      auto const text = "packet " + std::to_string(i);
      auto const payload = ends.next(text);
      ASSERT_EQ(payload.size(), text.size() + mppe_overhead);
      ASSERT_EQ(get16(payload) & 0x0fff, i & 0x0fff);
      ASSERT_EQ((get16(payload) & 0x8000) != 0, mode.stateless || (i & 0xff) == 0xff);  // RFC 3078 3.1
      ASSERT_EQ(ends.hear(payload), text);
    }
  }
}

TEST(Mppe, keeps_the_protocol_that_was_sent) {
  Ends ends({});
  for (uint16_t protocol : {protocol::ip, protocol::vj_compressed, protocol::ipv6})
    EXPECT_EQ(ends.receiver.decrypt(ends.sender.encrypt(protocol, as_bytes("x")))->protocol, protocol);
}

TEST(Mppe, without_state_only_the_lost_packets_are_lost) {
  for (int lost : {1, 5, 255, 256, 257, 2000}) {
    Ends ends({});
    EXPECT_EQ(ends.hear(ends.next("first")), "first");
    for (int i = 0; i < lost; ++i) (void)ends.next("lost");
    EXPECT_EQ(ends.hear(ends.next("after")), "after") << lost;
    EXPECT_FALSE(ends.receiver.lost());
  }
}

TEST(Mppe, with_state_what_follows_a_loss_waits_for_new_tables) {
  for (int lost : {1, 5, 255, 256, 257, 2000}) {
    Ends ends({.stateless = false});
    EXPECT_EQ(ends.hear(ends.next("first")), "first");
    for (int i = 0; i < lost; ++i) (void)ends.next("lost");
    EXPECT_EQ(ends.hear(ends.next("waits")), "-");
    EXPECT_TRUE(ends.receiver.lost());
    ends.sender.flush();
    EXPECT_EQ(ends.hear(ends.next("after")), "after") << lost;
    EXPECT_FALSE(ends.receiver.lost());
    EXPECT_EQ(ends.hear(ends.next("and on")), "and on") << lost;
  }
}

TEST(Mppe, a_late_or_repeated_packet_is_dropped_and_spoils_nothing) {
  for (auto const& mode : modes) {
    Ends ends(mode);
    auto const first = ends.next("first"), second = ends.next("second");
    EXPECT_EQ(ends.hear(first), "first");
    EXPECT_EQ(ends.hear(first), "-");
    EXPECT_EQ(ends.hear(second), "second");
    EXPECT_EQ(ends.hear(first), "-");
    EXPECT_EQ(ends.hear(ends.next("third")), "third");
    EXPECT_EQ(ends.receiver.dropped(), 2u);
  }
}

TEST(Mppe, what_is_no_packet_of_its_kind_is_dropped) {
  Ends ends({});
  auto clear = ends.next("clear");
  clear[0] &= std::byte{0xef};  // bit D: not encrypted
  for (auto const& payload :
       {Buffer{}, bytes_of({0x90}), bytes_of({0x90, 0}), bytes_of({0x10, 0, 1, 2}), clear})
    EXPECT_EQ(ends.hear(payload), "-");
  auto const control = ends.sender.encrypt(protocol::ipcp, as_bytes("no data"));
  EXPECT_EQ(ends.hear(control), "-");
}

TEST(Mppe, bytes_of_any_kind_do_no_harm) {
  Random random(7);
  for (auto const& mode : modes) {
    Ends ends(mode);
    for (int i = 0; i < 2000; ++i) {
      Buffer payload(random.below(9));
      for (auto& byte : payload) byte = static_cast<std::byte>(random.next());
      (void)ends.hear(payload);
    }
  }
}

}  // namespace
}  // namespace offhook::ppp
