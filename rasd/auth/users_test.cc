#include "rasd/auth/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace offhook::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint16_t at(int hour, int minute = 0) { return static_cast<uint16_t>(hour * 60 + minute); }

TEST(Hours, a_span_is_its_days_and_its_times) {
  enum Day : uint8_t { mon, tue, wed, thu, fri, sat, sun };
  struct Row {
    std::string_view text;
    Day day;
    uint16_t minute;
    bool inside;
  };
  for (Row const& row : {
           Row{"mon-fri 08:00-18:00", mon, at(8), true},
           {"mon-fri 08:00-18:00", mon, at(7, 59), false},
           {"mon-fri 08:00-18:00", fri, at(17, 59), true},
           {"mon-fri 08:00-18:00", fri, at(18), false},
           {"mon-fri 08:00-18:00", sat, at(12), false},
           {"sat,sun", sat, at(0), true},
           {"sat,sun", sun, at(23, 59), true},
           {"sat,sun", mon, at(0), false},
           {"fri-mon", sun, at(1), true},
           {"fri-mon", tue, at(1), false},
           {"wed", wed, at(1), true},
           {"wed", thu, at(1), false},
           {"20:00-24:00", sun, at(23, 59), true},
           {"20:00-24:00", mon, at(0), false},
           {"fri 22:00-06:00", fri, at(23), true},
           {"fri 22:00-06:00", sat, at(5, 59), true},
           {"fri 22:00-06:00", sat, at(6), false},
           {"fri 22:00-06:00", sat, at(23), false},
           {"fri 22:00-06:00", fri, at(3), false},
           {"sun 22:00-06:00", mon, at(3), true},
       }) {
    auto const hours = Hours::parse(row.text);
    ASSERT_TRUE(hours) << row.text;
    EXPECT_EQ(hours->contains({row.day, row.minute, 0}), row.inside)
        << row.text << " " << row.day << " " << row.minute;
  }
}

TEST(Hours, what_is_no_span_says_what_is_accepted) {
  for (std::string_view const text :
       {"", "monday", "mon-", "mon 8:00-18:00", "08:00", "08:00-", "08:60-09:00", "24:01-24:02",
        "24:00-06:00", "08:00-08:00", "mon  08:00-09:00", "08:00-18:00 mon", "mon,, 08:00-09:00", "0800-1800",
        "xyz 08:00-09:00"}) {
    auto const hours = Hours::parse(text);
    ASSERT_FALSE(hours) << text;
    EXPECT_THAT(hours.error().message, HasSubstr("\"mon-fri 08:00-18:00\""));
  }
}

constexpr LocalTime noon{0, 12 * 60, 100};

TEST(Decision, each_reason_has_its_number_in_the_order_of_what_can_be_done_about_it) {
  Circumstances const of{"ttyVM0", noon, 2};
  User user;
  EXPECT_EQ(decide(user, of).error, 0u);
  user.calls = 3;
  EXPECT_EQ(decide(user, of).error, 0u);
  user.calls = 2;
  EXPECT_EQ(decide(user, of).error, 649u);
  user.hours = {*Hours::parse("tue"), *Hours::parse("13:00-14:00")};
  EXPECT_EQ(decide(user, of).error, 646u);
  user.password_until = 100;
  EXPECT_EQ(decide(user, of).error, 646u);
  user.password_until = 99;
  EXPECT_EQ(decide(user, of).error, 648u);
  user.dial_in = false;
  EXPECT_EQ(decide(user, of).error, 649u);
  user.disabled = true;
  EXPECT_EQ(decide(user, of).error, 647u);
  EXPECT_EQ(decide(user, of).text, "The account is disabled");
}

TEST(Decision, a_password_that_was_made_since_is_good) {
  User user;
  user.password_until = 99;
  EXPECT_EQ(decide(user, {"ttyVM0", noon, 0, 99}).error, 648u);
  EXPECT_EQ(decide(user, {"ttyVM0", noon, 0, 100}).error, 0u);
}

