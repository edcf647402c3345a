// `vmodem run` with the programs that people have: each a line to paste (README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/network.h"
#include "tests/e2e/run_fixture.h"

namespace offhook::e2e {
namespace {

class Recipes : public Run {
 protected:
  /// A DTE on port 1 that calls port 0.
  testing::AssertionResult call(PortFile& caller) const {
    return caller.type("ATD" + BankProcess::number(0) + "\r");
  }
};

TEST_F(Recipes, minicoms_status_bar_goes_online_and_its_hang_up_key_hangs_up) {
  TemporaryFolder home;
  Spawn spawn;
  spawn.environment = {{"HOME", home.path()}, {"TERM", "vt100"}};
  // It has a status bar where there are more than 24 rows.
  Terminal minicom(under({"sh", "-c", "stty rows 40 cols 100; exec minicom -o -D " + bank.own_name(0)}),
                   spawn);
  ASSERT_TRUE(minicom.expect("Offline"));
  ASSERT_TRUE(minicom.expect("Press"));
  ASSERT_TRUE(minicom.type("ATDT5550000\r"));
  ASSERT_TRUE(minicom.expect("CONNECT"));
  ASSERT_TRUE(minicom.expect("Online"));
  ASSERT_TRUE(minicom.type("\x01h"));
  ASSERT_TRUE(minicom.expect("Hang-up line?"));
  ASSERT_TRUE(minicom.type("\r"));
  ASSERT_TRUE(minicom.expect("Offline"));
  EXPECT_TRUE(comes("\"dcd\":false"));
}

TEST_F(Recipes, picocom_lowers_and_pulses_dtr_and_shows_the_lines) {
  Terminal picocom(under({"picocom", bank.own_name(0)}));
  ASSERT_TRUE(picocom.expect("Terminal ready"));
  ASSERT_TRUE(picocom.type("ATDT5550000\r"));
  ASSERT_TRUE(picocom.expect("CONNECT"));
  ASSERT_TRUE(picocom.type("\x01\x16"));  // C-a C-v
  EXPECT_TRUE(picocom.expect("DTR:1 DSR:1 DCD:1 RTS:1 CTS:1 RI:0"));
  ASSERT_TRUE(picocom.type("\x01\x10"));  // C-a C-p
  EXPECT_TRUE(picocom.expect("pulse DTR"));
  EXPECT_TRUE(picocom.expect("OK"));
  EXPECT_TRUE(comes("\"dcd\":false"));
  ASSERT_TRUE(picocom.type("\x01\x14"));  // C-a C-t
  EXPECT_TRUE(picocom.expect("DTR: down"));
  ASSERT_TRUE(picocom.type("\x01\x16"));
  EXPECT_TRUE(picocom.expect("DTR:0 DSR:1 DCD:0")) << picocom.unseen();
}

TEST_F(Recipes, agetty_prompts_when_there_is_carrier_and_its_session_ends_with_it) {
  {
    PortFile port(bank.port(0));
    ASSERT_TRUE(port.command("ATE0S0=1"));
    ASSERT_TRUE(port.type("ATQ1\r"));  // no RING, no CONNECT: they would be read as a name
    port.listen(300ms);
  }
  std::string const board = programs / "board";
  write_file(board, "#!/bin/sh\necho \"Welcome, $*\"\nwhile read -r x; do echo \"you said $x\"; done\n");
  ASSERT_EQ(run({"chmod", "755", board}).status, 0);
  auto const begun = Clock::now();
  Process getty(
      under({"setsid", "-w", "sh", "-c",
             "stty -F $0 115200 -clocal && exec agetty -8 -l " + board + " - 115200 vt100 <>$0 >&0 2>&0",
             bank.port(0)},
            {"--wait-carrier"}));
  ASSERT_TRUE(comes("\"dtr\":true"));
  PortFile caller(bank.port(1));
  ASSERT_TRUE(call(caller));
  ASSERT_TRUE(caller.expect("CONNECT"));
  ASSERT_TRUE(caller.expect("login: ")) << caller.unseen();
  ASSERT_TRUE(caller.type("alice\r"));
  ASSERT_TRUE(caller.expect("Welcome, -- alice"));
  ASSERT_TRUE(caller.type("hello\r"));
  ASSERT_TRUE(caller.expect("you said hello"));
  ASSERT_EQ(bank.vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_TRUE(getty.wait().has_value());
  EXPECT_LT(Clock::now() - begun, 2 * patience);
}

/// Runs in a mount namespace of its own, where /etc/mgetty and its log are the test's.
TEST_F(Recipes, mgetty_answers_knows_who_calls_and_resets_the_modem_by_dtr) {
  if (geteuid() != 0 || ::access("/usr/sbin/mgetty", X_OK) != 0 || run({"unshare", "-m", "true"}).status != 0)
    GTEST_SKIP() << "needs mgetty, root, and leave to unshare";
  TemporaryFolder etc, log;
  std::string const board = programs / "board";
  write_file(board, "#!/bin/sh\necho \"Welcome, $* from $CALLER_ID\"\nread -r x; echo \"you said $x\"\n");
  write_file(etc / "mgetty.config", "");
  write_file(etc / "login.config", "* - - " + board + " @\n");
  ASSERT_EQ(run({"chmod", "755", board}).status, 0);
  ASSERT_EQ(run({"chmod", "600", etc / "login.config"}).status, 0);
  // What it is given is a name under /dev; it waits for the second ring, since who calls is told after the
  // first.
  Argv const mgetty = under({"mgetty", "-D", "-x", "5", "-s", "115200", "-n", "2", "-m",
                             "\"\" ATE0+VCID=1 OK", "../" + bank.port(0)});
  Argv argv{"unshare",
            "-m",
            "sh",
            "-c",
            "mkdir -p /var/log/mgetty && mount --bind " + etc.path() + " /etc/mgetty && mount --bind " +
                log.path() + " /var/log/mgetty && exec \"$@\"",
            "sh"};
  argv.insert(argv.end(), mgetty.begin(), mgetty.end());
  Process process(argv);
  auto const said_in_log = [&](std::string const& text) {
    for (auto const& each : std::filesystem::directory_iterator(log.path()))
      if (read_file(each.path()).find(text) != std::string::npos) return true;
    return false;
  };
  ASSERT_TRUE(eventually([&] { return said_in_log("waiting..."); }));
  EXPECT_TRUE(said_in_log("lowering DTR to reset Modem"));
  EXPECT_TRUE(said_in_log("status: RTS CTS DSR DTR"));
  PortFile caller(bank.port(1));
  ASSERT_TRUE(call(caller));
  ASSERT_TRUE(caller.expect("CONNECT")) << caller.unseen();
  ASSERT_TRUE(caller.expect("login: "));
  ASSERT_TRUE(caller.type("alice\r"));
  ASSERT_TRUE(caller.expect("Welcome, alice from " + BankProcess::number(1))) << caller.unseen();
  ASSERT_TRUE(caller.type("hello\r"));
  ASSERT_TRUE(caller.expect("you said hello"));
  ASSERT_TRUE(caller.expect("NO CARRIER"));  // the board ends: its port is closed, and DTR falls
  EXPECT_TRUE(process.wait().has_value());
}

}  // namespace
}  // namespace offhook::e2e
