// `vmodem run` with the programs that people have: each a line to paste (README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace offhook::e2e