TEST(Decision, a_user_may_be_kept_to_some_ports) {
  User user;
  user.ports = {"ttyVM1", "pool*"};
  EXPECT_EQ(decide(user, {"ttyVM1", noon, 0}).error, 0u);
  EXPECT_EQ(decide(user, {"pool", noon, 0}).error, 0u);
  EXPECT_EQ(decide(user, {"pool7", noon, 0}).error, 0u);
  EXPECT_EQ(decide(user, {"ttyVM10", noon, 0}).error, 649u);
  EXPECT_EQ(decide(user, {"po", noon, 0}).error, 649u);
}

constexpr char whole[] = R"(
[rasd]
level = "info"
[user.anna]
dial_in = true
disabled = false
password_until = 1970-01-11
hours = ["mon-fri 08:00-18:00", "sat"]
calls = 2
callback = "caller"
address = "10.0.0.7"
ports = ["ttyVM1", "pool*"]
[user."*"]
dial_in = false
[user.bob]
callback = "5550199"
)";

TEST(Users, every_key_is_read_and_other_sections_are_left_alone) {
  auto const users = parse_users(whole, "rasd.toml");
  ASSERT_TRUE(users) << users.error().message;
  User const& anna = users->find("anna");
  EXPECT_EQ(anna.name, "anna");
  EXPECT_TRUE(anna.dial_in);
  EXPECT_EQ(anna.password_until, 10);
  EXPECT_THAT(anna.hours, ElementsAre(*Hours::parse("mon-fri 08:00-18:00"), *Hours::parse("sat")));
  EXPECT_EQ(anna.calls, 2u);
  EXPECT_EQ(anna.callback, Callback::by_caller);
  EXPECT_EQ(anna.address, parse_address("10.0.0.7"));
  EXPECT_THAT(anna.ports, ElementsAre("ttyVM1", "pool*"));
  EXPECT_EQ(users->find("bob").callback, Callback::preset);
  EXPECT_EQ(users->find("bob").number, "5550199");
}

TEST(Users, who_has_no_section_is_as_the_star_says_and_without_one_is_let_in) {
  auto const users = parse_users(whole, "rasd.toml");
  ASSERT_TRUE(users);
  EXPECT_EQ(users->find("OFFICE\\anna").name, "anna");
  EXPECT_FALSE(users->find("carl").dial_in);
  EXPECT_FALSE(users->find("").dial_in);
  EXPECT_TRUE(Users().find("carl").dial_in);
}

TEST(Users, what_is_wrong_is_named_with_its_place_and_what_is_accepted) {
  struct Row {
    std::string_view text, complaint;
  };
  for (Row const& row : {
           Row{"user = 1", "f:1:8: [user.NAME] is a table of tables"},
           {"[user]\nanna = 1", "f:2:8: [user.anna] is a table: write it in brackets"},
           {"[user.a]\nhour = []", "f:2:1: [user.a] hour: there is no such key; accepted: dial_in, disabled"},
           {"[user.a]\nhours = []", "a list of 1 to 100 strings"},
           {"[user.a]\nhours = ['x']", "f:2:9: [user.a] hours: days, times or both are wanted"},
           {"[user.a]\nports = ['a*b']", "names of ports are wanted"},
           {"[user.a]\nports = ['']", "names of ports are wanted"},
           {"[user.a]\naddress = '10.0.0'", "an address is wanted"},
           {"[user.a]\naddress = '0.0.0.0'", "an address is wanted"},
           {"[user.a]\ncallback = 'me'", "accepted: \"none\", \"caller\", or the number"},
           {"[user.a]\ncalls = 0", "a whole number from 1 to 20000"},
           {"[user.a]\npassword_until = '2026-12-31'", "a date is wanted, without quotes"},
           {"[user.a]\ndial_in = 1", "true or false is wanted"},
       }) {
    auto const users = parse_users(row.text, "f");
    ASSERT_FALSE(users) << row.text;
    EXPECT_THAT(users.error().message, HasSubstr(row.complaint)) << row.text;
  }
}

}  // namespace
}  // namespace offhook::auth
