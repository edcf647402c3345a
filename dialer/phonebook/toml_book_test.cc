#include "dialer/phonebook/toml_book.h"

#include <gmock/gmock.h>

namespace offhook::phonebook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;
using Kind = Device::Kind;

TEST(TomlBook, an_entry_says_whom_to_call_and_through_what) {
  auto const book = parse_toml(R"(
[[entry]]
name = "Main Office"
numbers = ["5550100", "5550101"]
port = "ttyVM1"
user = "anna"
redial_attempts = 3
prefix = "9,"
script = "login"
x25_address = "2021"

[[entry]]
name = "Home"
)",
                               "book.toml");
  ASSERT_TRUE(book) << book.error().message;
  ASSERT_THAT(*book, SizeIs(2));
  Entry const& e = book->front();
  EXPECT_THAT(dial_list(e), ElementsAre("9,5550100", "9,5550101"));
  EXPECT_EQ(e.redial_attempts, 3u);
  EXPECT_EQ(script(e), "login");
  ASSERT_THAT(e.devices, SizeIs(3));
  EXPECT_EQ(e.devices[1].address, "2021");
  EXPECT_EQ(book->back().redial_seconds, 60u);
  EXPECT_THAT(book->back().devices, SizeIs(1));
}

TEST(TomlBook, an_error_names_place_key_and_what_is_accepted) {
  struct Row {
    std::string text, says;
    Ras ras;
  };
  std::vector<Row> const rows{
      {"[[entry]]\nname = 1\n", "book.toml:2:8: [[entry]] name: a string of 1 to 256 bytes", Ras::corrupt},
      {"[[entry]]\nnmae = \"a\"\n",
       "book.toml:2:1: [[entry]] nmae: there is no such key; accepted: name, numbers", Ras::corrupt},
      {"[[entry]]\nname = \"a\"\nnumbers = [1]\n", "numbers: a string", Ras::corrupt},
      {"[[entry]]\nname = \"a\"\nnumbers = []\n", "a list of 1 to 64 numbers", Ras::corrupt},
      {"[[entry]]\nname = \"a\"\nredial_attempts = -1\n", "0 to 1000000", Ras::corrupt},
      {"[[entry]]\nname = \"a\"\necho_seconds = 2147483648\n", "0 to 2147483647", Ras::corrupt},
      {"[[entry]]\nname = \"a\"\nmodem = 1\n", "true or false", Ras::corrupt},
      {"[[entry]]\nnumbers = [\"1\"]\n", "name: is missing", Ras::corrupt},
      {"[[entry]]\nname = \"a\\nb\"\n", "line ends", Ras::corrupt},
      {"[[entry]]\nname = \"a\"\n[[entry]]\nname = \"a\"\n", "'a' stands twice", Ras::corrupt},
      {"[entry]\nname = \"a\"\n", "[[entry]] is a list of tables", Ras::corrupt},
      {"[[other]]\n", "'other': there is no such section; accepted: [[entry]]", Ras::corrupt},
      {"entry = [1]\n", "[[entry]] is a list of tables", Ras::corrupt},
      {"[[entry\n", "book.toml:1:", Ras::cannot_load},
      {std::string(longest_file + 1, '\n'), "at most 1 MiB", Ras::cannot_load}};
  for (Row const& row : rows) {
    auto const book = parse_toml(row.text, "book.toml");
    ASSERT_FALSE(book) << row.text;
    EXPECT_THAT(book.error().message, HasSubstr(row.says));
    EXPECT_THAT(book.error().message, StartsWith("book.toml:"));
    EXPECT_EQ(book.error().ras, row.ras) << book.error().message;
  }
}

TEST(TomlBook, what_is_written_is_read_again_the_same) {
  Entry e;
  e.name = "Main \"Office\" \\ \xc3\xbc\t!";
  e.numbers = {{"5550100", ""}, {"5550101", ""}};
  e.port = "ttyVM0", e.device = "modem", e.user = "u", e.domain = "d", e.callback = "5550199";
  e.redial_attempts = 1, e.redial_seconds = 2, e.idle_disconnect_seconds = 3, e.echo_seconds = 4;
  e.prefix = "9,", e.suffix = "#", e.try_alternates = false;
  e.ppp = e.default_route = e.header_compression = true, e.authentication = auth::pap | auth::ms_chap_v2;
  e.encryption = Encryption::require;
  e.devices = {{Kind::pre_connect_switch, "Switch", "one", "", "", "", ""},
               {Kind::x25_pad, "Pad", "", "telenet", "2021", "data", "fac"},
               {Kind::post_connect_switch, "Switch", "two", "", "", "", ""}};
  Entry plain;
  plain.name = "plain";
  plain.devices = {{Kind::modem, "modem", "", "", "", "", ""}};
  std::vector<Entry> const book{e, plain};
  auto const text = write_toml(book);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*parse_toml(*text, "book.toml"), book);
  EXPECT_THAT(*text, HasSubstr("\n[[entry]]\nname = \"plain\"\n")) << "only what is not usual is written";
}

TEST(TomlBook, how_a_call_carries_ppp_is_read_and_mistakes_are_told) {
  auto const head = std::string("[[entry]]\nname = \"office\"\n");
  auto const book = parse_toml(
      head + "protocol = \"ppp\"\nauthentication = [\"chap\", \"mschapv2\"]\nencryption = \"off\"\n", "b");
  ASSERT_TRUE(book) << book.error().message;
  EXPECT_TRUE(book->front().ppp);
  EXPECT_EQ(book->front().authentication, auth::chap | auth::ms_chap_v2);
  EXPECT_EQ(book->front().encryption, Encryption::off);
  for (auto const* wrong :
       {"protocol = \"slip\"", "authentication = [\"eap\"]", "authentication = []", "encryption = true"})
    EXPECT_THAT(parse_toml(head + wrong + "\n", "b").error().message, HasSubstr("is wanted")) << wrong;
}

TEST(TomlBook, what_our_form_cannot_hold_is_624) {
  Entry e;
  e.name = "latin \xe9";
  EXPECT_EQ(write_toml(std::span(&e, 1)).error().ras, Ras::cannot_write);
  e.name = "isdn";
  e.devices = {{Kind::other, "isdn", "", "", "", "", ""}};
  EXPECT_EQ(write_toml(std::span(&e, 1)).error().ras, Ras::cannot_write);
}

}  // namespace
}  // namespace offhook::phonebook
