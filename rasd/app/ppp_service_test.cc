// PPP with callers, over a bank: the other end is the same driver of links, as rasdial has it.
#include "rasd/app/ppp_service.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "rasd/app/ppp_fixture.h"
#include "rasd/app/report.h"

namespace offhook::rasd {
namespace {

using port::State;
using port::Why;
using ppp::ipv4;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// What rasd logs while it lives.
class Log {
 public:
  Log() : before_(spdlog::default_logger()) {
    auto logger =
        std::make_shared<spdlog::logger>("t", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_level(spdlog::level::trace);
    spdlog::set_default_logger(logger);
  }
  ~Log() { spdlog::set_default_logger(before_); }
  Log(Log const&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(PppServiceTest, a_caller_proves_who_he_is_and_gets_an_address_until_he_hangs_up) {
  serve(ppp_keys());
  Caller peer;
  call(peer, "anna", "tulip");
  ASSERT_TRUE(comes_up(peer));
  EXPECT_EQ(peer.up->own, ipv4(10, 9, 0, 2));
  EXPECT_EQ(peer.up->peer, ipv4(10, 9, 0, 1));
  EXPECT_EQ(peer.up->dns[0], ipv4(10, 9, 0, 53));
  ASSERT_TRUE(until([&] { return driver(1).machine().shown().user == "anna"; }));
  EXPECT_TRUE(was(1, State::authenticating));
  EXPECT_TRUE(comes_to(1, State::connected));
  std::string const json = connections_json(*manager);
  for (char const* each : {R"("user":"anna")", R"("address":"10.9.0.2")", R"("dns":"10.9.0.53")",
                           R"("protocol":"ppp")", R"("phase":"Network")", R"("duration_s")"})
    EXPECT_THAT(json, HasSubstr(each));
  auto const said = driver(1).say("hello");
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().message, "the caller of port P1 speaks PPP: there is nobody to read a text");
  peer.link->close("enough");
  EXPECT_EQ(call_ends(), Why::user_request);
  EXPECT_TRUE(listens(1));
}

TEST_F(PppServiceTest, who_looks_at_a_port_sees_the_frames_of_every_call_until_he_looks_away) {
  serve(ppp_keys());
  std::vector<bool> links;
  size_t received = 0, sent = 0;
  auto& taps = manager->taps();
  uint64_t const tap = taps.add("P1", {[&](ppp::Passed const& passed) {
                                         ++(passed.direction == ppp::Direction::sent ? sent : received);
                                       },
                                       [&](bool begun) { links.push_back(begun); }});
  taps.add("P2", {[](ppp::Passed const&) { FAIL() << "P2 has no call"; }, [](bool) {}});
  for (int i = 0; i < 2; ++i) {
    Caller peer;
    call(peer, "anna", "tulip");
    ASSERT_TRUE(comes_up(peer)) << i;
    EXPECT_GT(std::exchange(received, 0), 4u);  // two of LCP, one of CHAP, two of IPCP
    EXPECT_GT(std::exchange(sent, 0), 4u);
    if (i == 1) {  // from within what is told of a frame, too
      taps.add("P1", {[&](ppp::Passed const&) { taps.remove(tap); }, [](bool) {}});
    }
    peer.link->close("enough");
    EXPECT_EQ(call_ends(), Why::user_request);
    ASSERT_TRUE(listens(1));
  }
  EXPECT_THAT(links, ElementsAre(true, false, true));
  EXPECT_LE(received, 1u);
}

TEST_F(PppServiceTest, the_log_of_the_curious_has_what_both_ends_said_and_no_secret) {
  Log const log;
  serve(ppp_keys());
  Caller peer;
  call(peer, "anna", "tulip");
  ASSERT_TRUE(comes_up(peer));
  for (char const* said :
       {"port P1: PPP sent LCP Configure-Request 1: ACCM 0x00000000, Authentication MS-CHAP-V2, Magic-Number "
        "0x",
        "port P1: PPP received LCP Configure-Ack 1: ACCM 0x00000000, Authentication MS-CHAP-V2, Magic-Number "
        "0x",
        "port P1: PPP received CHAP Response ",
        "port P1: PPP sent IPCP Configure-Nak 2: IP-Address 10.9.0.2, Primary-DNS 10.9.0.53\n"})
    EXPECT_THAT(log.text(), HasSubstr(said));
  EXPECT_THAT(log.text(), Not(HasSubstr("tulip")));
}

TEST_F(PppServiceTest, a_lost_carrier_ends_the_call_and_gives_back_the_address_and_the_right_to_call) {
  serve("[user.anna]\ncalls = 1\n" + ppp_keys());
  for (int i = 0; i < 2; ++i) {  // there is one address
    Caller peer;
    call(peer, "anna", "tulip");
    ASSERT_TRUE(comes_up(peer)) << i;
    ASSERT_TRUE(bank->drop(0, {}));
    EXPECT_EQ(call_ends(), Why::lost_carrier);
    peer.link.reset();
    seen = entries.size();
    ASSERT_TRUE(listens(1));
  }
}

TEST_F(PppServiceTest, a_wrong_password_is_told_late_and_ends_the_call_as_the_users_error) {
  Log const log;
  serve(ppp_keys());
  Caller peer;
  call(peer, "anna", "Sesame");
  ASSERT_TRUE(until([&] { return peer.ended.has_value(); }));
  ASSERT_EQ(peer.told.size(), 1u);
  EXPECT_EQ(peer.told[0].error, 691u);
  EXPECT_EQ(call_ends(), Why::user_error);
  EXPECT_TRUE(listens(1));
  EXPECT_THAT(log.text(), HasSubstr("port P1: user 'anna' is refused by MS-CHAP-V2, error 691"));
  EXPECT_THAT(log.text(), Not(HasSubstr("Sesame")));
  EXPECT_THAT(log.text(), Not(HasSubstr("tulip")));
}

TEST_F(PppServiceTest, an_account_may_be_shut_and_an_address_be_somebodys_own) {
  serve("[user.anna]\ndisabled = true\n" + ppp_keys());
  Caller anna;
  call(anna, "anna", "tulip");
  ASSERT_TRUE(until([&] { return anna.ended.has_value(); }));
  ASSERT_EQ(anna.told.size(), 1u);
  EXPECT_EQ(anna.told[0].error, 647u);
  anna.link.reset();
  ASSERT_TRUE(listens(1));
  Caller bob;
  call(bob, "OFFICE\\bob", "rose");
  ASSERT_TRUE(comes_up(bob));
  EXPECT_EQ(bob.up->own, ipv4(10, 9, 0, 77));
}

TEST_F(PppServiceTest, an_idle_call_is_ended_and_one_hung_up_by_the_administrator_is_told_so) {
  serve(ppp_keys("idle = '200ms'\necho = '50ms'"));  // LCP's echo is no traffic
  Caller idle;
  call(idle, "anna", "tulip");
  EXPECT_EQ(call_ends(), Why::idle_timeout);
  ASSERT_TRUE(until([&] { return idle.ended.has_value(); }));
  EXPECT_THAT(idle.ended->text, HasSubstr("The call was idle for too long"));
  idle.link.reset();
  seen = entries.size();
  manager->reload(parsed(ppp_keys() + port(1, "service = 's'")));
  ASSERT_TRUE(until([&] { return was(1, State::disabled, seen) && state(1) == State::listening; }));
  Caller peer;
  call(peer, "anna", "tulip");
  ASSERT_TRUE(comes_up(peer));
  driver(1).tell(port::HangUp{});
  EXPECT_EQ(call_ends(), Why::admin_reset);
  ASSERT_TRUE(until([&] { return peer.ended.has_value(); }));
  EXPECT_TRUE(peer.ended->by_peer);
}

TEST_F(PppServiceTest, a_caller_who_answers_no_more_has_lost_his_carrier_whatever_the_modem_says) {
  serve(ppp_keys("echo = '50ms'"));
  Program caller = connects();
  io::Fd const held(::fcntl(caller.fd.get(), F_DUPFD_CLOEXEC, 0));
  Caller peer;
  speak(peer, caller, "anna", "tulip");
  ASSERT_TRUE(comes_up(peer));
  peer.link.reset();
  EXPECT_EQ(call_ends(), Why::lost_carrier);
}

// LCP asks for an end twice in 6 s; the port's own limit is 5 s, and then the service is killed.
TEST_F(PppServiceTest, no_good_bye_is_waited_for_once_the_carrier_is_gone) {
  Log const log;
  serve(ppp_keys());
  for (bool const asked_first : {true, false}) {
    SCOPED_TRACE(asked_first);
    Program caller = connects();
    io::Fd const held(::fcntl(caller.fd.get(), F_DUPFD_CLOEXEC, 0));
    Caller peer;
    speak(peer, caller, "anna", "tulip");
    ASSERT_TRUE(comes_up(peer));
    peer.link.reset();  // his program is there no more; his modem is
    if (asked_first) {
      driver(1).tell(port::HangUp{});
      EXPECT_EQ(state(1), State::hanging_up);
      ASSERT_TRUE(bank->drop(0, {}));
    } else {
      driver(1).tell(port::Sampled{0, port::Level::off});
      EXPECT_EQ(state(1), State::hanging_up);
    }
    ASSERT_TRUE(until([&] { return state(1) != State::hanging_up; }));
    ASSERT_TRUE(listens(1));
  }
  EXPECT_THAT(log.text(), HasSubstr("{hanging_up} service_ended -> recovering (stop_limit cancelled"));
  EXPECT_THAT(log.text(), Not(HasSubstr("kill_limit")));
}

TEST_F(PppServiceTest, an_address_in_use_is_not_given_again_by_the_service_that_a_reload_made) {
  auto const both = [&](std::string const& more) {
    return ppp_keys(more) + port(1, "service = 's'") + port(2, "service = 's'");
  };
  run(both(""));
  ASSERT_TRUE(listens(1) && listens(2));
  Caller peer;
  call(peer, "anna", "tulip");
  ASSERT_TRUE(comes_up(peer));
  for (bool gone_between : {false, true}) {
    if (gone_between) manager->reload(parsed(""));
    manager->reload(parsed(both(gone_between ? "mtu = 1300" : "mtu = 1400")));
    PppAccess const& access = *manager->accesses().at("s");
    EXPECT_EQ(access.pool()->leased(), 1u) << gone_between;
    EXPECT_EQ(access.pool()->free(), 0u) << gone_between;
  }
  peer.link->close("enough");
  EXPECT_EQ(call_ends(), Why::user_request);
  EXPECT_TRUE(until([&] { return manager->accesses().at("s")->pool()->free() == 1; }));
}

TEST_F(PppServiceTest, beside_a_program_the_first_bytes_decide) {
  std::string const program = "command = ['/bin/sh', '-c', 'echo name:; read n; echo hello $n; exit 0']\n";
  serve("[service.s]\n" + program + ppp_keys("silence = '1m'"));
  Program typist = connects();
  typist.type("anna\r");
  EXPECT_TRUE(reads(typist, "name:"));
  EXPECT_TRUE(reads(typist, "hello anna"));
  EXPECT_EQ(call_ends(), Why::user_request);
  typist.fd = io::Fd();
  ASSERT_TRUE(listens(1));
  Caller peer;
  call(peer, "anna", "tulip");
  EXPECT_TRUE(comes_up(peer));
}

TEST_F(PppServiceTest, after_a_silence_lcp_is_begun_by_us) {
  serve("[service.s]\ncommand = ['/bin/cat']\n" + ppp_keys("silence = '100ms'"));
  Program silent = connects();
  EXPECT_TRUE(reads(silent, "~\xff}#\xc0!}!"));
  Caller peer;
  speak(peer, silent, "anna", "tulip");
  EXPECT_TRUE(comes_up(peer));
}

TEST_F(PppServiceTest, after_a_silence_the_program_is_begun_where_that_is_configured) {
  serve("[service.s]\ncommand = ['/bin/sh', '-c', 'echo welcome; read n']\n" +
        ppp_keys("silence = '100ms'\nafter_silence = 'program'"));
  Program silent = connects();
  EXPECT_TRUE(reads(silent, "welcome"));
}

TEST_F(PppServiceTest, secrets_that_others_can_read_are_refused_by_name) {
  write_secrets("anna * tulip\n", 0644);
  manager.emplace(*io, *alarm, parsed(ppp_keys() + port(1, "service = 's'")));
  auto const started = manager->start(dir);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              HasSubstr("[service.s.ppp]: " + secrets() + " can be read by others (mode 0644)"));
  manager.reset();
  write_secrets("anna * tulip\n");
  serve(ppp_keys());
  write_secrets("anna * tulip\n", 0640);
  EXPECT_THAT(manager->reload(parsed(ppp_keys("mtu = 1400") + port(1, "service = 's'"))),
              ElementsAre(HasSubstr("nothing is changed: [service.s.ppp]: " + secrets())));
}

}  // namespace
}  // namespace offhook::rasd
