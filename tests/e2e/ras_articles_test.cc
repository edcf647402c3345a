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

int times_said(std::string const& log, std::string const& words) {
  int times = 0;
  for (size_t at = 0; (at = log.find(words, at)) != log.npos; at += words.size()) ++times;
  return times;
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

TEST(RasArticles, q147717_a_port_disabled_by_hand_stays_so_through_a_reload_until_the_file_says_otherwise) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  std::string const two = answering("two", bank.port(1));
  RasdProcess rasd(echo_service + answering("one", bank.port(0)) + two);
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("one", "listening"));
  ASSERT_TRUE(rasd.ask("disable", {{"port", "one"}}));
  ASSERT_TRUE(rasd.reaches("one", "disabled"));
  int reloads = 0;
  auto const reload = [&](std::string const& more) {
    rasd.configure(echo_service + answering("one", bank.port(0), more) + two);
    rasd.process().signal(SIGHUP);
    ++reloads;
    EXPECT_TRUE(eventually([&] { return times_said(rasd.log(), " again") >= reloads; })) << rasd.log();
  };
  reload("");
  reload("rings = 2\n");  // the port is made anew, and disabled all the same
  ASSERT_TRUE(rasd.reaches("one", "disabled"));
  EXPECT_THAT(rasd.log(), HasSubstr("one stays disabled by hand"));
  reload("enabled = false\n");
  reload("enabled = true\n");  // the file has changed its mind: its word counts
  EXPECT_TRUE(rasd.reaches("one", "listening"));
  EXPECT_EQ(rasd.port("two").state, "listening");
}

TEST(RasArticles, q126437_event_20064_a_port_that_only_listens_is_lent_and_answers_again) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(echo_service + answering("line", bank.port(0), "use = \"both\"\n"));
  ASSERT_TRUE(rasd.up());
  TemporaryFolder folder;
  for (int round = 0; round < turns(5, 200); ++round) {
    SCOPED_TRACE(round);
    ASSERT_TRUE(rasd.reaches("line", "listening"));
    Outcome const dialled = run({RASDIAL_PROGRAM, "--number", "5550000", "--dir", rasd.dir()});
    ASSERT_EQ(dialled.status, 0) << dialled.out << dialled.err;
    EXPECT_EQ(rasd.port("line").state, "leased");
    PortFile early(bank.port(2));
    ASSERT_TRUE(early.type("ATDT" + bank.number(0) + "\r"));
    EXPECT_TRUE(early.expect("BUSY"));
    early.close();
    Outcome const ended = run({RASDIAL_PROGRAM, "/DISCONNECT", "--dir", rasd.dir()});
    ASSERT_EQ(ended.status, 0) << ended.out << ended.err;
    EXPECT_EQ(rasd.port("line").state, "listening");  // it returns no sooner
    PortFile caller(bank.port(2));
    ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
  }
}

TEST(RasArticles,
     q196077_q168348_q197517_dials_that_fail_and_dials_that_do_not_leak_neither_port_nor_descriptor) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(echo_service + answering("line", bank.port(0)));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  struct {
    char const *number, *error;
  } const dials_of[] = {{"5550001", "676"}, {"5550007", "67"}, {"5550000", ""}};
  Held before;
  for (int round = 0; round < 3 + turns(6, 300); ++round) {
    SCOPED_TRACE(round);
    if (round == 3) before = held(rasd.process().pid());
    auto const& each = dials_of[round % 3];
    Outcome const dialled = run({RASDIAL_PROGRAM, "--number", each.number, "--dir", rasd.dir()});
    EXPECT_EQ(dialled.status, *each.error != 0 ? 1 : 0) << dialled.out << dialled.err;
    EXPECT_THAT(dialled.out + dialled.err, HasSubstr(each.error));
    if (*each.error == 0) {
      EXPECT_EQ(run({RASDIAL_PROGRAM, "/DISCONNECT", "--dir", rasd.dir()}).status, 0);
    }
    ASSERT_TRUE(rasd.reaches("line", "listening"));
  }
  EXPECT_TRUE(holds_as_before(rasd.process().pid(), before));
}

TEST(RasArticles, q170134_an_entry_whose_name_has_spaces_is_found_and_dialled) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(echo_service + answering("line", bank.port(0)));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  TemporaryFolder folder;
  write_file(folder / "rasphone.pbk",
             "[Head Office, 2nd "
             "floor]\nMEDIA=serial\nPort=line\nDevice=modem\n\nDEVICE=modem\nPhoneNumber=5550000\n");
  write_file(folder / "home.toml", "[[entry]]\nname = \"Head Office, 2nd floor\"\nnumbers = [\"5550000\"]\n");
  for (char const* book : {"rasphone.pbk", "home.toml"}) {
    SCOPED_TRACE(book);
    Argv const dial{RASDIAL_PROGRAM, "Head Office, 2nd floor", "--phonebook", folder / book, "--dir",
                    rasd.dir()};
    Outcome const dialled = run(dial);
    EXPECT_EQ(dialled.status, 0) << dialled.out << dialled.err;
    auto const connections = rasd.ask("connections");
    ASSERT_TRUE(connections);
    EXPECT_THAT(*connections, HasSubstr("\"entry\":\"Head Office, 2nd floor\""));
    Outcome const ended =
        run({RASDIAL_PROGRAM, "Head Office, 2nd floor", "/DISCONNECT", "--dir", rasd.dir()});
    EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
    ASSERT_TRUE(rasd.reaches("line", "listening"));
  }
}

TEST(RasArticles, q170825_the_modem_is_told_not_to_answer_and_its_rings_are_answered_by_rasd) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  {
    PortFile before(bank.port(0));  // somebody left the modem answering by itself, for good
    ASSERT_TRUE(before.command("ATS0=1&W"));
  }
  RasdProcess rasd(echo_service + answering("line", bank.port(0), "rings = 2\n"));
  ASSERT_TRUE(rasd.up());
  ASSERT_TRUE(rasd.reaches("line", "listening"));
  Observer observer(rasd);
  PortFile caller(bank.port(2));
  ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
  EXPECT_THAT(observer.states("line"), testing::ElementsAre("ringing", "answering", "connected"));
  EXPECT_EQ(rasd.port("line").calls, 1);
}

TEST(RasArticles, q222053_a_call_in_which_nothing_is_said_ends_and_the_port_answers_the_next) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RasdProcess rasd(echo_service + answering("line", bank.port(0), "idle_limit = \"2s\"\n"));
  ASSERT_TRUE(rasd.up());
  for (int round = 0; round < turns(2, 20); ++round) {
    ASSERT_TRUE(rasd.reaches("line", "listening"));
    PortFile caller(bank.port(2));
    ASSERT_TRUE(dials(caller, bank.number(0), "welcome\n"));
    EXPECT_TRUE(caller.expect("NO CARRIER"));
    ASSERT_TRUE(rasd.reaches("line", "listening"));
    EXPECT_EQ(rasd.port("line").last_end, "idle_timeout");
  }
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
  EXPECT_EQ(times_said(rasd.log(), "circuits by the side channel"), 1);  // of so many opens
}

}  // namespace
}  // namespace offhook::e2e
