// A bank's beginning and end: what it announces, what it leaves behind, and what a killed one leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/e2e/bank_process.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

bool exists(std::string const& path) {
  struct stat ignored;
  return lstat(path.c_str(), &ignored) == 0;
}

TEST(Lifetime, a_bank_announces_each_port_and_then_that_it_is_ready) {
  BankProcess bank({"--modems", "2"});
  ASSERT_TRUE(bank.up());
  EXPECT_EQ(bank.announced(),
            "ttyVM0 " + bank.port(0) + " 5550100\nttyVM1 " + bank.port(1) + " 5550101\nready\n");
}

class Signal : public testing::TestWithParam<int> {};
TEST_P(Signal, ends_calls_and_removes_names_and_sockets) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0), PortFile::Modem::controls), b(bank.port(1));
  ASSERT_TRUE(connect(a, b, bank.number(1)));
  EXPECT_TRUE(exists(bank.dir() + "/control.sock"));
  EXPECT_TRUE(exists(bank.dir() + "/v24.sock"));
  bank.process().signal(GetParam());
  EXPECT_EQ(bank.process().wait(), 0);
  EXPECT_TRUE(a.expect_end());
  EXPECT_TRUE(b.expect_end());
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(exists(bank.port(i)));
  EXPECT_FALSE(exists(bank.dir() + "/control.sock"));
  EXPECT_FALSE(exists(bank.dir() + "/v24.sock"));
}
INSTANTIATE_TEST_SUITE_P(All, Signal, testing::Values(SIGTERM, SIGINT));

TEST(Lifetime, kill_9_leaves_nothing_that_stops_the_next_bank) {
  TemporaryFolder folder;
  std::string const dir = folder / "bank";
  BankProcess first(dir, {});
  ASSERT_TRUE(first.up());
  PortFile held(first.port(0));
  ASSERT_TRUE(held.command("AT"));
  first.process().signal(SIGKILL);
  EXPECT_EQ(first.process().wait(), 128 + SIGKILL);
  EXPECT_TRUE(exists(first.port(0))) << "the test means to find what a killed bank leaves";

  BankProcess second(dir, {});
  ASSERT_TRUE(second.up());
  PortFile again(second.port(0));
  EXPECT_TRUE(again.command("AT"));
  EXPECT_EQ(second.vmodem({"status"}).status, 0);
}

TEST(Lifetime, a_second_bank_in_the_same_folder_is_refused_and_harms_nobody) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  Outcome const second = bank.vmodem({"up"}, 10s);
  EXPECT_EQ(second.status, 1) << second.out << second.err;
  PortFile a(bank.port(0));
  EXPECT_TRUE(a.command("AT"));
  EXPECT_EQ(bank.vmodem({"status"}).status, 0);
}

TEST(Lifetime, a_stored_profile_survives_the_bank) {
  TemporaryFolder folder;
  std::string const dir = folder / "bank";
  {
    BankProcess bank(dir, {});
    ASSERT_TRUE(bank.up());
    PortFile a(bank.port(0));
    ASSERT_TRUE(a.command("ATS0=3&W"));
  }
  BankProcess bank(dir, {});
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0));
  ASSERT_TRUE(a.type("ATS0?\r"));
  EXPECT_TRUE(a.expect("\r\n003\r\n"));
}

TEST(Lifetime, exit_status_tells_done_from_failed_from_bad_usage) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  EXPECT_EQ(bank.vmodem({"status"}).status, 0);
  Outcome const unknown = bank.vmodem({"ring", "ttyVM77"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.err, HasSubstr("ttyVM0"));
  EXPECT_EQ(bank.vmodem({"drop", "ttyVM0"}).status, 1) << "there is no call to drop";
  EXPECT_EQ(bank.vmodem({"frobnicate"}).status, 2);
  EXPECT_EQ(bank.vmodem({"ring"}).status, 2);
  TemporaryFolder empty;
  EXPECT_EQ(run({VMODEM_PROGRAM, "status", "--dir", empty.path()}).status, 1);
}

TEST(Lifetime, a_port_answers_after_every_verb_was_used_and_undone) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  for (Argv const& verb : std::vector<Argv>{{"unplug", "ttyVM0"},
                                            {"plug", "ttyVM0"},
                                            {"unplug", "ttyVM0", "--remove"},
                                            {"plug", "ttyVM0"},
                                            {"wedge", "ttyVM0"},
                                            {"reset", "ttyVM0"},
                                            {"force", "ttyVM0", "busy"},
                                            {"force", "ttyVM0", "none"},
                                            {"line", "ttyVM0", "rate=2400"},
                                            {"line", "ttyVM0", "rate=unlimited"}}) {
    Outcome const outcome = bank.vmodem(verb);
    EXPECT_EQ(outcome.status, 0) << verb[0] << ": " << outcome.err;
  }
  PortFile a(bank.port(0)), b(bank.port(1));
  EXPECT_TRUE(connect(a, b, bank.number(1)));
}

}  // namespace
}  // namespace offhook::e2e
