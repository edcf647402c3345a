#include "emulator/app/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>

#include "emulator/app/fake_bank.h"
#include "emulator/app/line_keys.h"

namespace offhook::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = exchange::CallNote::Kind;

driver::BankConfig two_modems() {
  driver::BankConfig config;
  config.dir = "/d";
  config.modems = {{.port = "ttyVM0", .number = "5550100", .family = "v250", .options = {}},
                   {.port = "ttyVM1", .number = "5550101", .family = "usr", .options = {}}};
  return config;
}

class ControlTest : public testing::Test {
 protected:
  /// What client 1 is answered; empty: nothing yet.
  std::string ask(std::string method, std::vector<rpc::Parameter> parameters, std::string id = "1") {
    control_.on_request(1, {std::move(id), std::move(method), std::move(parameters)});
    return answer();
  }
  std::string answer() {
    std::string all;
    for (auto const& line : std::exchange(sent_[1], {})) all += line;
    return all;
  }
  FakeBank& bank() { return FakeBank::latest(); }

  std::map<rpc::ClientId, std::vector<std::string>> sent_, notified_;
  boost::asio::io_context io_;
  driver::Bank bank_{io_, two_modems()};
  Control control_{bank_,
                   {[this](rpc::ClientId to, std::string line) { sent_[to].push_back(line); },
                    [this](rpc::ClientId to, std::string line) { notified_[to].push_back(line); }}};
};

TEST_F(ControlTest, status_shows_all_modems_or_one) {
  auto const all = ask("status", {});
  EXPECT_THAT(all,
              HasSubstr(R"("result":{"modems":[{"port":"ttyVM0","path":"/d/ttyVM0","number":"5550100")"));
  EXPECT_THAT(
      all, HasSubstr(R"("call":null,"line":{"rate_bps":null,"training":"instant"},"faults":[],"bytes":{)"));
  EXPECT_THAT(all, HasSubstr(R"("port":"ttyVM1")"));
  EXPECT_THAT(ask("status", {{"port", "ttyVM1"}}), testing::Not(HasSubstr("ttyVM0")));
}

TEST_F(ControlTest, status_shows_a_call_and_circuits) {
  bank().ports[0].circuits.set(v24::Circuit::dcd, true);
  bank().ports[0].call = driver::CallStatus{.id = 7,
                                            .state = "connected",
                                            .peer = "5550101",
                                            .originated = true,
                                            .seed = 12345,
                                            .line = {.delay = 50ms, .seed = 12345},
                                            .received = {.damaged = 3},
                                            .seconds = 1.5,
                                            .rate_bps = 33600,
                                            .modulation = "v34",
                                            .error_control = "lapm",
                                            .compression = "v42bis"};
  auto const shown = ask("status", {{"port", "ttyVM0"}});
  EXPECT_THAT(shown, HasSubstr(R"("circuits":{"rts":false,"cts":false,"dsr":false,"dtr":false,"dcd":true,)"));
  EXPECT_THAT(
      shown,
      HasSubstr(
          R"("call":{"id":7,"state":"connected","peer":"5550101","originated":true,"seconds":1.5E0,"rate_bps":33600)"));
  EXPECT_THAT(shown,
              HasSubstr(R"("seed":12345,"line":{"rate_bps":null,"training":"instant","delay_ms":5E1,)"));
  EXPECT_THAT(shown, HasSubstr(R"("received":{"damaged":3,"lost":0,"duplicated":0,"frames_resent":0})"));
  EXPECT_THAT(shown, testing::Not(HasSubstr(R"("sent":)")));
}

