// Why a link ended, by RAS's number, where a peer does what no link of ours would.
#include <gtest/gtest.h>

#include "rasd/ppp/errors.h"
#include "rasd/ppp/link_by_hand.h"

namespace offhook::ppp {
namespace {

TEST(LinkEnds, a_peer_that_was_heard_and_says_no_more_is_718) {
  Caller caller({}, {}, {.answers = false});
  caller.is_asked(std::nullopt);
  EXPECT_EQ(caller.answers.back(), Code::configure_ack);
  caller.waits();
  ASSERT_TRUE(caller.ended);
  EXPECT_EQ(caller.ended->error, ras::timed_out);
}

TEST(LinkEnds, a_peer_that_was_never_heard_is_721) {
  Caller caller({}, {}, {.answers = false});
  caller.waits();
  ASSERT_TRUE(caller.ended);
  EXPECT_EQ(caller.ended->error, ras::no_response);
}

TEST(LinkEnds, a_peer_that_always_wants_something_else_is_732) {
  Caller caller({}, {}, {.nak = make_options({{1, bytes_of({5, 0})}})});
  caller.waits();
  ASSERT_TRUE(caller.ended);
  EXPECT_EQ(caller.ended->error, ras::not_converging);
}

TEST(LinkEnds, a_peer_that_would_rather_prove_itself_as_we_do_not_wish_is_919) {
  Caller caller({}, {AuthMethod::chap_md5}, {.nak = make_options({{3, option_of(AuthMethod::pap)}})});
  caller.waits();
  ASSERT_TRUE(caller.ended);
  EXPECT_EQ(caller.ended->error, ras::peer_refused_authentication);
}

TEST(LinkEnds, a_peer_that_agrees_to_no_address_at_all_is_738) {
  Caller caller({}, {}, {.has_ipv4 = true});
  caller.is_asked(std::nullopt);
  caller.hears(protocol::ipcp, Code::configure_request, make_options({{3, bytes_of({10, 0, 0, 1})}}));
  caller.waits();
  ASSERT_TRUE(caller.ended);
  EXPECT_EQ(caller.ended->error, ras::no_address);
}

TEST(LinkEnds, a_peer_that_asked_for_encryption_goes_for_that_unless_it_says_otherwise) {
  struct Row {
    char const* reason;
    unsigned error;
  };
  constexpr Row rows[] = {{"", ras::encryption_required},
                          {"MPPE required but peer negotiation failed", ras::encryption_required},
                          {"No encryption, no service", ras::encryption_required},
                          {"The remote computer does not answer", ras::ended_by_peer}};
  for (auto const& [reason, error] : rows) {
    Caller caller({}, {}, {.has_ipv4 = true});
    caller.is_asked(std::nullopt);
    caller.hears(protocol::ccp, Code::configure_request, make_options({{18, bytes_of({0, 0, 0, 0x40})}}));
    caller.is_left(reason);
    ASSERT_TRUE(caller.ended) << reason;
    EXPECT_EQ(caller.ended->error, error) << reason << " " << caller.ended->text;
  }
}

}  // namespace
}  // namespace offhook::ppp
