#include "dialer/app/book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace offhook::dialer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Books : public testing::Test {
 protected:
  Books() {
    char name[] = "/tmp/offhook-books-XXXXXX";
    dir = ::mkdtemp(name);
    ::setenv("HOME", dir.c_str(), 1);
    ::unsetenv("XDG_CONFIG_HOME");
    ::unsetenv("RASDIAL_PHONEBOOK");
  }
  ~Books() override { std::filesystem::remove_all(dir); }
  void write(std::string const& file, std::string const& text) const {
    std::filesystem::create_directories(std::filesystem::path(dir + "/" + file).parent_path());
    std::ofstream(dir + "/" + file) << text;
  }
  std::string dir;
  Options options;
};

TEST_F(Books, the_first_that_has_the_entry_counts) {
  write(".config/offhook/phonebook.toml", "[[entry]]\nname = \"home\"\nnumbers = [\"1\"]\n");
  write(".rasphone.pbk", "[home]\nPhoneNumber=2\n\n[the office]\nDEVICE=modem\nPhoneNumber=3\n");
  auto const places = phonebook_places(options);
  auto const home = find_entry(places, "home");
  ASSERT_TRUE(home) << home.error().message;
  EXPECT_EQ(home->numbers.front().text, "1");
  auto const office = find_entry(places, "the office");
  ASSERT_TRUE(office) << office.error().message;
  EXPECT_EQ(office->numbers.front().text, "3");
  EXPECT_THAT(entry_names(places), ElementsAre("home", "the office"));
}

TEST_F(Books, a_named_one_is_the_only_one_and_must_be_there) {
  write(".rasphone.pbk", "[home]\n");
  options.phonebook = dir + "/none.pbk";
  auto const entry = find_entry(phonebook_places(options), "home");
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().ras, phonebook::Ras::cannot_open);
  ::setenv("RASDIAL_PHONEBOOK", "/somewhere/else.toml", 1);
  EXPECT_THAT(phonebook_places(options).files, ElementsAre(dir + "/none.pbk"));
  EXPECT_THAT(phonebook_places(Options()).files, ElementsAre("/somewhere/else.toml"));
}

TEST_F(Books, none_at_all_says_where_one_is_looked_for) {
  auto const entry = find_entry(phonebook_places(options), "home");
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().ras, phonebook::Ras::cannot_open);
  EXPECT_THAT(entry.error().message, HasSubstr(dir + "/.rasphone.pbk"));
}

TEST_F(Books, an_entry_that_none_has_is_623_and_names_the_files) {
  write(".rasphone.pbk", "[home]\n");
  auto const entry = find_entry(phonebook_places(options), "hoem");
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().ras, phonebook::Ras::no_entry);
  EXPECT_THAT(entry.error().message, HasSubstr(".rasphone.pbk"));
}

TEST_F(Books, the_command_line_goes_before_the_entry) {
  phonebook::Entry entry;
  entry.name = "office";
  entry.port = "ttyVM0";
  entry.numbers = {{"1", ""}, {"2", ""}};
  entry.redial_attempts = 3;
  entry.redial_seconds = 10;
  auto plan = make_plan(options, entry);
  EXPECT_EQ(*plan, (call::Plan{.entry = "office",
                               .port = "ttyVM0",
                               .numbers = {"1", "2"},
                               .redial_attempts = 3,
                               .redial_pause = 10s}));
  options.port = "ttyVM7";
  options.phone = "9";
  plan = make_plan(options, entry);
  EXPECT_EQ(plan->port, "ttyVM7");
  EXPECT_THAT(plan->numbers, ElementsAre("9"));
}

phonebook::Device device(phonebook::Device::Kind kind, std::string name, std::string address = {}) {
  phonebook::Device made;
  made.kind = kind;
  made.name = std::move(name);
  made.address = std::move(address);
  return made;
}

TEST_F(Books, the_first_modem_or_pad_is_the_ports_own) {
  using Kind = phonebook::Device::Kind;
  phonebook::Entry entry;
  entry.devices = {device(Kind::pre_connect_switch, "selector"), device(Kind::modem, "courier"),
                   device(Kind::x25_pad, "", "311012345")};
  auto const plan = make_plan(options, entry);
  EXPECT_THAT(plan->devices, ElementsAre(call::Device{call::Device::Kind::pre_switch, "selector"},
                                         call::Device{call::Device::Kind::modem},
                                         call::Device{call::Device::Kind::pad, "pad", "311012345"}));
}

TEST_F(Books, a_ppp_entry_is_called_as_its_user_of_its_domain) {
  phonebook::Entry entry;
  entry.ppp = true;
  entry.user = "anna";
  entry.domain = "OFFICE";
  entry.authentication = phonebook::auth::pap | phonebook::auth::ms_chap_v2;
  options.password = "secret";
  auto const plan = make_plan(options, entry);
  ASSERT_TRUE(plan->ppp);
  EXPECT_EQ(*plan->ppp, (call::Ppp{"OFFICE\\anna", "secret"}));
  EXPECT_THAT(ppp_of(entry, *plan->ppp).link.lcp.prove,
              ElementsAre(ppp::AuthMethod::ms_chap_v2, ppp::AuthMethod::pap));
  EXPECT_FALSE(ppp_of(entry, *plan->ppp).link.lcp.callback);
  options.use = Use::terminal;
  EXPECT_FALSE(make_plan(options, entry)->ppp) << "a terminal takes the call's bytes";
}

TEST_F(Books, how_often_the_far_end_is_asked_whether_it_is_there_is_the_entrys) {
  phonebook::Entry entry;
  entry.ppp = true;
  EXPECT_EQ(ppp_of(entry, {}).link.echo, ppp::EchoConfig{}) << "the engine's own usage, and rasd's";
  entry.echo_seconds = 3;
  EXPECT_EQ(ppp_of(entry, {}).link.echo.interval, 3s);
}

TEST_F(Books, a_number_to_be_called_back_at_and_an_idle_time_are_of_ppp) {
  phonebook::Entry entry;
  entry.ppp = true;
  entry.callback = "5550199";
  entry.idle_disconnect_seconds = 300;
  auto plan = make_plan(options, entry);
  EXPECT_EQ(plan->ppp->callback, "5550199");
  options.callback = "5550102";
  plan = make_plan(options, entry);
  PppUse const use = ppp_of(entry, *plan->ppp);
  EXPECT_EQ(use.link.lcp.callback, ppp::callback_cbcp);
  EXPECT_EQ(use.link.callback, (ppp::CallbackWish{.number = "5550102", .delay = 3s}));
  EXPECT_EQ(use.idle, 300s);
}

}  // namespace
}  // namespace offhook::dialer
