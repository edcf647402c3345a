#include "dialer/app/escape.h"

#include <gtest/gtest.h>

namespace offhook::dialer {
namespace {

std::string typed(std::string_view text) { return Escape().type(text).to_line; }

TEST(Escape, counts_at_the_start_of_a_line_alone) {
  EXPECT_EQ(typed("a~.b"), "a~.b");
  EXPECT_EQ(Escape().type("ls\r~.").command, Escape::Command::hang_up);
  EXPECT_EQ(Escape().type("~.").command, Escape::Command::hang_up);
}

TEST(Escape, two_tildes_are_one_and_other_letters_pass_with_it) {
  EXPECT_EQ(typed("~~."), "~.");
  EXPECT_EQ(typed("~x"), "~x");
}

TEST(Escape, may_come_in_pieces) {
  Escape escape;
  EXPECT_EQ(escape.type("~").to_line, "");
  EXPECT_EQ(escape.type("?").command, Escape::Command::help);
  EXPECT_EQ(escape.type("~#").command, Escape::Command::send_break);
  EXPECT_EQ(escape.type("ok\r").to_line, "ok\r");
}

TEST(Escape, what_follows_the_hang_up_is_not_sent) { EXPECT_EQ(typed("x\r~.rm -rf\r"), "x\r"); }

}  // namespace
}  // namespace offhook::dialer
