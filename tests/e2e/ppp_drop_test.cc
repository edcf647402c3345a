// Calls of rasdial that stood and are dropped: each way to go has its error, and a status that is not 0.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/e2e/ppp_dial.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

class PppDrops : public PppDial {
 protected:
  /// COMMAND takes no notice of its hang-up but that it ends, well: the status is rasdial's own.
  static constexpr char deaf[] = "trap 'echo hung-up; exit 0' HUP; echo runs=; while :; do sleep 0.1; done";

  Dialling stands() {
    Dialling made = dials(0, deaf);
    EXPECT_TRUE(says(made, "runs="));
    return made;
  }
  /// A call by a phonebook whose one entry has these keys.
  Dialling dials_entry(std::string const& keys) const {
    write_file(folder / "book.toml", "[[entry]]\nname = \"office\"\nnumbers = [\"" + BankProcess::number(0) +
                                         "\"]\nprotocol = \"ppp\"\n" + keys);
    return dialled({folder / "rasdial", "office", "anna", "tulip", "--port", BankProcess::name(1), "--dir",
                    rasd->dir(), "--phonebook", folder / "book.toml", "--", "sh", "-c", deaf},
                   spawn(), folder / "office");
  }
  void is_dropped(Dialling& dialling, std::string const& error) {
    EXPECT_EQ(dialling.process.wait(long_enough), 1);
    EXPECT_THAT(dialling.said(), HasSubstr("hung-up"));
    EXPECT_THAT(dialling.complained(), HasSubstr("\n" + error + "\n"));
    EXPECT_TRUE(all_are_gone());
  }
};

TEST_F(PppDrops, a_carrier_that_is_lost_is_629) {
  OFFHOOK_BEGIN(1, "");
  Dialling dialling = stands();
  ASSERT_EQ(bank->vmodem({"drop", BankProcess::name(0)}).status, 0);
  is_dropped(dialling, "Error 629: The far end hung up, or the line was lost: dial again.");
  EXPECT_TRUE(all_listen());
}

TEST_F(PppDrops, an_administrator_who_hangs_up_is_629_with_his_reason) {
  OFFHOOK_BEGIN(1, "");
  Dialling dialling = stands();
  Outcome const told =
      run({RASADMIN_PROGRAM, "--dir", rasd->dir(), "hangup", BankProcess::name(0)}, long_enough, spawn());
  ASSERT_EQ(told.status, 0) << told.err;
  is_dropped(
      dialling,
      "Error 629: The remote computer ended the link: The call is ended by the port manager: dial again.");
  EXPECT_TRUE(all_listen());
}

TEST_F(PppDrops, the_far_ends_idle_limit_is_629_with_its_reason) {
  OFFHOOK_BEGIN(1, "idle = \"2s\"\n");
  Dialling dialling = stands();
  is_dropped(dialling,
             "Error 629: The remote computer ended the link: The call was idle for too long: dial again.");
  EXPECT_TRUE(all_listen());
  EXPECT_EQ(rasd->port(BankProcess::name(0)).last_end, "idle_timeout");
}

TEST_F(PppDrops, a_ports_session_limit_ends_a_call_of_ppp) {
  ASSERT_NO_FATAL_FAILURE(begin(1, "", "session_limit = \"3s\"\n"));
  if (IsSkipped()) return;
  Dialling dialling = stands();
  is_dropped(
      dialling,
      "Error 629: The remote computer ended the link: The call is ended by the port manager: dial again.");
  EXPECT_TRUE(all_listen());
  EXPECT_EQ(rasd->port(BankProcess::name(0)).last_end, "session_timeout");
}

TEST_F(PppDrops, an_entrys_idle_time_is_628) {
  OFFHOOK_BEGIN(1, "");
  Dialling dialling = dials_entry("idle_disconnect_seconds = 2\n");
  is_dropped(dialling,
             "Error 628: Nothing has passed for 2 s, the idle time of the entry: the call was hung up.");
  EXPECT_TRUE(all_listen());
}

/// Four questions of LCP's without an answer are the end.
TEST_F(PppDrops, a_far_end_that_answers_no_more_is_668) {
  OFFHOOK_BEGIN(1, "");
  Dialling dialling = dials_entry("echo_seconds = 1\n");
  EXPECT_TRUE(says(dialling, "runs="));
  rasd->process().signal(
      SIGSTOP);  // it is the port's manager as well, and will not say that the port listens
  EXPECT_TRUE(says(dialling, "hung-up"));
  rasd->process().signal(SIGCONT);
  EXPECT_EQ(dialling.process.wait(long_enough), 1);
  EXPECT_THAT(
      dialling.complained(),
      HasSubstr("\nError 668: The far end answers no more, though the line still stands: dial again."));
  EXPECT_TRUE(all_are_gone());
  EXPECT_TRUE(all_listen());
}

}  // namespace
}  // namespace offhook::e2e
