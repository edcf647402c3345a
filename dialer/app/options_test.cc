#include "dialer/app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace offhook::dialer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Options parsed(Words const& words) {
  auto const options = parse_options(words);
  EXPECT_TRUE(options) << options.error().message;
  return options ? *options : Options();
}

TEST(Options, both_ways_of_writing_an_option_mean_the_same) {
  struct Row {
    Words nt, ours;
    std::string Options::*value;
    std::string wanted;
  };
  for (Row const& row : std::vector<Row>{
           {{"office", "/PHONE:5550101"}, {"office", "--phone", "5550101"}, &Options::phone, "5550101"},
           {{"/phone:5550101", "office"}, {"--phone=5550101", "office"}, &Options::phone, "5550101"},
           {{"office", "/PHONEBOOK:a:b.pbk"},
            {"office", "--phonebook", "a:b.pbk"},
            &Options::phonebook,
            "a:b.pbk"},
           {{"office", "/Domain:HQ"}, {"office", "--domain=HQ"}, &Options::domain, "HQ"},
           {{"office", "/CALLBACK:5"}, {"office", "--callback", "5"}, &Options::callback, "5"},
       }) {
    for (Words const& words : {row.nt, row.ours}) {
      Options const options = parsed(words);
      EXPECT_EQ(options.verb, Verb::dial);
      EXPECT_EQ(options.entry, "office");
      EXPECT_EQ(options.*row.value, row.wanted);
    }
  }
  EXPECT_TRUE(parsed({"office", "/PREFIXSUFFIX"}).prefix_suffix);
  EXPECT_EQ(parsed({"/DISCONNECT"}).verb, Verb::disconnect);
  EXPECT_EQ(parsed({"office", "--disconnect"}).entry, "office");
}

TEST(Options, words_are_the_entry_the_user_and_the_password) {
  Options const options = parsed({"--port", "ttyVM1", "the office", "anna", "secret", "--json"});
  EXPECT_EQ(options.entry, "the office");
  EXPECT_EQ(options.user, "anna");
  EXPECT_EQ(options.password, "secret");
  EXPECT_EQ(options.port, "ttyVM1");
  EXPECT_EQ(parsed({"--number", "5550000", "anna"}).user, "anna");
}

TEST(Options, a_password_of_one_star_is_asked_for) {
  Options const options = parsed({"office", "anna", "*"});
  EXPECT_TRUE(options.ask_password);
  EXPECT_EQ(options.password, "");
}

TEST(Options, the_passwords_word_is_known_wherever_it_stands) {
  Words const words{"--port", "ttyVM1", "office", "/DOMAIN:HQ", "anna", "secret", "--terminal"};
  EXPECT_EQ(password_word(words), 5u);
  EXPECT_EQ(password_word(Words{"office", "anna"}), std::nullopt);
  EXPECT_EQ(password_word(Words{"office", "anna", "*"}), std::nullopt);
}

TEST(Options, what_follows_two_dashes_is_the_command) {
  Options const options = parsed({"office", "--", "pppd", "--help"});
  EXPECT_EQ(options.use, Use::command);
  EXPECT_THAT(options.command, ElementsAre("pppd", "--help"));
}

TEST(Options, nothing_named_is_the_list) {
  EXPECT_EQ(parsed({}).verb, Verb::list);
  EXPECT_TRUE(parsed({"--json"}).json);
}

TEST(Options, bad_usage_is_told_with_what_is_accepted) {
  struct Row {
    Words words;
    std::string complaint;
  };
  for (Row const& row : std::vector<Row>{
           {{"--fone", "1"}, "accepted: --phone (/PHONE)"},
           {{"/FONE:1"}, "there is no option '/FONE:1'"},
           {{"/number:1"}, "there is no option"},
           {{"-x"}, "there is no option '-x'"},
           {{"office", "/PHONE"}, "/PHONE:NUMBER"},
           {{"office", "--phone"}, "--phone NUMBER"},
           {{"office", "--phone="}, "1 to 1024 bytes"},
           {{"office", "--terminal=1"}, "takes no value"},
           {{"office", "--"}, "a COMMAND is wanted"},
           {{"office", "--stdio", "--", "cat"}, "one of them"},
           {{"--terminal"}, "whom to call?"},
           {{"/DISCONNECT", "--stdio"}, "an ENTRY alone"},
           {{"a", "b", "c", "d"}, "'d' is one word too many"},
           {{"--number", "1", "--phone", "2"}, "one of them"},
           {{"office", "--linger", "-1"}, "seconds from 0"},
           {{"office", "--linger", "x"}, "seconds from 0"},
           {{"--completion", "fish"}, "accepted: bash"},
       }) {
    auto const options = parse_options(row.words);
    ASSERT_FALSE(options) << testing::PrintToString(row.words);
    EXPECT_THAT(options.error().message, HasSubstr(row.complaint));
  }
}

TEST(Options, help_names_every_option) {
  for (std::string const& name : option_names()) EXPECT_THAT(help(), HasSubstr(name));
}

}  // namespace
}  // namespace offhook::dialer
