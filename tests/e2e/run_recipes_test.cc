// `vmodem run` with the programs that people have: each a line to paste (README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/network.h"
#include "tests/e2e/run_fixture.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

class Recipes : public Run {
 protected:
  /// A DTE on port 1 that calls port 0.
  testing::AssertionResult call(PortFile& caller) const {
    return caller.type("ATD" + BankProcess::number(0) + "\r");
  }
  /// Whether the program is there, and may be given files of its own in place of the system's.
  static bool may_mount(std::string const& program) {
    return geteuid() == 0 && run({"sh", "-c", "command -v " + program}).status == 0 &&
           run({"unshare", "-m", "true"}).status == 0;
  }
  /// In a mount namespace of its own, after these commands.
  static Argv mounted(std::string const& commands, Argv const& program) {
    Argv argv{"unshare", "-m", "sh", "-c", commands + " && exec \"$@\"", "sh"};
    argv.insert(argv.end(), program.begin(), program.end());
    return argv;
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
  ASSERT_TRUE(minicom.reaches_modem());
  ASSERT_TRUE(minicom.type("ATDT5550000\r"));
  ASSERT_TRUE(minicom.expect("Online"));  // the bar may say so before CONNECT is read, or after
  ASSERT_TRUE(minicom.type("\x01h"));
  ASSERT_TRUE(minicom.expect("Hang-up line?"));
  ASSERT_TRUE(minicom.type("\r"));
  ASSERT_TRUE(minicom.expect("Offline"));
  EXPECT_TRUE(comes("\"dcd\":false"));
}

TEST_F(Recipes, picocom_lowers_and_pulses_dtr_and_shows_the_lines) {
  Terminal picocom(under({"picocom", bank.own_name(0)}));
  ASSERT_TRUE(picocom.reaches_modem());
  ASSERT_TRUE(picocom.type("ATDT5550000\r"));
  ASSERT_TRUE(picocom.expect("CONNECT"));
  ASSERT_TRUE(comes("\"dcd\":true"));
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
  if (!may_mount("mgetty")) GTEST_SKIP() << "needs mgetty, root, and leave to unshare";
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
  Process process(mounted("mkdir -p /var/log/mgetty && mount --bind " + etc.path() +
                              " /etc/mgetty && mount --bind " + log.path() + " /var/log/mgetty",
                          mgetty));
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

/// wvdial writes its user into /etc/ppp, and crashes in some runs unless addresses are fixed (setarch -R).
TEST_F(Recipes, wvdial_dials_sees_carrier_and_starts_pppd) {
  if (!may_mount("wvdial")) GTEST_SKIP() << "needs wvdial, root, and leave to unshare";
  TemporaryFolder ppp;
  std::string const pppd = programs / "pppd";
  write_file(pppd, "#!/bin/sh\necho the link is ours >&2\n");
  ASSERT_EQ(run({"chmod", "755", pppd}).status, 0);
  write_file(ppp / "pap-secrets", "");
  write_file(ppp / "chap-secrets", "");
  write_file(ppp / "wvdial.conf", "[Dialer Defaults]\nModem = " + bank.port(0) +
                                      "\nBaud = 115200\nInit1 = ATZ\nPhone = 5550000\nUsername = alice\n"
                                      "Password = x\nStupid Mode = yes\nAuto Reconnect = no\nPPPD Path = " +
                                      pppd + "\n");
  auto const done = run(mounted("mount --bind " + ppp.path() + " /etc/ppp",
                                under({"setarch", "-R", "wvdial", "-C", ppp / "wvdial.conf"})),
                        2 * patience);
  EXPECT_THAT(done.out + done.err, HasSubstr("Carrier detected"));
  EXPECT_THAT(done.out + done.err, HasSubstr("Starting pppd"));
  EXPECT_THAT(done.out + done.err, testing::Not(HasSubstr("Cannot set information"))) << "TIOCSSERIAL";
  EXPECT_TRUE(comes("\"dcd\":false"));
}

/// It looks at the ports in /dev: here at a /dev with one.
TEST_F(Recipes, wvdialconf_finds_the_modem_and_its_speeds) {
  if (!may_mount("wvdialconf")) GTEST_SKIP() << "needs wvdialconf, root, and leave to unshare";
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "dev");
  std::string const old = folder / "dev";
  auto const done = run(
      mounted("mount --rbind /dev " + old +
                  " && mount -t tmpfs none /dev && mkdir /dev/pts && mount --rbind " + old +
                  "/pts /dev/pts && for d in null zero tty urandom ptmx; do touch /dev/$d && mount --bind " +
                  old + "/$d /dev/$d; done && ln -s " + bank.port(0) + " /dev/ttyS0",
              under({"setarch", "-R", "wvdialconf", folder / "wvdial.conf"})),
      2 * patience);
  EXPECT_THAT(done.out + done.err, HasSubstr("Found a modem on /dev/ttyS0")) << done.out << done.err;
  EXPECT_THAT(read_file(folder / "wvdial.conf"), HasSubstr("Modem = /dev/ttyS0"));
}

}  // namespace
}  // namespace offhook::e2e
