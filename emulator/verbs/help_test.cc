#include "emulator/verbs/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace offhook::verbs {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> after(std::vector<std::string> words) { return words; }

TEST(Help, usage_shows_what_must_and_what_may_be_given) {
  EXPECT_EQ(usage(*find("drop")),
            "vmodem drop PORT [--end near|far|both] [--after BYTES|TIME] [--cancel] [--json]");
  EXPECT_EQ(usage(*find("line")),
            "vmodem line PORT [default|none] [rate=BPS|unlimited] [training=instant|realistic] [delay=TIME] "
            "[jitter=TIME] [errors=SHARE] [bursts=GAP,LENGTH,DENSITY|none] [loss=SHARE] [duplication=SHARE] "
            "[flow=ok|stuck] [seed=N] [--json]");
}

TEST(Help, every_verb_and_argument_is_explained_within_80_columns) {
  std::string all = overview();
  for (Verb const& verb : table()) {
    EXPECT_THAT(overview(), HasSubstr("\n  " + std::string(verb.name) + " ")) << verb.name;
    for (Argument const& a : verb.arguments)
      EXPECT_THAT(help(verb), HasSubstr(std::string(a.help.substr(0, 12))));
    all += help(verb);
  }
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80u) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(Suggest, verbs_come_first) {
  EXPECT_THAT(suggest(after({""})).words, Contains("status"));
  EXPECT_THAT(suggest(after({"un"})).words, ElementsAre("unplug"));
  EXPECT_THAT(suggest(after({"--dir", "/tmp/x", "wa"})).words, ElementsAre("watch"));
}

TEST(Suggest, options_that_stand_already_are_not_offered_again) {
  EXPECT_THAT(suggest(after({"drop", "--"})).words, Contains("--after"));
  EXPECT_THAT(suggest(after({"drop", "--after", "1s", "--"})).words, Not(Contains("--after")));
  EXPECT_THAT(suggest(after({"drop", "--af"})).words, ElementsAre("--after"));
}

TEST(Suggest, values_follow_their_place) {
  EXPECT_THAT(suggest(after({"drop", "--end", ""})).words, ElementsAre("near", "far", "both"));
  EXPECT_TRUE(suggest(after({"drop", ""})).ports);
  EXPECT_FALSE(suggest(after({"drop", "ttyVM0", ""})).ports);
  EXPECT_TRUE(suggest(after({"up", "--config", ""})).files);
  EXPECT_THAT(suggest(after({"force", "ttyVM0", "no-"})).words, ElementsAre("no-answer", "no-dialtone"));
  EXPECT_THAT(suggest(after({"line", "ttyVM0", ""})).words,
              ElementsAre("default", "none", "rate=", "training=", "delay=", "jitter=", "errors=", "bursts=",
                          "loss=", "duplication=", "flow=", "seed="));
  EXPECT_THAT(suggest(after({"line", "ttyVM0", "none", "d"})).words, ElementsAre("delay=", "duplication="));
  EXPECT_THAT(suggest(after({"line", "ttyVM0", "flow="})).words, ElementsAre("flow=ok", "flow=stuck"));
  EXPECT_THAT(suggest(after({"line", "ttyVM0", "bursts="})).words, ElementsAre("bursts=none"));
  EXPECT_THAT(suggest(after({"fault", "ttyVM0", ""})).words,
              ElementsAre("none", "echo=", "results=", "delay=", "seed="));
  EXPECT_THAT(suggest(after({"line", "ttyVM0", "rate=300", "training=r"})).words,
              ElementsAre("training=realistic"));
  EXPECT_THAT(suggest(after({"help", "wat"})).words, ElementsAre("watch"));
  EXPECT_THAT(suggest(after({"completion", "bash", "--", ""})).words, IsEmpty());
}

}  // namespace
}  // namespace offhook::verbs
