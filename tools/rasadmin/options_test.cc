#include "tools/rasadmin/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace offhook::rasadmin {
namespace {

using testing::HasSubstr;

std::vector<std::string> words(std::string const& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}
Result<Options> parsed(std::string const& line) { return parse(words(line)); }

TEST(RasadminOptions, a_line_asks_for_a_verb_with_its_operands) {
  struct Row {
    std::string line, verb, port, text, dir;
    bool json;
  };
  for (Row const& row : {
           Row{"ports", "ports", "", "", "", false},
           Row{"--json ports --dir /run/x", "ports", "", "", "/run/x", true},
           Row{"port --json ttyVM0", "port", "ttyVM0", "", "", true},
           Row{"--dir=d who ttyVM0", "who", "ttyVM0", "", "d", false},
           Row{"hangup -- -odd", "hangup", "-odd", "", "", false},
           Row{"message ttyVM0 down in 5 minutes", "message", "ttyVM0", "down in 5 minutes", "", false},
           Row{"message ttyVM0 -- -soon --json", "message", "ttyVM0", "-soon --json", "", false},
           Row{"watch", "watch", "", "", "", false},
           Row{"capture ttyVM0 -", "capture", "ttyVM0", "-", "", false},
           Row{"help port", "help", "", "port", "", false},
       }) {
    auto const options = parsed(row.line);
    ASSERT_TRUE(options) << row.line << ": " << options.error().message;
    EXPECT_EQ(options->verb, find(row.verb)) << row.line;
    EXPECT_EQ(options->port, row.port) << row.line;
    EXPECT_EQ(options->text, row.text) << row.line;
    EXPECT_EQ(options->dir, row.dir) << row.line;
    EXPECT_EQ(options->json, row.json) << row.line;
  }
}

TEST(RasadminOptions, a_bad_line_is_told_what_is_accepted) {
  struct Row {
    std::string line, said;
  };
  for (Row const& row : {
           Row{"", "a verb is missing"},
           Row{"prots", "there is no verb 'prots'; there are: ports, port, who, connections, hangup"},
           Row{"ports extra", "usage: rasadmin ports"},
           Row{"port", "usage: rasadmin port PORT"},
           Row{"message ttyVM0", "usage: rasadmin message PORT TEXT"},
           Row{"capture ttyVM0", "usage: rasadmin capture PORT FILE"},
           Row{"lease ttyVM0", "the program stands after '--'"},
           Row{"lease ttyVM0 --", "usage: rasadmin lease PORT -- PROGRAM"},
           Row{"lease -- cat", "usage: rasadmin lease PORT -- PROGRAM"},
           Row{"ports --frob", "there is no option '--frob'; there are: --dir"},
           Row{"ports --dir", "--dir needs a value"},
           Row{"ports --dir=", "--dir needs the name of a directory"},
           Row{"ports --json=1", "--json takes no value"},
           Row{"ports --for 3", "--for goes with 'watch' and 'capture' alone"},
           Row{"watch --for soon", "--for: "},
           Row{"completion fish", "no 'fish'"},
       }) {
    auto const options = parsed(row.line);
    ASSERT_FALSE(options) << row.line;
    EXPECT_THAT(options.error().message, HasSubstr(row.said)) << row.line;
  }
}

TEST(RasadminOptions, words_after_the_dashes_are_the_programs) {
  auto const options = parsed("lease --json ttyVM0 -- cat --json --for 3 -- -x");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->rest, words("cat --json --for 3 -- -x"));
  EXPECT_FALSE(options->length);
  EXPECT_TRUE(options->json);
}

TEST(RasadminOptions, a_watch_may_have_an_end) {
  EXPECT_EQ(parsed("watch --for 1.5m")->length, Duration(std::chrono::seconds(90)));
  EXPECT_EQ(parsed("--for=3 watch")->length, Duration(std::chrono::seconds(3)));
}

TEST(RasadminOptions, help_and_version_need_no_verb) {
  EXPECT_TRUE(parsed("--help")->help);
  EXPECT_TRUE(parsed("--version")->version);
  EXPECT_EQ(parsed("lease --help")->verb, find("lease"));
}

TEST(RasadminOptions, help_fits_eighty_columns_and_names_every_verb) {
  std::string all = overview();
  for (Verb const& verb : verbs()) {
    EXPECT_THAT(overview(), HasSubstr("\n  " + std::string(verb.name) + " "));
    all += help(verb);
  }
  std::istringstream in(all);
  for (std::string line; std::getline(in, line);) EXPECT_LE(line.size(), 80u) << line;
}

}  // namespace
}  // namespace offhook::rasadmin
