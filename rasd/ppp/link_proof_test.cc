// A peer that demands a proof of identity that this end does not give, and how its end is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rasd/ppp/errors.h"
#include "rasd/ppp/link.h"
#include "rasd/ppp/link_by_hand.h"
#include "rasd/ppp/link_pair.h"

namespace offhook::ppp {
namespace {

using testing::HasSubstr;

TEST(LinkProof, demanded_where_no_user_was_named_is_691_that_says_so) {
  Caller caller({});
  caller.is_asked(option_of(AuthMethod::pap));
  EXPECT_EQ(caller.answers.back(), Code::configure_reject);
  caller.is_left("");
  ASSERT_TRUE(caller.ended);
  EXPECT_EQ(caller.ended->error, ras::access_denied);
  EXPECT_EQ(caller.ended->text, "The remote computer demands to know who calls, and no user was named");
}

// As pppd does: it asks without, and ends the link once LCP is up.
TEST(LinkProof, that_is_demanded_no_more_is_still_why_the_peer_goes_before_any_network) {
  Caller caller({AuthMethod::chap_md5});
  caller.is_asked(option_of(AuthMethod::pap));
  EXPECT_EQ(caller.answers.back(), Code::configure_nak);
  caller.is_asked(std::nullopt);
  EXPECT_EQ(caller.answers.back(), Code::configure_ack);
  caller.is_left("peer refused to authenticate");
  ASSERT_TRUE(caller.ended);
  EXPECT_EQ(caller.ended->error, ras::lcp_terminated);
  EXPECT_EQ(caller.ended->text,
            "The remote computer demands proof of identity by PAP, which this one is not to give: peer "
            "refused to authenticate");
}

TEST(LinkProof, by_a_method_that_is_not_spoken_here_is_named) {
  Caller caller({AuthMethod::chap_md5});
  Buffer eap;
  put16(eap, 0xc227);
  caller.is_asked(eap);
  caller.is_left("");
  EXPECT_EQ(caller.ended->error, ras::lcp_terminated);
  EXPECT_THAT(caller.ended->text, HasSubstr("by EAP, which"));
}

TEST(LinkProof, is_not_blamed_once_networks_were_spoken_of_or_where_it_was_agreed_on) {
  Caller without({});
  without.is_asked(option_of(AuthMethod::pap));
  without.is_asked(std::nullopt);
  without.hears(protocol::ipcp, Code::configure_request, {});
  without.is_left("busy");
  EXPECT_EQ(*without.ended, (Ended{ras::ended_by_peer, "The remote computer ended the link: busy"}));
  Caller agreed({AuthMethod::chap_md5});
  agreed.is_asked(option_of(AuthMethod::pap));
  agreed.is_asked(option_of(AuthMethod::chap_md5));
  EXPECT_EQ(agreed.answers.back(), Code::configure_ack);
  agreed.is_left("busy");
  EXPECT_EQ(agreed.ended->error, ras::ended_by_peer);
}

// RFC 1994 7: else a peer without the secret has its answer from us.
TEST(LinkProof, is_not_given_to_a_peer_that_sends_our_own_challenge_back) {
  constexpr auto challenge = Code::configure_request, response = Code::configure_ack;  // 1 and 2 in CHAP too
  Caller caller({AuthMethod::chap_md5}, {AuthMethod::chap_md5});
  caller.is_asked(option_of(AuthMethod::chap_md5));
  ASSERT_EQ(caller.chap.size(), 1u);
  auto const ours = *parse_packet(caller.chap[0]);
  ASSERT_EQ(static_cast<Code>(ours.code), challenge);
  Buffer theirs(ours.data.begin(), ours.data.end());
  caller.hears(protocol::chap, challenge, theirs);
  EXPECT_EQ(caller.chap.size(), 1u);
  theirs[1] ^= std::byte{1};
  caller.hears(protocol::chap, challenge, theirs);
  ASSERT_EQ(caller.chap.size(), 2u);
  EXPECT_EQ(static_cast<Code>(parse_packet(caller.chap[1])->code), response);
}

TEST(LinkProof, that_two_ends_do_not_agree_on_is_told_by_both) {
  LinkConfig server, client;
  server.lcp.demand = {AuthMethod::chap_md5};
  client.lcp.prove = {AuthMethod::pap};
  client.credentials = Credentials{"user", "pass"};
  LinkPair pair(client, server);
  pair.start();
  pair.run(60s);
  ASSERT_TRUE(pair.over());
  EXPECT_EQ(pair.b().ended->error, ras::peer_refused_authentication);
  EXPECT_EQ(pair.a().ended->error, ras::lcp_terminated);
  EXPECT_THAT(pair.a().ended->text, HasSubstr("demands proof of identity by CHAP"));
}

}  // namespace
}  // namespace offhook::ppp
