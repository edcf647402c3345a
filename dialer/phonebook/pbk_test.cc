#include "dialer/phonebook/pbk.h"

#include <gmock/gmock.h>

namespace offhook::phonebook {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;
using Kind = Device::Kind;

constexpr std::string_view office =
    "[Main Office]\r\n"
    "Encoding=1\r\n"
    "Type=1\r\n"
    "CustomAuthData=00ff\r\n"
    "RedialAttempts=3\r\n"
    "RedialSeconds=20\r\n"
    "IdleDisconnectSeconds=600\r\n"
    "UsePrefixSuffix=0\r\n"
    "\r\n"
    "NETCOMPONENTS=\r\n"
    "ms_msclient=1\r\n"
    "\r\n"
    "MEDIA=serial\r\n"
    "Port=ttyVM1\r\n"
    "Device=Some Modem\r\n"
    "ConnectBPS=57600\r\n"
    "\r\n"
    "DEVICE=modem\r\n"
    "PhoneNumber=5550100\r\n"
    "AreaCode=206\r\n"
    "Comment=day\r\n"
    "PhoneNumber=5550101\r\n"
    "LastSelectedPhone=0\r\n"
    "TryNextAlternateOnFail=1\r\n"
    "HwFlowControl=1\r\n"
    "\r\n";
constexpr std::string_view x25 =
    "[X.25 \xc3\xbc"
    "ber PAD]\r\n"
    "MEDIA=serial\r\n"
    "Port=ttyVM2\r\n"
    "DEVICE=Switch\r\n"
    "Name=before\r\n"
    "DEVICE=modem\r\n"
    "PhoneNumber=5550102\r\n"
    "DEVICE=Pad\r\n"
    "X25Pad=telenet\r\n"
    "X25Address=20212345\r\n"
    "UserData=hello\r\n"
    "Facilities=\r\n"
    "DEVICE=Switch\r\n"
    "Name=after\r\n";

Pbk read(std::string_view text) {
  auto book = Pbk::parse(text, "test.pbk");
  EXPECT_TRUE(book) << book.error().message;
  return book ? *book : Pbk();
}
Failure refused(std::string_view text) {
  auto const book = Pbk::parse(text, "test.pbk");
  EXPECT_FALSE(book);
  return book ? Failure{} : book.error();
}
std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out(text);
  EXPECT_NE(out.find(what), out.npos);
  return out.replace(out.find(what), what.size(), with);
}

TEST(PbkReader, an_entry_has_its_numbers_devices_and_redialling) {
  auto const book = read(office);
  ASSERT_THAT(book.entries(), SizeIs(1));
  Entry const& e = book.entries()[0];
  EXPECT_EQ(e.name, "Main Office");
  EXPECT_THAT(e.numbers, ElementsAre(Number{"5550100", "day"}, Number{"5550101", ""}));
  EXPECT_EQ(e.port, "ttyVM1");
  EXPECT_EQ(e.device, "Some Modem");
  EXPECT_EQ(e.redial_attempts, 3u);
  EXPECT_EQ(e.redial_seconds, 20u);
  EXPECT_EQ(e.idle_disconnect_seconds, 600u);
  EXPECT_TRUE(e.try_alternates);
  ASSERT_THAT(e.devices, SizeIs(1));
  EXPECT_EQ(e.devices[0].kind, Kind::modem);
}

TEST(PbkReader, a_switch_is_before_or_after_by_its_place) {
  Entry const e = read(x25).entries().at(0);
  EXPECT_EQ(e.name,
            "X.25 \xc3\xbc"
            "ber PAD");
  ASSERT_THAT(e.devices, SizeIs(4));
  EXPECT_EQ(e.devices[0].kind, Kind::pre_connect_switch);
  EXPECT_EQ(e.devices[0].name, "before");
  EXPECT_EQ(e.devices[1].kind, Kind::modem);
  EXPECT_EQ(e.devices[2].kind, Kind::x25_pad);
  EXPECT_EQ(e.devices[2].pad_type, "telenet");
  EXPECT_EQ(e.devices[2].address, "20212345");
  EXPECT_EQ(e.devices[2].user_data, "hello");
  EXPECT_EQ(e.devices[3].kind, Kind::post_connect_switch);
  EXPECT_EQ(script(e), "after");
}

TEST(PbkReader, only_the_first_link_of_several_is_used_and_the_others_are_kept) {
  std::string const two =
      std::string(office) + "MEDIA=isdn\r\nPort=ISDN1\r\nDEVICE=isdn\r\nPhoneNumber=9\r\n";
  auto book = read(two);
  EXPECT_EQ(book.entries()[0].port, "ttyVM1");
  EXPECT_THAT(book.entries()[0].numbers, SizeIs(2));
  EXPECT_EQ(book.text(), two);
}

TEST(PbkReader, idle_time_never_has_three_spellings) {
  for (std::string_view never : {"0", "-1", "4294967295", ""})
    EXPECT_EQ(
        read("[a]\nIdleDisconnectSeconds=" + std::string(never) + "\n").entries()[0].idle_disconnect_seconds,
        0u);
}

