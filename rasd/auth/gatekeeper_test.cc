#include "rasd/auth/gatekeeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rasd/ppp/chap.h"
#include "rasd/ppp/ms_chap.h"
#include "rasd/ppp/ms_chap_change.h"

namespace offhook::auth {
namespace {

using testing::HasSubstr;
using testing::Not;

Instant constexpr start{1h};

struct Door : testing::Test {
  Secrets pap = *Secrets::parse("anna ras tulip 10.0.0.7\nbob ras rose\nDOM\\\\carl ras iris", "pap");
  Secrets chap = *Secrets::parse("anna ras daffodil\n* ras fern !10.0.0.9 *", "chap");
  LocalTime local{0, 12 * 60, 100};
  Gatekeeper gate;

  static ppp::Proof by_password(std::string user, std::string password) {
    ppp::Proof proof;
    proof.user = std::move(user);
    proof.password = std::move(password);
    return proof;
  }
  static ppp::Proof by_chap(std::string user, std::string_view secret) {
    ppp::Proof proof;
    proof.method = ppp::AuthMethod::chap_md5;
    proof.user = std::move(user);
    proof.id = 7;
    proof.challenge = ppp::bytes_of({1, 2, 3, 4});
    auto const response = ppp::chap_md5_response(7, secret, proof.challenge);
    proof.response.assign(response.begin(), response.end());
    return proof;
  }
  Verdict judge(ppp::Proof const& proof, Instant now = start, std::string_view port = "P1") {
    return gate.judge(now, local, port, {pap, chap, "ras"}, proof);
  }
  void permit(std::string_view toml) { gate.set_users(*parse_users(toml, "f")); }
};

TEST_F(Door, each_protocol_has_secrets_of_its_own) {
  EXPECT_TRUE(judge(by_password("anna", "tulip")).answer.accepted);
  EXPECT_FALSE(judge(by_password("anna", "daffodil")).answer.accepted);
  EXPECT_TRUE(judge(by_chap("anna", "daffodil")).answer.accepted);
  EXPECT_FALSE(judge(by_chap("anna", "tulip")).answer.accepted);
  EXPECT_TRUE(judge(by_chap("whoever", "fern")).answer.accepted);
}

TEST_F(Door, a_domain_before_the_name_is_looked_for_and_then_left_out) {
  EXPECT_TRUE(judge(by_password("OFFICE\\anna", "tulip")).answer.accepted);
  EXPECT_TRUE(judge(by_password("DOM\\carl", "iris")).answer.accepted);
  EXPECT_FALSE(judge(by_password("carl", "iris")).answer.accepted);
  EXPECT_TRUE(judge(by_chap("OFFICE\\anna", "daffodil")).answer.accepted);
  EXPECT_EQ(gate.calls("anna"), 2u);
}

TEST_F(Door, the_address_is_the_accounts_or_that_of_the_secret) {
  EXPECT_EQ(judge(by_password("anna", "tulip")).address, parse_address("10.0.0.7"));
  permit("[user.anna]\naddress = '10.0.0.8'");
  EXPECT_EQ(judge(by_password("anna", "tulip")).address, parse_address("10.0.0.8"));
  EXPECT_EQ(judge(by_password("bob", "rose")).address, std::nullopt);
  EXPECT_EQ(judge(by_chap("x", "fern")).addresses.size(), 2u);
}

TEST_F(Door, a_callback_is_the_accounts) {
  EXPECT_EQ(judge(by_password("bob", "rose")).callback, Callback::none);
  permit("[user.bob]\ncallback = '5550100'\n[user.anna]\ncallback = 'caller'");
  Verdict const bob = judge(by_password("bob", "rose"));
  EXPECT_EQ(bob.callback, Callback::preset);
  EXPECT_EQ(bob.number, "5550100");
  EXPECT_EQ(judge(by_password("anna", "tulip")).callback, Callback::by_caller);
}

TEST_F(Door, a_user_has_so_many_calls_until_one_ends) {
  permit("[user.bob]\ncalls = 2");
  EXPECT_TRUE(judge(by_password("bob", "rose")).answer.accepted);
  EXPECT_TRUE(judge(by_password("bob", "rose")).answer.accepted);
  EXPECT_EQ(judge(by_password("X\\bob", "rose")).answer.error, 649u);
  EXPECT_EQ(gate.calls("bob"), 2u);
  gate.leave("bob");
  EXPECT_TRUE(judge(by_password("bob", "rose")).answer.accepted);
  gate.leave("bob");
  gate.leave("bob");
  gate.leave("bob");
  EXPECT_EQ(gate.calls("bob"), 0u);
}

TEST_F(Door, who_proves_nothing_does_not_learn_what_is_wrong_with_the_account) {
  permit("[user.bob]\ndisabled = true");
  Verdict const wrong = judge(by_password("bob", "Sesame"));
  EXPECT_EQ(wrong.answer.error, 691u);
  EXPECT_EQ(wrong.answer.message, "Access denied");
  Verdict const right = judge(by_password("bob", "rose"));
  EXPECT_EQ(right.answer.error, 647u);
  EXPECT_EQ(right.answer.message, "The account is disabled");
  EXPECT_EQ(right.delay, Duration(0));
}

TEST_F(Door, a_name_without_a_secret_is_answered_as_a_wrong_password_is) {
  Verdict const unknown = judge(by_password("nobody", "x")),
                wrong = judge(by_password("bob", "x"), start, "P2");
  EXPECT_EQ(unknown.answer, wrong.answer);
  EXPECT_EQ(unknown.delay, wrong.delay);
}

TEST_F(Door, a_note_names_the_user_the_way_and_the_number_and_no_password) {
  EXPECT_EQ(judge(by_password("bo\nb", "Sesame")).note,
            "user 'bo\\nb' is refused by PAP, error 691: there is no secret for this name");
  EXPECT_THAT(judge(by_password("bob", "Sesame")).note, Not(HasSubstr("Sesame")));
  EXPECT_THAT(judge(by_password("bob", "Sesame")).note, Not(HasSubstr("rose")));
}

TEST_F(Door, a_guesser_waits_longer_each_time_and_then_is_not_listened_to) {
  for (Duration const wait : {1s, 2s, 4s, 8s, 8s}) EXPECT_EQ(judge(by_password("bob", "x")).delay, wait);
  for (int i = 0; i < 5; ++i) judge(by_password("bob", "x"), start, "P" + std::to_string(i));
  Verdict const right = judge(by_password("bob", "rose"), start, "P9");
  EXPECT_EQ(right.answer.error, 691u);
  EXPECT_THAT(right.note, HasSubstr("too many failures"));
  EXPECT_EQ(right.delay, 8s);
  EXPECT_EQ(gate.calls("bob"), 0u);
  EXPECT_TRUE(judge(by_password("anna", "tulip"), start, "P9").answer.accepted);  // others are not hurt
  EXPECT_FALSE(judge(by_password("bob", "rose"), start + 59s, "P9").answer.accepted);
  EXPECT_TRUE(judge(by_password("bob", "rose"), start + 60s, "P9").answer.accepted);
}

TEST_F(Door, a_port_of_many_failures_is_not_listened_to_whoever_they_were_for) {
  for (int i = 0; i < 30; ++i) judge(by_password("u" + std::to_string(i), "x"));
  EXPECT_FALSE(judge(by_password("bob", "rose")).answer.accepted);
  EXPECT_TRUE(judge(by_password("bob", "rose"), start, "P2").answer.accepted);
}

TEST(Throttle, names_that_are_made_up_neither_grow_the_table_nor_hide_the_guesser) {
  Throttle throttle({.most_names = 100});
  for (int i = 0; i < 10; ++i) throttle.failed(start, "P1", "bob");
  for (int i = 0; i < 5000; ++i)
    throttle.failed(start + 1s, "Q" + std::to_string(i % 200), "u" + std::to_string(i));
  EXPECT_LE(throttle.names(), 200u);
  EXPECT_FALSE(throttle.admits(start + 1s, "P2", "bob"));
}

TEST(Throttle, failures_are_forgotten_one_after_another) {
  Throttle throttle;
  for (int i = 0; i < 3; ++i) throttle.failed(start, "P1", "bob");
  EXPECT_EQ(throttle.failed(start + 120s, "P1", "bob"), 2s);
  throttle.succeeded("P1", "bob");
  EXPECT_EQ(throttle.failed(start + 120s, "P1", "bob"), 1s);
  EXPECT_EQ(throttle.failed(start + 1000h, "P1", "bob"), 1s);
}

/// By MS-CHAP-V2; with `fresh` the password is changed.
ppp::Proof by_microsoft(std::string user, std::string_view secret, std::string_view fresh = {}) {
  ppp::Proof proof;
  proof.method = ppp::AuthMethod::ms_chap_v2;
  proof.user = std::move(user);
  proof.id = 7;
  proof.challenge = ppp::Buffer(16, std::byte{5});
  ppp::Chance chance{ppp::Chance::Seed{}};
  proof.response = ppp::ms_chap_response(proof, secret, chance.next());
  if (fresh.empty()) return proof;
  auto const change = ppp::make_change(proof, secret, fresh, chance);
  EXPECT_TRUE(ppp::read_change(proof, change.code, change.data));
  return proof;
}

TEST_F(Door, an_expired_password_may_be_changed_where_that_is_wished) {
  chap = *Secrets::parse("anna ras tulip", "chap");
  permit("[user.anna]\npassword_until = 1970-01-11");
  EXPECT_EQ(judge(by_microsoft("anna", "tulip")).answer.error, 648u);
  EXPECT_FALSE(judge(by_microsoft("anna", "tulip")).answer.may_change);
  auto const ask = [&](ppp::Proof const& proof) {
    return gate.judge(start, local, "P1", {pap, chap, "ras", true}, proof);
  };
  EXPECT_TRUE(ask(by_microsoft("anna", "tulip")).answer.may_change);
  EXPECT_FALSE(ask(by_microsoft("anna", "rose")).answer.may_change) << "who knows the old one alone";
  EXPECT_EQ(ask(by_microsoft("anna", "rose", "fern")).answer.error, 691u);
  auto const changed = ask(by_microsoft("anna", "tulip", "fern"));
  EXPECT_TRUE(changed.answer.accepted);
  EXPECT_EQ(changed.answer.new_password, "fern");
  EXPECT_EQ(changed.old, *chap.find("anna", "ras"));
  chap = *Secrets::parse("anna ras fern # changed 1970-04-11", "chap");
  EXPECT_TRUE(ask(by_microsoft("anna", "fern")).answer.accepted);
}

TEST_F(Door, a_secret_that_is_everybodys_is_nobodys_to_change) {
  chap = *Secrets::parse("* ras tulip", "chap");
  permit("[user.anna]\npassword_until = 1970-01-11");
  auto const verdict =
      gate.judge(start, local, "P1", {pap, chap, "ras", true}, by_microsoft("anna", "tulip"));
  EXPECT_EQ(verdict.answer.error, 648u);
  EXPECT_FALSE(verdict.answer.may_change);
}

}  // namespace
}  // namespace offhook::auth
