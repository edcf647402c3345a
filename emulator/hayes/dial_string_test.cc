#include "emulator/hayes/dial_string.h"

#include <gtest/gtest.h>

namespace offhook::hayes {
namespace {

std::string steps(std::string_view text, DialContext const& context = {}) {
  auto const dial = parse_dial_string(text, context);
  if (!dial) return "none";
  constexpr std::string_view words[]{"digits", "pause", "short", "tone", "quiet", "bong", "flash", "address"};
  std::string all;
  for (auto const& step : dial->steps) {
    if (!all.empty()) all += " ";
    all += words[static_cast<size_t>(step.kind)];
    if (!step.text.empty()) all += (step.pulse ? "(p " : "(") + step.text + ")";
  }
  if (dial->answer_mode) all += " answer";
  if (dial->more) all += " more";
  return all;
}

TEST(DialString, digits_are_gathered_and_other_characters_ignored) {
  EXPECT_EQ(steps("T (555) 01-00"), "digits(5550100)");
  EXPECT_EQ(steps("T*#abcd"), "digits(*#ABCD)");
}
TEST(DialString, modifiers_divide_digits) {
  EXPECT_EQ(steps("T9,W1@2!3$4/5"),
            "digits(9) pause tone digits(1) quiet digits(2) flash digits(3) bong digits(4) short digits(5)");
}
TEST(DialString, pulse_and_tone_may_change_within) { EXPECT_EQ(steps("P9T555"), "digits(p 9) digits(555)"); }
TEST(DialString, a_semicolon_ends_it_and_says_how_much_was_used) {
  auto const dial = parse_dial_string("T555;H0", {});
  EXPECT_TRUE(dial->more);
  EXPECT_EQ(dial->used, 5u);
}
TEST(DialString, r_answers_the_carrier) { EXPECT_EQ(steps("T555R"), "digits(555) answer"); }
TEST(DialString, addresses_are_taken_whole) {
  EXPECT_EQ(steps("Tbbs.example.org:23"), "address(bbs.example.org:23)");
  EXPECT_EQ(steps(" [::1]:6400 "), "address([::1]:6400)");
  EXPECT_EQ(steps("P192.168.0.1"), "address(192.168.0.1)");
}
TEST(DialString, a_name_in_quotes_is_an_address) { EXPECT_EQ(steps("\"home\""), "address(home)"); }
TEST(DialString, the_last_number_is_dialled_again) {
  EXPECT_EQ(steps("L", {.last = "T555,1"}), "digits(555) pause digits(1)");
  EXPECT_EQ(steps("L", {.last = "host:23"}), "address(host:23)");
  EXPECT_EQ(steps("L"), "");
}
TEST(DialString, stored_numbers_are_named_by_place) {
  DialContext const context{.stored = {"T1", "P22", "", ""}};
  EXPECT_EQ(steps("S=1", context), "digits(p 22)");
  EXPECT_EQ(steps("S0;", context), "digits(1) more");
  EXPECT_EQ(steps("S=2", context), "none");
  EXPECT_EQ(steps("S=9", context), "none");
}
TEST(DialString, stored_numbers_do_not_name_others) {
  DialContext const context{.last = "L", .stored = {"S=0", "", "", ""}};
  EXPECT_EQ(steps("S=0", context), "digits(0)");
  EXPECT_EQ(steps("L", context), "");
}
TEST(DialString, steps_are_bounded) {
  EXPECT_LE(parse_dial_string(std::string(1000, ','), {})->steps.size(), 64u);
}

}  // namespace
}  // namespace offhook::hayes
