#include "emulator/hayes/parser.h"

#include <gtest/gtest.h>

#include <vector>

namespace offhook::hayes {
namespace {

using Kind = Command::Kind;
using Op = Command::Op;

/// Commands as short words: "E0", "&C1", "S7=60", "S0?", "D(T555)", "+MS=(V34,1)".
std::string word(Command const& c) {
  std::string text;
  switch (c.kind) {
    case Kind::none:
      return "none";
    case Kind::malformed:
      return "malformed";
    case Kind::dial:
      return "D(" + c.text + ")";
    case Kind::basic:
      if (c.prefix != 0) text += c.prefix;
      text += c.letter + std::to_string(c.number);
      if (c.op == Op::set) text += "=(" + c.text + ")";
      return c.op == Op::read ? text + "?" : text;
    case Kind::s_register:
      text = "S" + (c.has_number ? std::to_string(c.number) : std::string());
      if (c.bit >= 0) text += "." + std::to_string(c.bit);
      if (c.op == Op::set) text += "=" + std::to_string(c.value);
      return c.op == Op::read ? text + "?" : text;
    case Kind::extended:
      text = c.name;
      if (c.op == Op::set) text += "=(" + c.text + ")";
      return text + (c.op == Op::read ? "?" : c.op == Op::test ? "=?" : "");
  }
  return text;
}

std::string parse(std::string_view body) {
  std::string all;
  size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    Command const command = next_command(body, at);
    if (command.kind == Kind::none) return all;
    all += (all.empty() ? "" : " ") + word(command);
    if (command.kind == Kind::malformed) return all;
  }
  return "endless";
}

TEST(Parser, basic_commands_follow_one_another_without_separators) {
  EXPECT_EQ(parse("E0Q0v1&C1&d2\\N3%C1"), "E0 Q0 V1 &C1 &D2 \\N3 %C1");
}
TEST(Parser, spaces_may_stand_anywhere) { EXPECT_EQ(parse(" S7 = 4 5 S0=0 L1 "), "S7=45 S0=0 L1"); }
TEST(Parser, a_missing_value_is_0) { EXPECT_EQ(parse("EHS0="), "E0 H0 S0=0"); }
TEST(Parser, registers_have_bits_and_a_pointer) {
  EXPECT_EQ(parse("S14.3=1S14.3?S5?=13"), "S14.3=1 S14.3? S5? S=13");
}
TEST(Parser, there_is_no_bit_8) { EXPECT_EQ(parse("S14.8=1"), "malformed"); }
TEST(Parser, a_dial_command_takes_the_rest) { EXPECT_EQ(parse("X1DT9,555;H"), "X1 D(T9,555;H)"); }
TEST(Parser, extended_commands_reach_to_a_semicolon_outside_quotes) {
  EXPECT_EQ(parse("+MS=V34,1;+ES?;+ASTO=1,\"5;6\";E0"), "+MS=(V34,1) +ES? +ASTO=(1,\"5;6\") E0");
}
TEST(Parser, extended_commands_have_four_forms) {
  EXPECT_EQ(parse("+GMI;+FCLASS?;+FCLASS=?;+FCLASS=0"), "+GMI +FCLASS? +FCLASS=? +FCLASS=(0)");
}
TEST(Parser, makers_prefixes_are_extended_syntax) { EXPECT_EQ(parse("#CID=1;*PPP=1"), "#CID=(1) *PPP=(1)"); }
TEST(Parser, basic_may_precede_extended) { EXPECT_EQ(parse("E1+VCID=1"), "E1 +VCID=(1)"); }
TEST(Parser, a_stored_number_is_the_rest) { EXPECT_EQ(parse("&Z2=T555,1"), "&Z2=(T555,1)"); }
TEST(Parser, what_is_no_command_is_malformed) {
  for (auto const* body : {"1", "&", "&1", "+", "+1", "+MSx1!=", "(", "@"})
    EXPECT_NE(parse(body), "endless") << body;
  EXPECT_EQ(parse("&1"), "malformed");
  EXPECT_EQ(parse("+"), "malformed");
}
TEST(Parser, large_numbers_do_not_wrap) { EXPECT_EQ(parse("S0=4294967297"), "S0=100000000"); }

TEST(Values, are_numbers_words_texts_and_nothing) {
  Value values[4];
  size_t count = 0;
  ASSERT_TRUE(split_values("3,,\"a,b\",v34", 4, values, count));
  ASSERT_EQ(count, 4u);
  EXPECT_EQ(values[0].number, 3u);
  EXPECT_EQ(values[1].kind, Value::Kind::empty);
  EXPECT_EQ(values[2].text, "a,b");
  EXPECT_EQ(values[3].text, "V34");
}
TEST(Values, too_many_or_unclosed_are_refused) {
  Value values[2];
  size_t count = 0;
  EXPECT_FALSE(split_values("1,2,3", 2, values, count));
  EXPECT_FALSE(split_values("\"abc", 2, values, count));
  EXPECT_FALSE(split_values("\"abc\"d", 2, values, count));
}

}  // namespace
}  // namespace offhook::hayes
