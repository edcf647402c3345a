// Ports that are no modems, with the programs people use on them: an X.25 PAD and a null-modem cable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

constexpr char three_kinds[] = R"toml(
[bank]
modems = 5
[[modem]]
port = "ttyVM0"
number = "5550100"
kind = "pad"
[[modem]]
port = "ttyVM1"
number = "5550101"
[[modem]]
port = "ttyVM2"
number = "5550102"
kind = "null-modem"
peer = "ttyVM3"
[[modem]]
port = "ttyVM3"
number = "5550103"
kind = "null-modem"
peer = "ttyVM2"
answers_client = true
)toml";

class Kinds : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(bank->up()); }
  static Argv picocom(std::string const& port) { return {"picocom", "-b", "115200", port}; }
  static Argv socat(std::string const& port) {
    return {"socat", "-d", "-d", "-,raw,echo=0", port + ",raw,echo=0,b115200"};
  }
  /// A program may greet before its own terminal is raw: the first words are then cooked.
  static testing::AssertionResult asks(Terminal& program, char const* words, char const* answer) {
    for (int tries = 0; tries < 10; ++tries) {
      if (auto typed = program.type(words); !typed) return typed;
      if (program.expect(answer, 3s)) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "no " << answer << " in: " << program.unseen();
  }
  ConfiguredBank bank{three_kinds};
};

TEST_F(Kinds, picocom_at_a_pad_selects_a_modem_and_clears_the_call) {
  PortFile modem(bank->port(1));
  ASSERT_TRUE(modem.command("ATS0=1"));
  Terminal pad(picocom(bank->own_name(0)));
  ASSERT_TRUE(pad.expect("Terminal ready"));
  ASSERT_TRUE(asks(pad, "\r", "OFFHOOK PAD"));
  ASSERT_TRUE(pad.type("PAR? 1\r"));
  EXPECT_TRUE(pad.expect("PAR"));

  ASSERT_TRUE(pad.type("5550101\r"));
  ASSERT_TRUE(pad.expect("COM\r\n"));
  ASSERT_TRUE(modem.expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(pad.type("to the modem\r"));
  EXPECT_TRUE(modem.expect("to the modem\r"));
  ASSERT_TRUE(modem.type("to the PAD\r\n"));
  EXPECT_TRUE(pad.expect("to the PAD"));

  ASSERT_TRUE(pad.type("\x10"));  // DLE, the recall
  ASSERT_TRUE(pad.type("STAT\r"));
  EXPECT_TRUE(pad.expect("ENGAGED"));
  ASSERT_TRUE(pad.type("\x10"));
  ASSERT_TRUE(pad.type("CLR\r"));
  EXPECT_TRUE(pad.expect("CLR CONF"));
  EXPECT_TRUE(modem.expect("NO CARRIER\r\n"));
  ASSERT_TRUE(pad.type("5550199\r"));
  EXPECT_TRUE(pad.expect("CLR NP"));
}

TEST_F(Kinds, a_modems_call_comes_to_socat_at_a_pad_and_ends_with_clr) {
  Terminal pad(socat(bank->own_name(0)));
  ASSERT_TRUE(pad.expect("starting data transfer loop"));
  PortFile modem(bank->port(1));
  ASSERT_TRUE(modem.type("ATDT5550100\r"));
  ASSERT_TRUE(modem.expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(pad.expect("COM\r\n"));
  ASSERT_TRUE(modem.type("hello, PAD"));
  EXPECT_TRUE(pad.expect("hello, PAD"));
  modem.close();
  EXPECT_TRUE(pad.expect("CLR DTE"));
}

TEST_F(Kinds, picocom_and_socat_talk_over_a_null_modem_cable_and_the_script_answers_client) {
  Terminal near(picocom(bank->own_name(2)));
  ASSERT_TRUE(near.expect("Terminal ready"));
  Terminal far(socat(bank->own_name(3)));
  ASSERT_TRUE(far.expect("starting data transfer loop"));
  ASSERT_TRUE(eventually([&] {
    return bank->vmodem({"status", "ttyVM2", "--json"}).out.find("\"dcd\":true") != std::string::npos;
  }));
  ASSERT_TRUE(asks(far, "CLIENT", "CLIENTSERVER")) << "the end that serves answers its own DTE";
  ASSERT_TRUE(far.type("straight across"));
  EXPECT_TRUE(near.expect("straight across"));
  ASSERT_TRUE(asks(near, "and back", ""));
  EXPECT_TRUE(far.expect("and back"));
  EXPECT_THAT(bank->vmodem({"status"}).out, HasSubstr("joined"));
}

}  // namespace
}  // namespace offhook::e2e
