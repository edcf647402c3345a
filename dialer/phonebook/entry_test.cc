#include "dialer/phonebook/entry.h"

#include <gmock/gmock.h>

namespace offhook::phonebook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Entry named(std::string name) {
  Entry e;
  e.name = std::move(name);
  return e;
}

TEST(DialList, numbers_are_dialled_in_order_the_primary_first) {
  Entry e;
  e.numbers = {{"1", ""}, {"", ""}, {"2", ""}};
  EXPECT_THAT(dial_list(e), ElementsAre("1", "2"));
  e.try_alternates = false;
  EXPECT_THAT(dial_list(e), ElementsAre("1"));
  EXPECT_THAT(dial_list(Entry{}), IsEmpty());
}

TEST(DialList, prefix_and_suffix_are_put_around_every_number_where_asked_for) {
  Entry e;
  e.numbers = {{"1", ""}, {"2", ""}};
  e.prefix = "9,";
  e.suffix = "#";
  EXPECT_THAT(dial_list(e), ElementsAre("1", "2"));
  EXPECT_THAT(dial_list(e, true), ElementsAre("9,1#", "9,2#"));
  e.use_prefix_suffix = true;
  EXPECT_THAT(dial_list(e), ElementsAre("9,1#", "9,2#"));
  EXPECT_THAT(dial_list(e, false, "7"), ElementsAre("9,7#"));
}

TEST(EntryLookup, the_exact_name_comes_before_one_in_another_case) {
  std::vector<Entry> const book{named("office"), named("Office"), named("My Home")};
  EXPECT_EQ((*find(book, "Office"))->name, "Office");
  EXPECT_EQ((*find(book, "office"))->name, "office");
  EXPECT_EQ((*find(book, "my home"))->name, "My Home") << "names have blanks";
  auto const both = find(book, "OFFICE");
  ASSERT_FALSE(both) << "which of the two?";
  EXPECT_THAT(both.error().message, HasSubstr("near are: 'office', 'Office'"));
}

TEST(EntryLookup, a_name_that_is_not_there_is_623_with_the_names_that_are_near) {
  std::vector<Entry> const book{named("Main Office"), named("Home"), named("Branch Office")};
  auto const failure = find(book, "Main Ofice").error();
  EXPECT_EQ(failure.ras, Ras::no_entry);
  EXPECT_EQ(failure.message, "the phonebook has no entry 'Main Ofice'; near are: 'Main Office'");
  EXPECT_THAT(find(book, "office").error().message, HasSubstr("'Main Office', 'Branch Office'"));
  EXPECT_THAT(find(book, "elsewhere").error().message, Not(HasSubstr("near")));
  EXPECT_THAT(find({}, "x").error().message, HasSubstr("it is empty"));
}

TEST(EntryLookup, a_mad_name_is_escaped_and_cut_short) {
  std::vector<Entry> const book{named("a")};
  auto const message = find(book, "\x1b[2J" + std::string(100'000, 'x')).error().message;
  EXPECT_THAT(message, HasSubstr("\\x1b"));
  EXPECT_LT(message.size(), 400u);
}

TEST(EntryCheck, devices_stand_once_each_and_in_the_order_of_the_call) {
  Entry e = named("a");
  using Kind = Device::Kind;
  auto const with = [&](std::initializer_list<Kind> kinds) {
    e.devices.clear();
    for (Kind const kind : kinds) e.devices.push_back({kind, "", "", "", "", "", ""});
    return check(e).has_value();
  };
  EXPECT_TRUE(with({}));
  EXPECT_TRUE(with({Kind::pre_connect_switch, Kind::modem, Kind::x25_pad, Kind::post_connect_switch}));
  EXPECT_FALSE(with({Kind::modem, Kind::pre_connect_switch}));
  EXPECT_FALSE(with({Kind::modem, Kind::modem}));
  EXPECT_TRUE(with({Kind::other}));
}

}  // namespace
}  // namespace offhook::phonebook