TEST(PbkReader, what_is_written_back_untouched_is_the_same_to_the_byte) {
  for (std::string const& text :
       {std::string(), std::string(office), std::string(office) + std::string(x25),
        std::string("\xef\xbb\xbf[a]\nb=c"),
        std::string("; a comment\n\n[a]\n  Key = value  \n;more\n\t\n[b]"), std::string("\r\n\r\n")})
    EXPECT_EQ(read(text).text(), text);
}

TEST(PbkReader, a_wrong_line_is_named_with_what_is_accepted) {
  struct Row {
    std::string text, says;
    Ras ras;
  };
  std::vector<Row> const rows{
      {"[a]\nnonsense\n", "test.pbk:2: 'nonsense': [entry] or KEY=value", Ras::corrupt},
      {"[a]\n=1\n", "test.pbk:2: '=1'", Ras::corrupt},
      {"[a\n", "test.pbk:1: '[a': an entry begins with [its name]", Ras::corrupt},
      {"[]\n", "test.pbk:1", Ras::corrupt},
      {"[" + std::string(257, 'x') + "]\n", "1 to 256 bytes", Ras::corrupt},
      {"\nKey=1\n[a]\n", "test.pbk:2: 'Key' stands before", Ras::corrupt},
      {"[a]\n\n[a]\n", "test.pbk:3: [a] stands twice", Ras::corrupt},
      {"[a]\nRedialAttempts=x\n", "test.pbk:2: [a] RedialAttempts: a whole number from 0 to", Ras::corrupt},
      {"[a]\nRedialAttempts=1000001\n", "test.pbk:2", Ras::corrupt},
      {"[a]\nRedialSeconds=-1\n", "test.pbk:2", Ras::corrupt},
      {"[a]\nUsePrefixSuffix=2\n", "0 or 1 is accepted", Ras::corrupt},
      {"[a]\nRedialSeconds=1\nRedialSeconds=1\n", "test.pbk:3: [a] RedialSeconds: stands twice",
       Ras::corrupt},
      {"[a]\nDEVICE=modem\nPhoneNumber=" + std::string(129, '1'), "at most 128", Ras::corrupt},
      {"[a]\nDEVICE=Pad\nDEVICE=modem\n", "a modem cannot follow a X.25 PAD; accepted", Ras::corrupt},
      {"[a]\nDEVICE=modem\nDEVICE=modem\n", "test.pbk:1: [a] devices", Ras::corrupt},
      {"[a]\nDEVICE=a\nDEVICE=a\nDEVICE=a\nDEVICE=a\nDEVICE=a\n",
       "test.pbk:6: [a] DEVICE: an entry has at most 4", Ras::corrupt},
      {std::string("[\0a\0]\0", 6), "zero bytes", Ras::cannot_load},
      {std::string(longest_file + 1, '\n'), "at most 1 MiB", Ras::cannot_load},
      {"[a]\nb=" + std::string(longest_line, 'x') + "\n", "test.pbk:2: a line has at most", Ras::corrupt}};
  for (Row const& row : rows) {
    auto const failure = refused(row.text);
    EXPECT_THAT(failure.message, HasSubstr(row.says));
    EXPECT_THAT(failure.message, StartsWith("test.pbk:"));
    EXPECT_EQ(failure.ras, row.ras) << failure.message;
  }
}

TEST(PbkReader, numbers_and_entries_have_a_limit) {
  std::string numbers = "[a]\nDEVICE=modem\n", entries;
  for (int i = 0; i < 65; ++i) numbers += "PhoneNumber=1\n";
  EXPECT_THAT(refused(numbers).message, HasSubstr("at most 64 numbers"));
  for (int i = 0; i < 10001; ++i) entries += "[" + std::to_string(i) + "]\n";
  EXPECT_EQ(refused(entries).ras, Ras::cannot_load);
}

TEST(PbkWriter, only_the_value_that_changed_is_written) {
  auto book = read(std::string(office) + std::string(x25));
  Entry e = book.entries()[0];
  e.redial_seconds = 99;
  e.numbers[1].text = "5550109";
  e.port = "ttyVM7";
  ASSERT_TRUE(book.put(e));
  auto expected = replaced(office, "RedialSeconds=20", "RedialSeconds=99");
  expected = replaced(replaced(expected, "5550101", "5550109"), "Port=ttyVM1", "Port=ttyVM7");
  EXPECT_EQ(book.text(), expected + std::string(x25));
}

TEST(PbkWriter, the_same_entry_put_again_changes_nothing) {
  auto book = read(office);
  ASSERT_TRUE(book.put(book.entries()[0]));
  EXPECT_EQ(book.text(), office);
}

TEST(PbkWriter, a_key_that_is_new_goes_to_the_end_of_its_part) {
  auto book = read(office);
  Entry e = book.entries()[0];
  e.user = "anna";
  ASSERT_TRUE(book.put(e));
  EXPECT_EQ(book.text(), replaced(office, "UsePrefixSuffix=0\r\n", "UsePrefixSuffix=0\r\nUser=anna\r\n"));
}

