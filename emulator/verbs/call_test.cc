#include "emulator/verbs/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace offhook::verbs {
namespace {

using testing::HasSubstr;

std::vector<std::string> words(std::string const& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::string spelled(std::vector<Pair> const& pairs) {
  std::string out;
  for (auto const& [name, text] : pairs) out += (out.empty() ? "" : " ") + name + "=" + text;
  return out;
}

struct Good {
  std::string line, verb, parameters;
  friend void PrintTo(Good const& good, std::ostream* out) { *out << good.line; }
};
class GoodLine : public testing::TestWithParam<Good> {};

TEST_P(GoodLine, is_read_as_its_verb_and_parameters) {
  auto const call = parse(words(GetParam().line));
  ASSERT_TRUE(call) << GetParam().line << ": " << call.error().message;
  ASSERT_NE(call->verb(), nullptr);
  EXPECT_EQ(call->verb()->name, GetParam().verb);
  EXPECT_EQ(spelled(call->parameters()), GetParam().parameters) << GetParam().line;
}

TEST_P(GoodLine, passes_as_json_rpc_parameters_too) {
  auto const call = parse(words(GetParam().line));
  ASSERT_TRUE(call);
  if (call->verb()->local || call->flag("help")) return;
  auto const again = read_parameters(*call->verb(), call->parameters());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->parameters(), call->parameters());
}

INSTANTIATE_TEST_SUITE_P(
    Table, GoodLine,
    testing::Values(
        Good{"up", "up", ""}, Good{"up --modems 8 --dir /tmp/x --log debug", "up", ""},
        Good{"up --config f.toml --mode 0666 --group dialout --pace realistic", "up", ""},
        Good{"status", "status", ""}, Good{"status ttyVM3 --json", "status", "port=ttyVM3"},
        Good{"--dir /tmp/x status", "status", ""},
        Good{"--dir=/tmp/x --json status ttyVM0", "status", "port=ttyVM0"}, Good{"watch", "watch", ""},
        Good{"watch --for 30s ttyVM0", "watch", "port=ttyVM0"}, Good{"trace --for 5", "trace", ""},
        Good{"trace ttyVM1 --json", "trace", "port=ttyVM1"}, Good{"ring ttyVM0", "ring", "port=ttyVM0"},
        Good{"ring ttyVM0 --from 5550199 --name ALICE --rings 3 --to 5550101 --pattern 2 --wait", "ring",
             "port=ttyVM0 from=5550199 name=ALICE rings=3 to=5550101 pattern=2 wait=true"},
        Good{"--rings 2 ring --wait ttyVM0", "ring", "port=ttyVM0 rings=2 wait=true"},
        Good{"ring ttyVM0 --from withheld", "ring", "port=ttyVM0 from=withheld"},
        Good{"drop ttyVM0", "drop", "port=ttyVM0"},
        Good{"drop --end near ttyVM0 --after=250ms", "drop", "port=ttyVM0 end=near after=250ms"},
        Good{"drop ttyVM0 --after 64KiB", "drop", "port=ttyVM0 after=64KiB"},
        Good{"unplug ttyVM0 --remove", "unplug", "port=ttyVM0 remove=true"},
        Good{"plug ttyVM0", "plug", "port=ttyVM0"},
        Good{"line ttyVM0 rate=33600", "line", "port=ttyVM0 rate=33600"},
        Good{"line ttyVM0 training=realistic rate=unlimited", "line",
             "port=ttyVM0 rate=unlimited training=realistic"},
        Good{"line ttyVM0 default", "line", "port=ttyVM0 preset=default"},
        Good{"line ttyVM0 delay=50ms none", "line", "port=ttyVM0 preset=none delay=50ms"},
        Good{"line ttyVM0 delay=50ms jitter=5ms errors=1e-5 bursts=1e6,50,0.3 loss=0.1% duplication=0 "
             "flow=stuck "
             "seed=7",
             "line",
             "port=ttyVM0 delay=50ms jitter=5ms errors=1e-5 bursts=1e6,50,0.3 loss=0.1% duplication=0 "
             "flow=stuck "
             "seed=7"},
        Good{"fault ttyVM0 echo=0.1 results=1% delay=2s seed=3", "fault",
             "port=ttyVM0 echo=0.1 results=1% delay=2s seed=3"},
        Good{"fault ttyVM0 none", "fault", "port=ttyVM0 preset=none"},
        Good{"drop ttyVM0 --cancel", "drop", "port=ttyVM0 cancel=true"},
        Good{"restore ttyVM0 --end far", "restore", "port=ttyVM0 end=far"},
        Good{"clip ttyVM0 500ms --end near", "clip", "port=ttyVM0 time=500ms end=near"},
        Good{"retrain ttyVM0", "retrain", "port=ttyVM0"}, Good{"up --seed 7", "up", ""},
        Good{"wedge ttyVM0", "wedge", "port=ttyVM0"}, Good{"reset ttyVM0", "reset", "port=ttyVM0"},
        Good{"force ttyVM0 no-dialtone", "force", "port=ttyVM0 outcome=no-dialtone"},
        Good{"force ttyVM0 none", "force", "port=ttyVM0 outcome=none"},
        Good{"completion bash", "completion", ""}, Good{"completion bash -- ring --from", "completion", ""},
        Good{"help ring", "help", ""}, Good{"ring --help", "ring", ""}, Good{"force -h", "force", ""}));

struct Bad {
  std::string line, complaint;
  friend void PrintTo(Bad const& bad, std::ostream* out) { *out << bad.line; }
};
class BadLine : public testing::TestWithParam<Bad> {};

TEST_P(BadLine, is_refused_with_its_place_and_what_is_accepted) {
  auto const call = parse(words(GetParam().line));
  ASSERT_FALSE(call) << GetParam().line;
  EXPECT_THAT(call.error().message, HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadLine,
    testing::Values(
        Bad{"", "a verb is wanted; the verbs are: up, status"}, Bad{"--dir /tmp", "a verb is wanted"},
        Bad{"dial", "'dial' is not a verb; the verbs are: up, status"}, Bad{"runs", "'runs' is not a verb"},
        Bad{"up here", "up: 'here' is one word too many"},
        Bad{"up --modems many", "up: --modems: 'many' is not"},
        Bad{"up --modems 20001", "a whole number from 0 to 20000"},
        Bad{"up --modems", "up: --modems: N is wanted"},
        Bad{"up --mode 999", "up: --mode: '999' is not a mode"},
        Bad{"up --pace slow", "one of: instant, realistic"},
        Bad{"up --log loud", "one of: trace, debug, info, warn, error, critical, off"},
        Bad{"status a b", "status: 'b' is one word too many"},
        Bad{"status --for 3s", "status: there is no option '--for'; accepted: --json, --dir"},
        Bad{"status ../x", "status: PORT: '../x' is not the name of a port"},
        Bad{"watch --for soon", "watch: --for: 'soon' is not a duration"},
        Bad{"trace --for", "trace: --for: TIME is wanted"}, Bad{"ring", "ring: PORT is missing"},
        Bad{"ring ttyVM0 --rings 256", "ring: --rings: '256' is not a whole number from 0 to 255"},
        Bad{"ring ttyVM0 --rings 1 --rings 2", "ring: --rings: is given twice"},
        Bad{"ring ttyVM0 --from bob", "ring: --from: 'bob' is not a telephone number"},
        Bad{"ring ttyVM0 --name ABCDEFGHIJKLMNOP", "ring: --name: "},
        Bad{"ring ttyVM0 --wait=yes", "ring: --wait: takes no value"},
        Bad{"ring ttyVM0 --pattern 6", "ring: --pattern: "},
        Bad{"ring ttyVM0 --loud", "there is no option '--loud'"},
        Bad{"ring ttyVM0 --port ttyVM1", "there is no option '--port'"}, Bad{"drop", "drop: PORT is missing"},
        Bad{"drop ttyVM0 --end left", "one of: near, far, both"},
        Bad{"drop ttyVM0 --after never", "drop: --after: 'never' is not an amount"},
        Bad{"unplug", "unplug: PORT is missing"},
        Bad{"plug ttyVM0 --remove", "there is no option '--remove'"},
        Bad{"line ttyVM0", "line: KEY=VALUE is missing; accepted: default|none, rate=, training="},
        Bad{"line rate=300", "line: PORT: 'rate=300' is not the name of a port"},
        Bad{"line ttyVM0 noise=1",
            "'noise=1' is not a KEY=VALUE it knows; accepted: default|none, rate=, training="},
        Bad{"line ttyVM0 rate=9", "line: rate=: '9' is not a rate"},
        Bad{"line ttyVM0 rate", "'rate' is not a KEY=VALUE it knows"},
        Bad{"line ttyVM0 rate=300 rate=600", "line: rate=: is given twice"},
        Bad{"line ttyVM0 training=hard", "line: training=: 'hard' is not one of: instant, realistic"},
        Bad{"line ttyVM0 none default", "line: default|none: is given twice"},
        Bad{"line ttyVM0 preset=none", "'preset=none' is not a KEY=VALUE it knows"},
        Bad{"line ttyVM0 errors=2", "line: errors=: '2' is not a share: from 0 to 1"},
        Bad{"line ttyVM0 bursts=7", "line: bursts=: '7' is not bursts: GAP,LENGTH,DENSITY"},
        Bad{"line ttyVM0 seed=4294967296", "line: seed=: '4294967296' is not a whole number"},
        Bad{"line ttyVM0 flow=odd", "line: flow=: 'odd' is not one of: ok, stuck"},
        Bad{"line ttyVM0 delay=soon", "line: delay=: 'soon' is not a duration"},
        Bad{"fault ttyVM0", "fault: KEY=VALUE is missing; accepted: none, echo=, results=, delay=, seed="},
        Bad{"clip ttyVM0", "clip: TIME is missing"}, Bad{"up --seed -1", "up: --seed: '-1' is not"},
        Bad{"wedge", "wedge: PORT is missing"}, Bad{"reset ttyVM0 now", "reset: 'now' is one word too many"},
        Bad{"force ttyVM0", "force: busy|no-answer|no-dialtone|voice|none is missing"},
        Bad{"force ttyVM0 engaged", "'engaged' is not one of: busy, no-answer, no-dialtone, voice, none"},
        Bad{"plug -- ttyVM0", "plug: nothing may follow '--'"},
        Bad{"completion zsh", "'zsh' is not one of: bash"}, Bad{"completion", "completion: bash is missing"},
        Bad{"status --help=1", "status: --help: takes no value"}));

TEST(Parse, help_and_version_need_nothing_else) {
  EXPECT_EQ(parse(words("--help"))->verb(), nullptr);
  EXPECT_TRUE(parse(words("--version"))->flag("version"));
}

TEST(Parse, words_after_two_dashes_are_the_rest_untouched) {
  EXPECT_EQ(parse(words("completion bash -- --help -- x"))->rest(), words("--help -- x"));
}

TEST(Parse, fallbacks_stand_where_nothing_is_given_and_are_not_sent) {
  auto const call = parse(words("drop ttyVM0"));
  EXPECT_EQ(call->text("end"), "both");
  EXPECT_FALSE(call->given("end"));
}

TEST(Parse, a_line_has_at_most_256_words) { EXPECT_FALSE(parse(std::vector<std::string>(257, "status"))); }

TEST(ReadParameters, refuses_what_is_not_the_banks_to_know) {
  Verb const& ring = *find("ring");
  std::vector<Pair> const local{{"port", "ttyVM0"}, {"json", "true"}};
  EXPECT_THAT(read_parameters(ring, local).error().message,
              HasSubstr("ring: there is no parameter 'json'; accepted: port, from, name, rings"));
  std::vector<Pair> const unknown{{"port", "ttyVM0"}, {"\n", "1"}};
  EXPECT_THAT(read_parameters(ring, unknown).error().message, HasSubstr("there is no parameter '\\n'"));
  std::vector<Pair> const none;
  EXPECT_THAT(read_parameters(ring, none).error().message, HasSubstr("PORT is missing"));
}

TEST(ReadParameters, a_flag_may_be_false_and_then_is_not_set) {
  std::vector<Pair> const off{{"port", "ttyVM0"}, {"wait", "false"}}, odd{{"port", "ttyVM0"}, {"wait", "1"}};
  EXPECT_FALSE(read_parameters(*find("ring"), off)->flag("wait"));
  EXPECT_FALSE(read_parameters(*find("ring"), odd));
}

TEST(Table, an_option_takes_a_value_in_every_verb_or_in_none) {
  std::map<std::string_view, bool> valued;
  for (Verb const& verb : table())
    for (Argument const& a : verb.arguments)
      if (a.form == Form::option) {
        EXPECT_EQ(valued.try_emplace(a.name, a.kind != Kind::flag).first->second, a.kind != Kind::flag)
            << a.name;
      }
}

TEST(Table, every_row_is_whole) {
  std::set<std::string_view> names;
  for (Verb const& verb : table()) {
    EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
    EXPECT_FALSE(verb.summary.empty() || verb.description.empty() || verb.example.empty()) << verb.name;
    auto const example = parse(words(std::string(verb.example.substr(verb.example.find("vmodem ") + 7))));
    if (!verb.example.ends_with(')')) {
      EXPECT_TRUE(example) << verb.example;
    }
    for (Argument const& a : verb.arguments) {
      EXPECT_FALSE(a.help.empty()) << verb.name << " " << a.name;
      EXPECT_EQ(a.kind == Kind::choice, !a.words.empty()) << verb.name << " " << a.name;
      EXPECT_TRUE(a.fallback.empty() || read_value(a, a.fallback)) << verb.name << " " << a.name;
      EXPECT_TRUE((a.kind != Kind::count && a.kind != Kind::text) || a.max > 0) << verb.name << " " << a.name;
    }
  }
}

}  // namespace
}  // namespace offhook::verbs
