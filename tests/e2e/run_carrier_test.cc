// `vmodem run --wait-carrier`: blocking opens of a port wait for carrier where CLOCAL is clear.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <thread>

#include "tests/e2e/run_fixture.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

class Carrier : public Run {
 protected:
  void SetUp() override {
    Run::SetUp();
    ASSERT_TRUE(PortFile(bank.port(0)).command("ATE0S0=1"));
  }
  /// A shell that opens the port, says so, and then does `then`.
  Argv opener(std::string const& clocal, std::string const& how, std::string const& then = ":") const {
    return under(
        {"sh", "-c",
         "stty -F $0 raw " + clocal + " && echo opening && exec 3" + how + "$0 && echo open'ed' && " + then,
         bank.port(0)},
        {"--wait-carrier"});
  }
};

TEST_F(Carrier, is_waited_for_with_dtr_on_and_the_call_is_the_programs) {
  Terminal shell(opener("-clocal", "<>", "echo hello >&3 && read -r x <&3 && echo \"got $x\""));
  ASSERT_TRUE(shell.expect("opening"));
  ASSERT_TRUE(comes("\"dtr\":true"));
  EXPECT_THAT(shell.listen(700ms), Not(HasSubstr("opened")));
  PortFile caller(bank.port(1));
  ASSERT_TRUE(caller.type("ATD" + BankProcess::number(0) + "\r"));
  ASSERT_TRUE(shell.expect("opened"));
  ASSERT_TRUE(caller.expect("CONNECT"));
  ASSERT_TRUE(caller.expect("hello"));
  ASSERT_TRUE(caller.type("there\n"));
  EXPECT_TRUE(shell.expect("got "));
  EXPECT_EQ(shell.process().wait(), 0);
}

TEST_F(Carrier, is_not_waited_for_with_clocal_or_without_the_option) {
  EXPECT_THAT(run(opener("clocal", "<>")).out, HasSubstr("opened"));
  Argv plain = opener("-clocal", "<>");
  std::erase(plain, "--wait-carrier");
  EXPECT_THAT(run(plain).out, HasSubstr("opened"));
}

TEST_F(Carrier, is_not_waited_for_by_who_opens_without_blocking) {
  // picocom opens with O_NONBLOCK.
  ASSERT_EQ(run({"stty", "-F", bank.port(0), "-clocal"}).status, 0);
  Terminal picocom(under({"picocom", bank.own_name(0)}, {"--wait-carrier"}));
  EXPECT_TRUE(picocom.expect("Terminal ready"));
}

TEST_F(Carrier, a_hang_up_meanwhile_leaves_the_open_waiting_at_the_fresh_pty) {
  Terminal shell(opener("-clocal", "<>"));
  ASSERT_TRUE(shell.expect("opening"));
  ASSERT_TRUE(comes("\"dtr\":true"));
  Watcher(bank.dir() + "/v24.sock").revoke();
  EXPECT_THAT(shell.listen(700ms), Not(HasSubstr("opened")));
  ASSERT_TRUE(comes("\"dtr\":true"));
  PortFile caller(bank.port(1));
  ASSERT_TRUE(caller.type("ATD" + BankProcess::number(0) + "\r"));
  EXPECT_TRUE(shell.expect("opened"));
}

TEST_F(Carrier, a_port_that_is_pulled_out_meanwhile_ends_the_open_and_leaves_no_file_in_its_place) {
  Terminal shell(opener("-clocal", ">"));
  ASSERT_TRUE(shell.expect("opening"));
  ASSERT_TRUE(comes("\"dtr\":true"));
  ASSERT_EQ(bank.vmodem({"unplug", "ttyVM0", "--remove"}).status, 0);
  EXPECT_NE(shell.process().wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(bank.own_name(0)));
}

TEST_F(Carrier, a_signal_ends_the_open_and_the_port_is_let_go) {
  Terminal shell(opener("-clocal", "<>"));
  ASSERT_TRUE(shell.expect("opening"));
  ASSERT_TRUE(comes("\"dtr\":true"));
  shell.process().signal(SIGTERM);
  EXPECT_EQ(shell.process().wait(), 128 + SIGTERM);
  EXPECT_TRUE(comes("\"dtr\":false"));
}

TEST_F(Carrier, a_program_that_is_killed_in_it_lets_the_port_go_though_another_runs_on) {
  Terminal shell(under({"sh", "-c",
                        "stty -F $0 -clocal; sh -c 'exec 3<>$0' $0 & sleep 0.5; echo opening; read x; "
                        "kill $!; echo killed; read x",
                        bank.port(0)},
                       {"--wait-carrier"}));
  ASSERT_TRUE(shell.expect("opening"));
  ASSERT_TRUE(comes("\"dtr\":true"));
  ASSERT_TRUE(shell.type("\r"));
  ASSERT_TRUE(shell.expect("killed"));
  EXPECT_TRUE(comes("\"dtr\":false"));
}

TEST_F(Carrier, a_port_that_was_opened_and_closed_is_closed_though_another_runs_on) {
  Terminal shell(
      under({"sh", "-c", "stty -F $0 clocal; exec 3<>$0; echo opened; read x; exec 3>&-; echo closed; read x",
             bank.port(0)},
            {"--wait-carrier"}));
  ASSERT_TRUE(shell.expect("opened"));
  ASSERT_TRUE(comes("\"dtr\":true"));
  ASSERT_TRUE(shell.type("\r"));
  ASSERT_TRUE(shell.expect("closed"));
  EXPECT_TRUE(comes("\"dtr\":false"));
}

TEST_F(Carrier, the_bank_killed_ends_the_open) {
  Terminal shell(opener("-clocal", "<>"));
  ASSERT_TRUE(shell.expect("opening"));
  ASSERT_TRUE(comes("\"dtr\":true"));
  bank.process().signal(SIGKILL);
  EXPECT_TRUE(shell.process().wait().has_value());
}

TEST_F(Carrier, the_supervisor_killed_ends_the_open) {
  Paused shell(opener("-clocal", "<>"));
  ASSERT_TRUE(shell.terminal().expect("opening"));
  ASSERT_TRUE(comes("\"dtr\":true"));
  shell.kill_supervisor();
  EXPECT_TRUE(shell.terminal().expect("Function not implemented"));
  EXPECT_TRUE(shell.terminal().process().wait().has_value());
}

}  // namespace
}  // namespace offhook::e2e
