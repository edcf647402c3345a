// What the verbs say and do, as a script uses them: failures as JSON, output that nobody takes, and the lines
// and modems that they make worse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/e2e/bank_process.h"

namespace offhook::e2e {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Json, a_failed_verb_is_an_error_object_on_standard_output_and_words_on_standard_error) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  struct Case {
    Argv verb;
    char const* word;
  };
  for (auto const& [verb, word] : std::vector<Case>{{{"ring", "ttyVM77"}, "ttyVM0"},
                                                    {{"drop", "ttyVM0"}, "no call"},
                                                    {{"retrain", "ttyVM0"}, "no call"},
                                                    {{"plug", "ttyVM0"}, "plugged in already"},
                                                    {{"watch", "ttyVM77", "--for", "1s"}, "ttyVM0"}}) {
    Argv asked = verb;
    asked.emplace_back("--json");
    Outcome const outcome = bank.vmodem(asked);
    EXPECT_EQ(outcome.status, 1) << verb[0];
    EXPECT_THAT(outcome.out, AllOf(StartsWith("{\"error\":{\"code\":"), HasSubstr("\"message\":\""),
                                   HasSubstr(word), EndsWith("\"}}\n")))
        << verb[0];
    EXPECT_THAT(outcome.err, AllOf(StartsWith("vmodem: "), HasSubstr(word))) << verb[0];
  }
}

TEST(Json, a_verb_that_finds_no_bank_is_an_error_object_too) {
  TemporaryFolder empty;
  Outcome const outcome = run({VMODEM_PROGRAM, "status", "--json", "--dir", empty.path()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, AllOf(StartsWith("{\"error\":{"), HasSubstr("no bank is running")));
}

TEST(Json, a_bad_command_line_is_words_alone) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  Outcome const outcome = bank.vmodem({"force", "ttyVM0", "sulks", "--json"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("no-dialtone"));
}

TEST(Output, that_a_full_disk_does_not_take_is_a_failure) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  for (std::string const words :
       {"status", "status --json", "help", "completion bash", "force ttyVM0 none", "watch --for 100ms"}) {
    Outcome const outcome =
        run({"sh", "-c", VMODEM_PROGRAM " " + words + " --dir " + bank.dir() + " >/dev/full"});
    // Nothing happens while the watch lasts, so it has nothing to say.
    EXPECT_EQ(outcome.status, words.starts_with("watch") ? 0 : 1) << words;
    if (outcome.status == 1) {
      EXPECT_THAT(outcome.err, HasSubstr("cannot write to standard output")) << words;
    }
  }
  PortFile port(bank.port(0));
  EXPECT_TRUE(port.command("AT"));
}

/// A call between modems 0 and 1, which the verbs make worse.
class WorseLine : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bank.up());
    a.emplace(bank.port(0));
    b.emplace(bank.port(1));
    for (auto* end : {&*a, &*b}) ASSERT_TRUE(end->command("ATE0" + setting()));
    ASSERT_TRUE(connect(*a, *b, bank.number(1)));
  }
  virtual std::string setting() const { return {}; }
  void does(Argv const& verb) {
    Outcome const outcome = bank.vmodem(verb);
    ASSERT_EQ(outcome.status, 0) << verb[0] << ": " << outcome.err;
  }
  std::string status() { return bank.vmodem({"status", "ttyVM0", "--json"}).out; }
  BankProcess bank;
  std::optional<PortFile> a, b;
};

TEST_F(WorseLine, has_a_delay_until_it_is_given_none) {
  does({"line", "ttyVM0", "delay=700ms"});
  auto const began = Clock::now();
  ASSERT_TRUE(a->type("late"));
  ASSERT_TRUE(b->expect("late"));
  EXPECT_GE(Clock::now() - began, 700ms);
  EXPECT_THAT(status(), HasSubstr("delay=700ms"));
  does({"line", "ttyVM0", "default"});
  ASSERT_TRUE(a->type("prompt"));
  EXPECT_TRUE(b->expect("prompt"));
}

