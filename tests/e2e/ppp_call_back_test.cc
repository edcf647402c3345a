// rasdial is called back: it calls rasd by one modem, rasd calls it by another, and PPP begins anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/ppp_dial.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

/// Port 0 is called by port 2, whose number is called back by port 3.
class CallBack : public PppDial {
 protected:
  static std::string home() { return BankProcess::number(2); }
  std::string users() const {
    return "[user.anna]\ncallback = \"caller\"\n[user.bob]\ncallback = \"" + home() + "\"\n";
  }
  void is_called_back(Wish const& wish, std::string const& where);
};

void CallBack::is_called_back(Wish const& wish, std::string const& where) {
  OFFHOOK_BEGIN(2, users());
  Server server;
  auto const body = random_bytes(200'000, 3);
  auto served = serves(server, body);
  Outcome const outcome =
      run(call(0, "curl -sS --noproxy '*' --max-time 100 -o page " + page(server) + "; exit 7", wish),
          long_enough, spawn());
  if (outcome.status != 7) close(Peer::connect_to(server.port()));  // so that nobody waits for a caller
  EXPECT_TRUE(served.get());
  EXPECT_EQ(outcome.status, 7) << outcome.err << rasd->log();
  EXPECT_TRUE(read_file(folder / "page") == body);
  EXPECT_THAT(outcome.err, HasSubstr("The far end will call back" + where + ": hanging up ...\n"));
  EXPECT_THAT(outcome.err, HasSubstr("\nIt rings: answering ...\nCalled back"));
  EXPECT_THAT(outcome.err, HasSubstr("\nConnected to " + BankProcess::number(0)));
  EXPECT_THAT(rasd->log(), HasSubstr("will be called back at " + home()));
  EXPECT_TRUE(all_listen());
  EXPECT_TRUE(all_are_gone());
}

TEST_F(CallBack, at_the_number_that_the_caller_names_carries_traffic) {
  is_called_back({.options = {"/CALLBACK:" + home()}}, " at " + home());
}

TEST_F(CallBack, at_the_number_of_the_account_carries_traffic) {
  is_called_back({"bob", "rose", {"--callback", "5550199"}}, ", at the number that it has for this user");
}

TEST_F(CallBack, that_the_account_demands_and_nobody_asks_for_is_an_error_that_says_so) {
  OFFHOOK_BEGIN(2, users());
  Outcome const outcome = run(call(0, "echo in", {"bob", "rose"}), long_enough, spawn());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("did not agree on a number to call back"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("in\n")));
  EXPECT_TRUE(all_listen());
}

TEST_F(CallBack, that_an_account_does_not_have_leaves_the_call_as_it_is) {
  OFFHOOK_BEGIN(2, "");
  Outcome const outcome = run(call(0, "exit 7", {.options = {"--callback", home()}}), long_enough, spawn());
  EXPECT_EQ(outcome.status, 7) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("The far end does not call back: this call stands.\n"));
  EXPECT_TRUE(all_listen());
}

TEST_F(CallBack, that_goes_elsewhere_is_waited_for_until_the_user_has_enough_of_it) {
  OFFHOOK_BEGIN(2, users());
  Dialling dialling = dials(0, "echo in", {.options = {"--callback", "5550001"}});  // a busy number
  ASSERT_TRUE(eventually(
      [&] { return dialling.complained().find("Waiting to be called back ...") != std::string::npos; },
      long_enough))
      << dialling.complained();
  EXPECT_EQ(rasd->port(BankProcess::name(2)).state, "leased");
  dialling.process.signal(SIGINT);
  EXPECT_EQ(dialling.process.wait(long_enough), 1);
  EXPECT_THAT(dialling.complained(), HasSubstr("Error 631: Cancelled. " + BankProcess::name(2) + " is free"));
  EXPECT_TRUE(
      eventually([&] { return rasd->log().find("called back again in") != std::string::npos; }, long_enough))
      << rasd->log();
  EXPECT_TRUE(all_are_gone());
}

}  // namespace
}  // namespace offhook::e2e
