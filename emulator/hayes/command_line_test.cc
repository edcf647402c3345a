#include "emulator/hayes/command_line.h"

#include <gtest/gtest.h>

namespace offhook::hayes {
namespace {

using Event = CommandLine::Event;

struct Typed {
  CommandLine line;
  CommandLine::Rules rules;
  std::string echo;
  Event last = Event::none;
  Typed& operator<<(std::string_view text) {
    for (char const c : text) last = line.on_char(c, rules, echo);
    return *this;
  }
};

TEST(CommandLine, what_precedes_the_prefix_is_neither_echoed_nor_kept) {
  Typed typed;
  typed << "noise AT E1\r";
  EXPECT_EQ(typed.last, Event::entered);
  EXPECT_EQ(typed.line.body(), " E1");
  EXPECT_EQ(typed.echo, "AT E1\r");
}

TEST(CommandLine, the_prefix_tells_the_parity_and_a_repetition_keeps_it) {
  for (std::string const prefix : {"AT", "at"})
    for (Parity const parity : {Parity::odd, Parity::even, Parity::mark, Parity::none}) {
      std::string coded = prefix + "\r";
      set_parity(coded, parity);
      Typed typed;
      typed << coded << "A/";
      EXPECT_EQ(typed.last, Event::repeated);
      EXPECT_EQ(typed.line.parity(), parity) << prefix;
    }
}

TEST(CommandLine, a_parity_that_is_stated_is_not_found_out) {
  Typed typed;
  typed.rules.parity = Parity::odd;
  typed << "AT\r";
  EXPECT_EQ(typed.line.parity(), Parity::odd);
}

TEST(CommandLine, bit_8_makes_the_parity_named) {
  auto const coded = [](Parity parity) {
    std::string text = "AC";  // two bits, and three
    set_parity(text, parity);
    return text;
  };
  EXPECT_EQ(coded(Parity::even), "A\xC3");
  EXPECT_EQ(coded(Parity::odd),
            "\xC1"
            "C");
  EXPECT_EQ(coded(Parity::mark), "\xC1\xC3");
  EXPECT_EQ(coded(Parity::none), "AC");
}

TEST(CommandLine, the_prefix_is_of_one_case) {
  for (auto const* text : {"aT\r", "At\r"}) {
    Typed typed;
    typed << text;
    EXPECT_EQ(typed.last, Event::none) << text;
  }
  Typed typed;
  typed << "at\r";
  EXPECT_EQ(typed.last, Event::entered);
}

TEST(CommandLine, an_a_may_stand_before_the_prefix) {
  Typed typed;
  typed << "AAT\r";
  EXPECT_EQ(typed.last, Event::entered);
}

TEST(CommandLine, a_slash_repeats_without_a_terminator) {
  Typed typed;
  typed << "ATS0?\r";
  typed << "A/";
  EXPECT_EQ(typed.last, Event::repeated);
  EXPECT_EQ(typed.line.body(), "S0?");
}

TEST(CommandLine, editing_takes_back_the_body_but_not_the_prefix) {
  Typed typed;
  typed << "ATX\b\b\bE0\r";
  EXPECT_EQ(typed.line.body(), "E0");
  EXPECT_EQ(typed.echo, "ATX\b \bE0\r");
}

TEST(CommandLine, bit_8_is_ignored) {
  Typed typed;
  typed << "\xC1\xD4\xC5\xB1\x8D";  // ATE1 CR with bit 8 set
  EXPECT_EQ(typed.last, Event::entered);
  EXPECT_EQ(typed.line.body(), "E1");
}

TEST(CommandLine, control_characters_are_ignored) {
  Typed typed;
  typed << "AT\x01"
           "E\n1\x7f\r";
  EXPECT_EQ(typed.line.body(), "E1");
}

TEST(CommandLine, the_terminator_wins_over_the_editing_character) {
  Typed typed;
  typed.rules.editing = '\r';
  typed << "ATE1\r";
  EXPECT_EQ(typed.last, Event::entered);
}

TEST(CommandLine, spaces_do_not_count_against_the_limit_but_are_bounded) {
  Typed typed;
  typed.rules.limit = 4;
  typed << "AT E 1 E 0\r";
  EXPECT_EQ(typed.last, Event::entered);
  typed << "ATE1E0E\r";
  EXPECT_EQ(typed.last, Event::too_long);
  typed << "AT";
  typed << std::string(100'000, ' ');
  EXPECT_LE(typed.line.body().size(), 512u);
  typed << "\r";
  EXPECT_EQ(typed.last, Event::too_long);
}

TEST(CommandLine, a_line_that_was_too_long_cannot_be_edited_back) {
  Typed typed;
  typed.rules.limit = 4;
  typed << "ATE1E0E\b\b\b\r";
  EXPECT_EQ(typed.last, Event::too_long);
}

TEST(CommandLine, a_line_counts_as_being_entered_from_its_prefix_to_its_end) {
  Typed typed;
  typed << "A";
  EXPECT_FALSE(typed.line.entering());
  EXPECT_TRUE(typed.line.partial());
  typed << "T";
  EXPECT_TRUE(typed.line.entering());
  typed << "\r";
  EXPECT_FALSE(typed.line.entering());
}

TEST(CommandLine, an_abandoned_line_is_gone) {
  Typed typed;
  typed << "ATH1";
  typed.line.abandon();
  typed << "\r";
  EXPECT_EQ(typed.last, Event::none);
}

}  // namespace
}  // namespace offhook::hayes
