// Further articles of the Knowledge Base, one test each, with real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "tests/e2e/ras_lease.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

constexpr char echo_service[] =
    "[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"echo welcome; exec cat\"]\nterminal = \"raw\"\n";

std::string answering(std::string const& name, std::string const& path, std::string const& more = {}) {
  return "[[port]]\nname = \"" + name + "\"\npath = \"" + path + "\"\nservice = \"echo\"\n" + more;
}

TEST(RasArticles, q200840_a_port_without_a_call_never_says_connected) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(echo_service + answering("line", bank.port(0)));
  ASSERT_TRUE(rasd.up());
  EXPECT_NE(rasd.port("line").state, "connected");
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  EXPECT_EQ(rasd.port("line").line, "listening");
  auto const connections = rasd.ask("connections");
  ASSERT_TRUE(connections);
  EXPECT_EQ(*connections, "{\"connections\":[]}");
  PortFile caller(bank.port(2));
  ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
  EXPECT_EQ(rasd.port("line").state, "connected");
  caller.close();
  ASSERT_TRUE(rasd.reaches("line", "listening"));
}

TEST(RasArticles, q147717_one_port_is_disabled_and_the_call_on_another_goes_on) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(echo_service + answering("one", bank.port(0)) + answering("two", bank.port(1)));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("one", "listening"));
  ASSERT_TRUE(rasd.reaches("two", "listening"));
  PortFile caller(bank.port(2));
  ASSERT_TRUE(dials(caller, bank.number(1), "welcome\n"));
  ASSERT_TRUE(rasd.ask("disable", {{"port", "one"}}));
  ASSERT_TRUE(rasd.reaches("one", "disabled"));
  EXPECT_TRUE(caller.type("goes on"));
  EXPECT_TRUE(caller.expect("goes on"));
  {
    PortFile own(bank.port(0));  // a disabled port is everybody's
    EXPECT_TRUE(own.command("AT"));
  }
  ASSERT_TRUE(rasd.ask("enable", {{"port", "one"}}));
  ASSERT_TRUE(rasd.reaches("one", "listening"));
  PortFile other(bank.port(3));
  EXPECT_TRUE(dials(other, bank.number(0), "welcome\n"));
  EXPECT_EQ(rasd.port("two").calls, 1);
  EXPECT_EQ(rasd.port("two").state, "connected");
}

TEST(RasArticles, q138226_new_ports_appear_and_others_go_without_a_restart) {
  BankProcess bank(Argv{"--mode", "0666", "--modems", "6"});
  ASSERT_TRUE(bank.up());
  std::string const one = answering("one", bank.port(0)), two = answering("two", bank.port(1)),
                    three = answering("three", bank.port(2)), four = answering("four", bank.port(3));
  RasdProcess rasd(echo_service + one + two + three);
  ASSERT_TRUE(rasd.up());
  for (char const* each : {"one", "two", "three"}) ASSERT_TRUE(rasd.reaches(each, "listening"));
  Observer observer(rasd);
  PortFile first(bank.port(4)), second(bank.port(5));
  ASSERT_TRUE(dials(first, bank.number(0), "welcome\n"));
  ASSERT_TRUE(dials(second, bank.number(1), "welcome\n"));
  // One stays as it is, two goes, three is disabled, four is new.
  rasd.configure(echo_service + one + three + "enabled = false\n" + four);
  rasd.process().signal(SIGHUP);
  EXPECT_TRUE(rasd.reaches("four", "listening"));
  EXPECT_TRUE(rasd.reaches("three", "disabled"));
  EXPECT_EQ(rasd.port("two").state, "connected");  // drains
  for (PortFile* caller : {&first, &second}) {
    EXPECT_TRUE(caller->type("goes on"));
    EXPECT_TRUE(caller->expect("goes on"));
  }
  second.close();
  EXPECT_TRUE(eventually([&] { return rasd.port("two").name.empty(); }));
  EXPECT_EQ(rasd.port("one").state, "connected");
  EXPECT_EQ(rasd.port("one").calls, 1);
  EXPECT_TRUE(observer.agrees());
  // A mistake changes nothing.
  rasd.configure(echo_service + answering("one", bank.port(0), "rings = 0\n"));
  rasd.process().signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return rasd.log().find("nothing is changed") != std::string::npos; }));
  EXPECT_EQ(rasd.ports().size(), 3u);
  EXPECT_EQ(rasd.port("one").state, "connected");
}

TEST(RasArticles, q101878_a_carrier_that_fell_ends_the_call_whatever_the_service_does) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(
      "[service.echo]\ncommand = [\"/bin/sh\", \"-c\", \"trap : HUP TERM; echo welcome; while :; do sleep 1; "
      "done\"]\nterminal = \"raw\"\n" +
      answering("line", bank.port(0)));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  PortFile caller(bank.port(2));
  ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
  ASSERT_EQ(bank.vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_TRUE(rasd.reaches("line", "listening"));
  EXPECT_EQ(rasd.port("line").last_end, "lost_carrier");
  PortFile next(bank.port(3));
  EXPECT_TRUE(dials(next, bank.number(0), "welcome\n"));
}

TEST(RasArticles, q102068_the_rate_shown_of_a_call_is_the_lines_and_not_the_ports) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  ASSERT_EQ(bank.vmodem({"line", "ttyVM0", "rate=14400"}).status, 0);
  RasdProcess rasd(echo_service + answering("line", bank.port(0)));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  PortFile caller(bank.port(2));
  ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
  EXPECT_EQ(rasd.port("line").line_rate, 14400);
  EXPECT_EQ(rasd.port("line").dte_rate, 115200);
}

TEST(RasArticles, q168348_q197517_q136858_no_descriptor_is_lost_however_many_calls_there_are) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd("[service.echo]\ncommand = [\"/bin/echo\", \"welcome\"]\nterminal = \"raw\"\n" +
                   answering("line", bank.port(0)));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  PortFile caller(bank.port(2));
  int const calls = turns(60, 3000), warm_up = 20;
  Held rasd_before, bank_before;
  for (int call = 0; call < warm_up + calls; ++call) {
    SCOPED_TRACE(call);
    if (call == warm_up) rasd_before = held(rasd.process().pid()), bank_before = held(bank.process().pid());
    ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
    ASSERT_TRUE(caller.expect("NO CARRIER\r\n"));
    ASSERT_TRUE(rasd.reaches("line", "listening"));
  }
  EXPECT_EQ(rasd.port("line").calls, warm_up + calls);
  EXPECT_TRUE(holds_as_before(rasd.process().pid(), rasd_before));
  EXPECT_TRUE(holds_as_before(bank.process().pid(), bank_before));
}

}  // namespace
}  // namespace offhook::e2e
