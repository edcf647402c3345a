// A peer that demands a proof of identity that this end does not give, and how its end is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rasd/ppp/errors.h"
#include "rasd/ppp/link.h"
#include "rasd/ppp/link_pair.h"

namespace offhook::ppp {
namespace {

using testing::HasSubstr;

/// A caller, and by hand a peer that agrees to whatever the caller asks for.
class Caller {
 public:
  explicit Caller(std::vector<AuthMethod> prove) : link_(config(std::move(prove)), seed_of(1)) {
    link_.on_line_up(now_);
    drain();
  }
  void hears(uint16_t protocol, Code code, Buffer const& data) {
    Buffer bytes(encoded_limit(data.size() + 4));
    bytes.resize(encode({}, protocol, make_packet(code, ++id_, data), bytes));
    link_.on_line_bytes(now_, bytes);
    drain();
  }
  /// A Configure-Request with this demand, or with none.
  void is_asked(std::optional<Buffer> const& demand) {
    hears(protocol::lcp, Code::configure_request, demand ? make_options({{3, *demand}}) : Buffer{});
  }
  void is_left(std::string_view reason) {
    Buffer text;
    put(text, as_bytes(reason));
    hears(protocol::lcp, Code::terminate_request, text);
    link_.on_line_down(now_);
    drain();
  }
  std::vector<Code> answers;  // to what was asked
  std::optional<Ended> ended;

 private:
  static LinkConfig config(std::vector<AuthMethod> prove) {
    LinkConfig made;
    made.lcp.prove = std::move(prove);
    made.credentials = Credentials{"user", "pass"};
    return made;
  }
  void drain() {
    while (auto action = link_.poll_action()) {
      if (auto const* over = std::get_if<Ended>(&*action)) ended = *over;
      if (auto const* line = std::get_if<ToLine>(&*action)) heard(line->bytes);
    }
  }
  void heard(Bytes bytes) {
    auto const got = decoder_.receive(bytes);
    auto const packet = got.frame ? parse_packet(got.frame->payload) : std::nullopt;
    if (!packet || got.frame->protocol != protocol::lcp) return;
    if (static_cast<Code>(packet->code) != Code::configure_request)
      return answers.push_back(static_cast<Code>(packet->code));
    Buffer ack(encoded_limit(packet->data.size() + 4));
    ack.resize(encode({}, protocol::lcp, make_packet(Code::configure_ack, packet->id, packet->data), ack));
    link_.on_line_bytes(now_, ack);
  }

  Link link_;
  Decoder decoder_{1500};
  Instant now_{};
  uint8_t id_ = 0;
};

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
