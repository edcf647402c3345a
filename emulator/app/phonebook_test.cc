#include "emulator/app/phonebook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace offhook::app {
namespace {

using testing::HasSubstr;

TEST(PhonebookFile, every_kind_of_entry_is_read) {
  auto const book = parse_phonebook(R"(
[[entry]]
number = "5551234"
name = "home"
target = "bbs.example.org:2323"
protocol = "telnet"
[[entry]]
name = "six"
target = "[2001:db8::1]:99"
[[entry]]
number = "5559"
program = "/usr/bin/login"
[[entry]]
number = "5560"
program = "bbs"
lines = 2
restart = "5s"
)",
                                    "book.toml");
  ASSERT_TRUE(book) << book.error().message;
  ASSERT_EQ(book->size(), 4u);
  auto const* home = book->by_name("HOME");
  ASSERT_NE(home, nullptr);
  EXPECT_EQ(home->target, (trunk::Address{"bbs.example.org", 2323}));
  EXPECT_EQ(home->protocol, trunk::Protocol::telnet);
  EXPECT_EQ(book->by_name("six")->target, (trunk::Address{"2001:db8::1", 99}));
  EXPECT_EQ(book->by_number("5559")->program, "/usr/bin/login");
  EXPECT_EQ(book->by_number("5559")->lines, 0u);
  EXPECT_EQ(book->by_number("5560")->lines, 2u);
  EXPECT_EQ(book->by_number("5560")->restart, 5s);
}

TEST(PhonebookFile, nothing_is_an_empty_book) {
  auto const book = parse_phonebook("", "book.toml");
  ASSERT_TRUE(book);
  EXPECT_EQ(book->size(), 0u);
}

struct Wrong {
  char const* text;
  char const* line;
  char const* says;
};

TEST(PhonebookFile, errors_name_the_line_and_what_is_accepted) {
  for (Wrong const& wrong : {
           Wrong{"[[entry]]\nnumber = \"12x\"\n", "book.toml:2:", "number"},
           Wrong{"[[entry]]\nnumber = \"1\"\n", "book.toml:1:", "target and program"},
           Wrong{"[[entry]]\ntarget = \"h:1\"\n", "book.toml:1:", "number or name"},
           Wrong{"[[entry]]\nnumber = \"1\"\ntarget = \"h:1\"\nprotocol = \"ssh\"\n",
                 "book.toml:4:", "raw, telnet"},
           Wrong{"[[entry]]\nnumber = \"1\"\ntarget = \"h:0\"\n", "book.toml:3:", "host:port"},
           Wrong{"[[entry]]\nnumber = \"1\"\ntarget = \"h\"\n[[entry]]\nnumber = \"1\"\ntarget = \"h\"\n",
                 "book.toml:4:", "stands twice"},
           Wrong{"[[entry]]\nport = 1\n",
                 "book.toml:2:", "accepted: number, name, target, protocol, lines, restart, program"},
           Wrong{"[[entry]]\nnumber = \"1\"\ntarget = \"h\"\nlines = 1\n", "book.toml:1:", "a program's"},
           Wrong{"[[entry]]\nnumber = \"1\"\nprogram = \"p\"\nlines = 1001\n", "book.toml:4:", "0 to 1000"},
           Wrong{"[[entry]]\nnumber = \"1\"\nprogram = \"p\"\nrestart = \"2h\"\n", "book.toml:1:", "1 hour"},
           Wrong{"[entries]\n", "book.toml:1:", "[[entry]]"},
           Wrong{"[[entry]]\nnumber = \n", "book.toml:2:", ""},
       }) {
    auto const book = parse_phonebook(wrong.text, "book.toml");
    ASSERT_TRUE(book.has_error()) << wrong.text;
    EXPECT_THAT(book.error().message, testing::AllOf(HasSubstr(wrong.line), HasSubstr(wrong.says)))
        << wrong.text;
  }
}

TEST(PhonebookFile, one_that_is_not_there_is_an_error_that_names_it) {
  auto const book = read_phonebook("/nowhere/book.toml");
  ASSERT_TRUE(book.has_error());
  EXPECT_THAT(book.error().message, HasSubstr("/nowhere/book.toml"));
}

}  // namespace
}  // namespace offhook::app