TEST_F(WorseLine, is_stuck_and_goes_on_with_every_byte) {
  does({"line", "ttyVM0", "flow=stuck"});
  ASSERT_TRUE(a->type("held back"));
  EXPECT_EQ(b->listen(200ms), "");
  does({"line", "ttyVM0", "flow=ok"});
  EXPECT_TRUE(b->expect("held back"));
}

TEST_F(WorseLine, clipped_for_less_than_s10_loses_nothing_and_for_longer_the_call) {
  does({"clip", "ttyVM0", "300ms"});
  ASSERT_TRUE(a->type("across the gap"));
  EXPECT_TRUE(b->expect("across the gap"));
  does({"clip", "ttyVM0", "10s"});
  for (auto* end : {&*a, &*b}) EXPECT_TRUE(end->expect("NO CARRIER\r\n"));
}

TEST_F(WorseLine, is_silent_while_it_retrains_and_loses_nothing) {
  does({"retrain", "ttyVM0"});
  EXPECT_THAT(status(), HasSubstr("retraining"));
  ASSERT_TRUE(a->type("after the silence"));
  EXPECT_EQ(b->listen(200ms), "");
  EXPECT_TRUE(b->expect("after the silence"));
}

TEST_F(WorseLine, loses_its_carrier_and_gets_it_back_in_time) {
  ASSERT_TRUE(a->type("+"));
  ASSERT_TRUE(b->expect("+"));
  for (auto* end : {&*a, &*b}) {
    end->listen(1200ms);  // S12
    ASSERT_TRUE(end->type("+++"));
    ASSERT_TRUE(end->expect("OK\r\n"));
    ASSERT_TRUE(end->command("ATS10=255"));
    ASSERT_TRUE(end->type("ATO\r"));
    ASSERT_TRUE(end->expect("CONNECT"));
  }
  does({"drop", "ttyVM0"});
  EXPECT_THAT(status(), HasSubstr("carrier lost"));
  does({"restore", "ttyVM0"});
  ASSERT_TRUE(a->type("here again"));
  EXPECT_TRUE(b->expect("here again"));
}

class NoisyLine : public WorseLine {
  std::string setting() const override { return "\\N0"; }
};

TEST_F(NoisyLine, turns_bits_over_where_there_is_no_error_control) {
  does({"line", "ttyVM0", "errors=0.01", "seed=7"});
  std::string const sent(4000, 'U');
  ASSERT_TRUE(a->type(sent));
  std::string const got = b->take(sent.size());
  EXPECT_EQ(got.size(), sent.size());
  EXPECT_NE(got, sent);
  does({"line", "ttyVM0", "none"});
  ASSERT_TRUE(a->type("clean again"));
  EXPECT_TRUE(b->expect("clean again"));
}

TEST(FaultyModem, garbles_and_delays_its_results_and_is_mended) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile port(bank.port(0));
  ASSERT_TRUE(port.command("ATE0"));
  ASSERT_EQ(bank.vmodem({"fault", "ttyVM0", "results=1", "seed=3"}).status, 0);
  EXPECT_THAT(bank.vmodem({"status", "ttyVM0"}).out, HasSubstr("results"));
  ASSERT_TRUE(port.type("AT\r"));
  EXPECT_THAT(port.take(6), testing::Not(HasSubstr("OK")));
  ASSERT_EQ(bank.vmodem({"fault", "ttyVM0", "results=0", "delay=600ms"}).status, 0);
  auto const asked = Clock::now();
  ASSERT_TRUE(port.command("AT"));
  EXPECT_GE(Clock::now() - asked, 600ms);
  ASSERT_EQ(bank.vmodem({"fault", "ttyVM0", "none"}).status, 0);
  EXPECT_TRUE(port.command("AT"));
}

}  // namespace
}  // namespace offhook::e2e