TEST(PbkWriter, numbers_are_added_and_removed_and_what_else_the_device_has_stays) {
  auto book = read(office);
  Entry e = book.entries()[0];
  e.numbers.push_back({"5550103", "night"});
  ASSERT_TRUE(book.put(e));
  EXPECT_EQ(book.text(),
            replaced(office, "5550101\r\n", "5550101\r\nPhoneNumber=5550103\r\nComment=night\r\n"));
  e.numbers.resize(1);
  ASSERT_TRUE(book.put(e));
  EXPECT_EQ(book.text(), replaced(office, "PhoneNumber=5550101\r\n", ""));
  e.numbers.clear();
  ASSERT_TRUE(book.put(e));
  EXPECT_THAT(book.text(), HasSubstr("DEVICE=modem\r\nLastSelectedPhone=0\r\n"));
  e.numbers.push_back({"1", ""});
  ASSERT_TRUE(book.put(e));
  EXPECT_THAT(book.text(), HasSubstr("DEVICE=modem\r\nPhoneNumber=1\r\nLastSelectedPhone=0\r\n"));
}

TEST(PbkWriter, other_devices_are_written_anew_and_the_entrys_own_keys_stay) {
  auto book = read(office);
  Entry e = book.entries()[0];
  e.devices.push_back({Kind::x25_pad, "", "", "telenet", "2021", "", ""});
  ASSERT_TRUE(book.put(e));
  EXPECT_THAT(book.text(),
              AllOf(HasSubstr("CustomAuthData=00ff\r\n"), HasSubstr("ms_msclient=1\r\nMEDIA=serial\r\n"),
                    HasSubstr("DEVICE=Pad\r\nX25Pad=telenet\r\nX25Address=2021\r\n")));
  EXPECT_EQ(read(book.text()).entries(), book.entries());
}

TEST(PbkWriter, a_new_entry_goes_to_the_end_in_the_files_own_line_ends) {
  Entry e;
  e.name = "New one";
  e.numbers = {{"5550100", ""}};
  e.prefix = "9,";
  e.try_alternates = false;
  auto book = read("[a]\nb=c");
  ASSERT_TRUE(book.put(e));
  EXPECT_THAT(book.text(),
              AllOf(StartsWith("[a]\nb=c\n\n[New one]\nRedialAttempts=0\n"), HasSubstr("Prefix=9,\n"),
                    HasSubstr("DEVICE=modem\nPhoneNumber=5550100\nTryNextAlternateOnFail=0\n")));
  EXPECT_EQ(read(book.text()), book);
  Pbk empty;
  ASSERT_TRUE(empty.put(e));
  EXPECT_THAT(empty.text(), StartsWith("[New one]\r\n"));
}

TEST(PbkWriter, what_no_line_can_hold_is_refused_and_nothing_changes) {
  auto book = read(office);
  auto const refuse = [&](auto const& spoil) {
    Entry e = book.entries()[0];
    spoil(e);
    auto const done = book.put(e);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().ras, Ras::cannot_write) << done.error().message;
    EXPECT_EQ(book.text(), office);
  };
  refuse([](Entry& e) { e.user = "a\r\n[b]"; });
  refuse([](Entry& e) { e.name = ""; });
  refuse([](Entry& e) { e.numbers[0].text = std::string(129, '1'); });
  refuse([](Entry& e) { e.domain = " blank"; });
  refuse([](Entry& e) {
    e.devices.insert(e.devices.begin(), Device{Kind::post_connect_switch, "", "x", "", "", "", ""});
  });
  refuse([](Entry& e) { e.devices = {Device{Kind::modem, "Switch", "", "", "", "", ""}}; });
}

TEST(PbkWriter, an_entry_is_removed_with_its_lines) {
  auto book = read(std::string(office) + std::string(x25));
  ASSERT_TRUE(book.remove("main office"));
  EXPECT_EQ(book.text(), x25);
  EXPECT_EQ(book.remove("Main Office").error().ras, Ras::no_entry);
}

TEST(Pbk, base_protocol_1_is_ppp_with_nts_authentication_and_encryption) {
  auto const book = Pbk::parse(
      "[office]\r\nBaseProtocol=1\r\nAuthRestrictions=544\r\nDataEncryption=256\r\nIpPrioritizeRemote=1\r\n"
      "IpHeaderCompression=1\r\n"
      "[slip]\r\nBaseProtocol=2\r\nDataEncryption=0\r\n[bare]\r\n",
      "b.pbk");
  ASSERT_TRUE(book) << book.error().message;
  auto const entries = book->entries();
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_TRUE(entries[0].ppp);
  EXPECT_EQ(entries[0].authentication, auth::chap | auth::ms_chap_v2);
  EXPECT_EQ(entries[0].encryption, Encryption::require);
  EXPECT_TRUE(entries[0].default_route);
  EXPECT_TRUE(entries[0].header_compression);
  EXPECT_FALSE(entries[1].ppp);
  EXPECT_EQ(entries[1].encryption, Encryption::off);
  EXPECT_FALSE(entries[2].ppp);
  EXPECT_EQ(entries[2].encryption, Encryption::allow);
}

}  // namespace
}  // namespace offhook::phonebook
