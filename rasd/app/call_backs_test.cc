// Callers who are called back: they hang up, rasd dials, and they prove themselves again.
#include "rasd/app/call_backs.h"

#include <gmock/gmock.h>

#include "rasd/app/ppp_fixture.h"
#include "rasd/app/report.h"

namespace offhook::rasd {
namespace {

using port::State;
using port::Why;
using testing::HasSubstr;

class CallBack : public PppServiceTest {
 protected:
  std::string user(std::string const& callback) const {
    return "[user.anna]\ncallback = '" + callback + "'\n" + ppp_keys();
  }
  /// The first call, until both ends have let it go.
  void asks_for_it(std::string const& number) {
    Caller peer;
    Program caller = connects();
    speak(peer, caller, "anna", "tulip", ppp::CallbackWish{.number = number});
    ASSERT_TRUE(until([&] { return peer.ended.has_value(); }));
    EXPECT_EQ(peer.ended->error, 0u) << peer.ended->text;
    EXPECT_FALSE(peer.up);
    peer.link.reset();
    EXPECT_EQ(call_ends(), Why::callback);
  }
  /// Port 0's modem answers by itself.
  Program is_called() {
    Program called = open(0);
    called.type("ATS0=1\r");
    EXPECT_TRUE(reads(called, "CONNECT 115200\r\n"));
    called.seen.erase(0, called.seen.find("CONNECT 115200\r\n") + 16);
    return called;
  }
};

TEST_F(CallBack, at_a_preset_number_whatever_number_the_caller_names) {
  serve(user("5550100"));
  asks_for_it("5550199");
  Program called = is_called();
  EXPECT_EQ(state(1), State::leased);
  Caller peer;
  speak(peer, called, "anna", "tulip", ppp::CallbackWish{});  // and is not called back for ever
  ASSERT_TRUE(comes_up(peer));
  EXPECT_EQ(peer.up->own, ppp::ipv4(10, 9, 0, 2));
  ASSERT_TRUE(until([&] { return connections_json(*manager).find("\"address\"") != std::string::npos; }));
  for (char const* each : {R"("number":"5550100")", R"("address":"10.9.0.2")", "calls anna back"})
    EXPECT_THAT(connections_json(*manager), HasSubstr(each));
  peer.link->close("enough");
  EXPECT_TRUE(listens(1));
  EXPECT_TRUE(manager->leases().empty());
}

TEST_F(CallBack, at_the_callers_own_number_until_its_carrier_is_lost) {
  serve(user("caller"));
  asks_for_it("5550100");
  Program called = is_called();
  Caller peer;
  speak(peer, called, "anna", "tulip");
  ASSERT_TRUE(comes_up(peer));
  ASSERT_TRUE(bank->drop(0, {}));
  EXPECT_TRUE(listens(1));
  EXPECT_TRUE(manager->leases().empty());
}

TEST_F(CallBack, is_nobody_elses_call) {
  serve(user("caller"));
  asks_for_it("5550100");
  Program called = is_called();
  Caller bob;
  speak(bob, called, "bob", "rose");
  ASSERT_TRUE(until([&] { return bob.ended.has_value(); }));
  ASSERT_EQ(bob.told.size(), 1u);
  EXPECT_EQ(bob.told[0].error, 691u);
  EXPECT_TRUE(listens(1));
}

TEST_F(CallBack, that_an_account_must_have_lets_nobody_in_without) {
  serve(user("5550100"));
  Caller peer;
  call(peer, "anna", "tulip");
  ASSERT_TRUE(until([&] { return peer.ended.has_value(); }));
  EXPECT_FALSE(peer.up);
  EXPECT_EQ(call_ends(), Why::user_error);
}

TEST_F(CallBack, that_an_account_must_have_lets_nobody_in_where_no_port_can_dial) {
  run(user("5550100") + port(1, "service = 's'\nuse = 'dial-in'"));
  ASSERT_TRUE(listens(1));
  Caller peer;
  Program caller = connects();
  speak(peer, caller, "anna", "tulip", ppp::CallbackWish{});
  ASSERT_TRUE(until([&] { return peer.ended.has_value(); }));
  EXPECT_FALSE(peer.up);
}

TEST_F(CallBack, is_not_for_accounts_that_have_none_nor_where_no_port_can_dial) {
  run(user("caller") + port(1, "service = 's'\nuse = 'dial-in'"));
  ASSERT_TRUE(listens(1));
  for (auto const& [name, password] : {std::pair("anna", "tulip"), std::pair("bob", "rose")}) {
    Caller peer;
    Program caller = connects();
    speak(peer, caller, name, password, ppp::CallbackWish{.number = "5550100"});
    EXPECT_TRUE(comes_up(peer)) << name;
    peer.link->close("enough");
    ASSERT_TRUE(until([&] { return peer.ended.has_value(); }));
    peer.link.reset();
    ASSERT_TRUE(until([&] { return state(1) != State::connected; }));
    ASSERT_TRUE(listens(1));
  }
}

}  // namespace
}  // namespace offhook::rasd