TEST_F(ControlTest, mistakes_have_the_codes_of_json_rpc) {
  EXPECT_THAT(ask("dial", {}),
              HasSubstr(R"("code":-32601,"message":"there is no method 'dial'; there are: status)"));
  EXPECT_THAT(ask("up", {}), HasSubstr("-32601"));
  EXPECT_THAT(ask("ring", {}), HasSubstr(R"("code":-32602,"message":"ring: PORT is missing")"));
  EXPECT_THAT(ask("line", {{"port", "ttyVM0"}, {"rate", "1"}}), HasSubstr("-32602"));
  EXPECT_THAT(ask("plug", {{"port", "ttyVM9"}}),
              HasSubstr(R"("code":-32000,"message":"there is no port 'ttyVM9')"));
  EXPECT_THAT(ask("drop", {{"port", "ttyVM0"}}), HasSubstr("-32000"));
}

TEST_F(ControlTest, a_notification_is_carried_out_and_not_answered) {
  EXPECT_THAT(ask("wedge", {{"port", "ttyVM0"}}, ""), IsEmpty());
  EXPECT_THAT(bank().ports[0].faults, testing::ElementsAre("wedged"));
  EXPECT_THAT(ask("nonsense", {}, ""), IsEmpty());
}

TEST_F(ControlTest, ring_hands_over_who_calls) {
  EXPECT_THAT(ask("ring", {{"port", "ttyVM0"},
                           {"from", "5550199"},
                           {"name", "ALICE"},
                           {"rings", "3"},
                           {"to", "5550101"},
                           {"pattern", "2"}}),
              HasSubstr(R"({"call":1,"outcome":"ringing"})"));
  auto const& rung = *bank().rung;
  EXPECT_EQ(rung.from.presentation, loop::CallerId::Presentation::given);
  EXPECT_EQ(rung.from.number, "5550199");
  EXPECT_EQ(rung.from.name, "ALICE");
  EXPECT_EQ(rung.rings, 3u);
  EXPECT_EQ(rung.to, "5550101");
  EXPECT_EQ(rung.pattern, 2);
  ask("ring", {{"port", "ttyVM0"}, {"from", "withheld"}});
  EXPECT_EQ(bank().rung->from.presentation, loop::CallerId::Presentation::withheld);
  ask("ring", {{"port", "ttyVM0"}});
  EXPECT_EQ(bank().rung->from.presentation, loop::CallerId::Presentation::unavailable);
}

TEST_F(ControlTest, a_waiting_ring_is_answered_when_its_own_call_is) {
  EXPECT_THAT(ask("ring", {{"port", "ttyVM0"}, {"wait", "true"}}), IsEmpty());
  bank().note(2, Kind::answered);
  bank().note(1, Kind::ringing);
  EXPECT_THAT(answer(), IsEmpty());
  bank().note(1, Kind::answered);
  EXPECT_THAT(answer(), HasSubstr(R"({"call":1,"outcome":"answered"})"));
  bank().note(1, Kind::ended);
  EXPECT_THAT(answer(), IsEmpty());
}

TEST_F(ControlTest, a_waiting_ring_fails_when_its_call_ends_unanswered) {
  ask("ring", {{"port", "ttyVM0"}, {"wait", "true"}});
  bank().note(1, Kind::ended, loop::Cause::no_answer);
  EXPECT_THAT(answer(), HasSubstr(R"("code":-32000,"message":"call 1 was not answered: no answer")"));
}

TEST_F(ControlTest, a_call_that_is_answered_before_ring_returns_is_not_missed) {
  bank().answers_at_once = true;
  EXPECT_THAT(ask("ring", {{"port", "ttyVM0"}, {"wait", "true"}}), HasSubstr("answered"));
}

TEST_F(ControlTest, who_leaves_waits_for_nothing) {
  ask("ring", {{"port", "ttyVM0"}, {"wait", "true"}});
  control_.on_gone(1);
  bank().note(1, Kind::answered);
  EXPECT_THAT(answer(), IsEmpty());
}

TEST_F(ControlTest, drop_knows_ends_bytes_and_times) {
  bank().ports[0].call.emplace();
  ask("drop", {{"port", "ttyVM0"}});
  EXPECT_EQ(bank().dropped->ends, driver::Ends::both);
  EXPECT_FALSE(bank().dropped->after_bytes || bank().dropped->after_time);
  ask("drop", {{"port", "ttyVM0"}, {"end", "far"}, {"after", "10kB"}});
  EXPECT_EQ(bank().dropped->ends, driver::Ends::far);
  EXPECT_EQ(bank().dropped->after_bytes, 10000u);
  ask("drop", {{"port", "ttyVM0"}, {"after", "250ms"}});
  EXPECT_EQ(bank().dropped->after_time, Duration(250ms));
}

TEST_F(ControlTest, faults_are_set_shown_and_taken_back) {
  EXPECT_THAT(ask("unplug", {{"port", "ttyVM0"}}), HasSubstr(R"("faults":["unplugged"])"));
  EXPECT_THAT(ask("unplug", {{"port", "ttyVM0"}, {"remove", "true"}}), HasSubstr(R"("faults":["removed"])"));
  EXPECT_THAT(ask("plug", {{"port", "ttyVM0"}}), HasSubstr(R"("faults":[])"));
  EXPECT_THAT(ask("wedge", {{"port", "ttyVM0"}}), HasSubstr(R"("faults":["wedged"])"));
  EXPECT_THAT(ask("reset", {{"port", "ttyVM0"}}), HasSubstr(R"("faults":[])"));
}

TEST_F(ControlTest, force_knows_every_outcome) {
  using exchange::Forced;
  for (auto const& [word, forced] :
       {std::pair{"busy", Forced::busy}, std::pair{"no-answer", Forced::no_answer},
        std::pair{"no-dialtone", Forced::no_dialtone}, std::pair{"voice", Forced::voice},
        std::pair{"none", Forced::none}}) {
    ask("force", {{"port", "ttyVM0"}, {"outcome", word}});
    EXPECT_EQ(bank().forced, forced) << word;
  }
}

TEST_F(ControlTest, line_changes_what_is_named_and_leaves_the_rest) {
  EXPECT_THAT(ask("line", {{"port", "ttyVM0"}, {"rate", "2400"}}),
              HasSubstr(R"("line":{"rate_bps":2400,"training":"instant","text":"rate=2400"})"));
  EXPECT_THAT(ask("line", {{"port", "ttyVM0"}, {"training", "realistic"}}),
              HasSubstr(R"("line":{"rate_bps":2400,"training":"realistic",)"));
  EXPECT_THAT(ask("line", {{"port", "ttyVM0"}, {"rate", "unlimited"}}), HasSubstr(R"("rate_bps":null)"));
}

TEST_F(ControlTest, line_takes_every_key_and_shows_it) {
  auto const shown = ask("line", {{"port", "ttyVM0"},
                                  {"delay", "50ms"},
                                  {"jitter", "5ms"},
                                  {"errors", "1e-5"},
                                  {"bursts", "1e6,50,0.3"},
                                  {"loss", "0.1%"},
                                  {"duplication", "0.5"},
                                  {"flow", "stuck"},
                                  {"seed", "7"}});
  line::Parameters const wanted{.delay = 50ms,
                                .jitter = 5ms,
                                .bit_error_rate = 1e-5,
                                .bursts = {1e6, 50, 0.3},
                                .byte_loss_rate = 0.001,
                                .byte_duplication_rate = 0.5,
                                .flow_stuck = true,
                                .seed = 7};
  EXPECT_EQ(bank().ports[0].line, wanted);
  EXPECT_THAT(shown, HasSubstr(R"("delay_ms":5E1,"jitter_ms":5E0,"errors":1E-5,)"
                               R"("bursts":{"gap_bits":1E6,"length_bits":5E1,"density":3E-1},)"
                               R"("loss":1E-3,"duplication":5E-1,"flow":"stuck","seed":7,"text":")"));
  ask("line", {{"port", "ttyVM0"}, {"flow", "ok"}, {"bursts", "none"}});
  EXPECT_FALSE(bank().ports[0].line.flow_stuck);
  EXPECT_EQ(bank().ports[0].line.bursts, line::Bursts{});
}

TEST_F(ControlTest, every_key_of_the_verb_line_is_one_of_the_configurations) {
  std::vector<std::string_view> of_verb, of_table;
  for (verbs::Argument const& argument : verbs::find("line")->arguments)
    if (argument.form == verbs::Form::pair) of_verb.push_back(argument.name);
  for (LineKey const& key : line_keys()) of_table.push_back(key.name);
  EXPECT_EQ(of_verb, of_table);
}

TEST_F(ControlTest, a_line_goes_back_to_what_the_configuration_says_or_to_none) {
  bank().configured[0] = {.rate_bps = 300};
  ask("line", {{"port", "ttyVM0"}, {"errors", "0.5"}});
  ask("line", {{"port", "ttyVM0"}, {"preset", "default"}});
  EXPECT_EQ(bank().ports[0].line, (line::Parameters{.rate_bps = 300}));
  ask("line", {{"port", "ttyVM0"}, {"preset", "none"}, {"delay", "1s"}});
  EXPECT_EQ(bank().ports[0].line, (line::Parameters{.delay = 1s})) << "the preset first, then what is named";
}

TEST_F(ControlTest, a_line_out_of_range_is_refused_by_its_key_and_changes_nothing) {
  EXPECT_THAT(ask("line", {{"port", "ttyVM0"}, {"errors", "0.5"}, {"delay", "11s"}}),
              HasSubstr(R"("code":-32000,"message":"line: delay=: delay must be 0 to 10 seconds")"));
  EXPECT_EQ(bank().ports[0].line, line::Parameters{});
}

TEST_F(ControlTest, fault_sets_shows_and_takes_back_what_a_modem_says) {
  EXPECT_THAT(
      ask("fault", {{"port", "ttyVM0"}, {"echo", "0.1"}, {"results", "1%"}, {"delay", "2s"}, {"seed", "7"}}),
      HasSubstr(
          R"("faults":["echo wrong: 0.1, seed 7","results garbled: 0.01, seed 7","results late: 2000 ms"])"));
  EXPECT_EQ(bank().ports[0].words,
            (fault::Parameters{.wrong_echo = 0.1, .garbled_results = 0.01, .delay = 2s, .seed = 7}));
  ask("fault", {{"port", "ttyVM0"}, {"echo", "0"}});
  EXPECT_EQ(bank().ports[0].words.delay, 2s) << "what is not named stays";
  EXPECT_THAT(ask("fault", {{"port", "ttyVM0"}, {"preset", "none"}}), HasSubstr(R"("faults":[])"));
  EXPECT_THAT(ask("fault", {{"port", "ttyVM0"}, {"delay", "61s"}}),
              HasSubstr("delay must be 0 to 60 seconds"));
}

TEST_F(ControlTest, what_is_done_to_carriers_is_handed_over) {
  ask("clip", {{"port", "ttyVM0"}, {"time", "500ms"}, {"end", "near"}});
  EXPECT_EQ(bank().clipped->time, 500ms);
  EXPECT_EQ(bank().clipped->ends, driver::Ends::near);
  ask("restore", {{"port", "ttyVM0"}});
  EXPECT_EQ(bank().restored, driver::Ends::both);
  ask("retrain", {{"port", "ttyVM0"}});
  EXPECT_EQ(bank().retrained, 1);
  ask("drop", {{"port", "ttyVM0"}, {"cancel", "true"}});
  EXPECT_EQ(bank().cancelled, 1);
  EXPECT_THAT(ask("drop", {{"port", "ttyVM0"}, {"cancel", "true"}, {"after", "1s"}}),
              HasSubstr("--cancel takes neither --after nor --end"));
}

TEST_F(ControlTest, a_watch_shows_one_port_and_its_calls_or_all) {
  ask("watch", {{"port", "ttyVM1"}});
  bank().happen({.seq = 1, .at = 0.5, .port = "ttyVM0", .kind = "opened", .text = "no", .call = {}});
  EXPECT_THAT(notified_[1], IsEmpty());
  bank().happen({.seq = 2, .at = 0.5, .port = "ttyVM1", .kind = "opened", .text = "yes", .call = {}});
  EXPECT_THAT(notified_[1], SizeIs(1));
  EXPECT_THAT(notified_[1].back(),
              HasSubstr(R"("method":"event","params":{"seq":2,"at":5E-1,"port":"ttyVM1")"));
  bank().happen({.port = "",
                 .kind = "call",
                 .text = "",
                 .call = exchange::CallNote{1, Kind::began, "5550100", "5550101", {}}});
  EXPECT_THAT(notified_[1], SizeIs(2));
  ask("watch", {});
  bank().happen({.port = "ttyVM0", .kind = "opened", .text = "", .call = {}});
  EXPECT_THAT(notified_[1], SizeIs(3));
  EXPECT_THAT(ask("watch", {{"port", "none"}}), HasSubstr("-32000"));
}

TEST_F(ControlTest, a_trace_is_escaped_and_cut_to_lines_that_fit) {
  ask("trace", {});
  bank().pass({1.0, "ttyVM0", true, "AT\r\x80"});
  EXPECT_THAT(notified_[1].back(), HasSubstr(R"("to_dte":true,"size":4,"bytes":"AT\\r\\x80")"));
  bank().pass({1.0, "ttyVM0", true, std::string(100000, '\xff')});
  EXPECT_THAT(notified_[1], SizeIs(26));
  for (auto const& line : notified_[1]) EXPECT_LE(line.size(), rpc::longest_line);
}

TEST_F(ControlTest, subscriptions_end_with_their_client_and_are_not_doubled) {
  size_t const own = bank().watchers.size();
  ask("watch", {});
  ask("watch", {});
  ask("trace", {});
  EXPECT_EQ(bank().watchers.size(), own + 1);
  EXPECT_EQ(bank().tracers.size(), 1u);
  control_.on_gone(1);
  EXPECT_EQ(bank().watchers.size(), own);
  EXPECT_EQ(bank().tracers.size(), 0u);
}

}  // namespace
}  // namespace offhook::app
