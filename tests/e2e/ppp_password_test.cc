// A password that rasd refuses is put right by who sits at rasdial's terminal, and one that has expired is
// changed, by MS-CHAP-V2's own packets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/ppp_dial.h"
#include "tests/e2e/terminal.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto by_microsoft = "authentication = [\"ms-chap-v2\"]\n";

class PppPasswords : public PppDial {
 protected:
  std::string secrets() const { return read_file(folder / "chap-secrets"); }
};

TEST_F(PppPasswords, a_wrong_one_is_asked_for_again_in_the_same_call) {
  OFFHOOK_BEGIN(1, by_microsoft + std::string("retries = 1\n"));
  Terminal person(call(0, "exit 7", {.password = "violet"}), spawn());
  EXPECT_TRUE(person.expect("Access denied.", long_enough));
  ASSERT_TRUE(person.expect("Password of anna: ", long_enough));
  ASSERT_TRUE(person.type("tulip\r"));
  EXPECT_TRUE(person.expect("Connected to ", long_enough));
  EXPECT_EQ(person.process().wait(long_enough), 7);
  EXPECT_THAT(person.unseen(), Not(HasSubstr("tulip")));
  EXPECT_TRUE(all_listen());
}

TEST_F(PppPasswords, a_second_wrong_one_is_691_and_so_is_none) {
  OFFHOOK_BEGIN(1, by_microsoft + std::string("retries = 1\n"));
  for (std::string const typed : {"fern\r", "\x03"}) {
    Terminal person(call(0, "exit 7", {.password = "violet"}), spawn());
    ASSERT_TRUE(person.expect("Password of anna: ", long_enough));
    ASSERT_TRUE(person.type(typed));
    EXPECT_TRUE(person.expect("Access denied: see user, password", long_enough));
    EXPECT_EQ(person.process().wait(long_enough), 1);
    EXPECT_TRUE(all_listen());
  }
}

TEST_F(PppPasswords, an_expired_one_is_changed_in_the_file_and_is_good_from_then_on) {
  OFFHOOK_BEGIN(
      1, by_microsoft + std::string("change_passwords = true\n[user.bob]\npassword_until = 2020-01-01\n"));
  {
    Terminal person(call(0, "exit 7", {"bob", "rose"}), spawn());
    EXPECT_TRUE(person.expect("The password has expired.", long_enough));
    for (std::string const typed : {"fern", "ferm"}) {
      ASSERT_TRUE(person.expect(typed == "fern" ? "New password of bob: " : "once more: ", long_enough));
      ASSERT_TRUE(person.type(typed + "\r"));
    }
    ASSERT_TRUE(person.expect("They differ. New password of bob: ", long_enough));
    ASSERT_TRUE(person.type("fern\r"));
    ASSERT_TRUE(person.expect("once more: ", long_enough));
    ASSERT_TRUE(person.type("fern\r"));
    EXPECT_TRUE(person.expect("Connected to ", long_enough)) << rasd->log();
    EXPECT_EQ(person.process().wait(long_enough), 7);
  }
  EXPECT_THAT(secrets(), HasSubstr("anna * tulip\nbob * \"fern\" # changed 20"));
  EXPECT_THAT(rasd->log(), HasSubstr("user 'bob' has changed his password"));
  EXPECT_THAT(rasd->log(), Not(HasSubstr("fern")));
  EXPECT_TRUE(all_listen());
  EXPECT_EQ(run(call(0, "exit 7", {"bob", "fern"}), long_enough, spawn()).status, 7);
  EXPECT_TRUE(all_listen());
  EXPECT_THAT(run(call(0, "exit 7", {"bob", "rose"}), long_enough, spawn()).err, HasSubstr("Error 691"));
  EXPECT_TRUE(all_listen());
}

TEST_F(PppPasswords, an_expired_one_is_648_where_nobody_is_there_to_change_it) {
  OFFHOOK_BEGIN(
      1, by_microsoft + std::string("change_passwords = true\n[user.bob]\npassword_until = 2020-01-01\n"));
  Outcome const outcome = run(call(0, "exit 7", {"bob", "rose"}), long_enough, spawn());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("Error 648: The password has expired"));
  EXPECT_THAT(secrets(), HasSubstr("bob * rose\n"));
  EXPECT_TRUE(all_listen());
}

}  // namespace
}  // namespace offhook::e2e
