// What people do with a modem, with programs nobody changed, on what a stock pty gives: chat scripts, a login
// at a board, and how each terminal program goes on line and off again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

/// chat(8) with the port as its input and output, as pppd and a shell start it.
Outcome chat(PortFile& port, Argv const& script) {
  Argv argv{"chat", "-t", "20"};
  argv.insert(argv.end(), script.begin(), script.end());
  Spawn spawn;
  spawn.in = port.fd();
  spawn.out = port.fd();
  port.make_blocking();
  Process process(argv, spawn);
  Outcome outcome;
  outcome.status = process.wait(2 * patience).value_or(-1);
  return outcome;
}

TEST(Recipe, a_chat_script_dials_and_says_what_it_met) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile far(bank.port(1));
  ASSERT_TRUE(far.command("ATS0=1"));
  Argv const guards{"ABORT", "BUSY", "ABORT", "NO DIALTONE", "ABORT", "NO CARRIER"};
  auto const dials = [&](std::string const& number) {
    Argv script = guards;
    for (char const* word : {"", "AT&F", "OK"}) script.emplace_back(word);
    script.push_back("ATX4DT" + number);
    script.emplace_back("CONNECT");
    script.emplace_back("\\c");
    return script;
  };
  {
    PortFile near(bank.port(0));
    EXPECT_EQ(chat(near, dials("5550001")).status, 4) << "the first ABORT is BUSY";
    ASSERT_EQ(bank.vmodem({"force", "ttyVM0", "no-dialtone"}).status, 0);
    EXPECT_EQ(chat(near, dials("5550101")).status, 5);
    ASSERT_EQ(bank.vmodem({"force", "ttyVM0", "none"}).status, 0);
    EXPECT_EQ(chat(near, dials("5550101")).status, 0);
    ASSERT_TRUE(far.expect("\nCONNECT 115200\r\n"));
    ASSERT_TRUE(near.type("after the script"));
    EXPECT_TRUE(far.expect("after the script"));
  }
  EXPECT_TRUE(far.expect("NO CARRIER")) << "closing the port hangs up";
}

constexpr char board_script[] = R"sh(#!/bin/sh
printf 'Welcome to the board\r\nlogin: '; read -r user || exit 1
stty -echo; printf 'password: '; read -r secret || exit 1; stty echo; echo
[ "$user $secret" = "ann xyzzy" ] || { echo 'no such user or password'; exit 1; }
echo "Hello ann, the last caller was ${CALLER_NUMBER:-nobody}"
while read -r line; do [ "$line" = bye ] && exit 0; echo "you said: $line"; done
)sh";

TEST(Recipe, a_chat_script_logs_in_at_a_board_and_the_board_hangs_up) {
  TemporaryFolder folder;
  write_file(folder / "board", board_script);
  ConfiguredBank bank("[bank]\nphonebook = \"BOOK\"\n",
                      "[[entry]]\nnumber = \"5559\"\nprogram = \"exec sh " + (folder / "board") + "\"\n");
  ASSERT_TRUE(bank->up());
  PortFile near(bank->port(0));
  EXPECT_EQ(chat(near, {"ABORT", "NO CARRIER", "ABORT", "no such user", "", "ATZ", "OK", "ATDT5559",
                        "CONNECT", "\\c", "ogin:--ogin:", "ann", "assword:", "xyzzy", "caller was", "\\c"})
                .status,
            0);
  ASSERT_TRUE(near.expect(" 5550100\r\n"));
  ASSERT_TRUE(near.type("hello\r"));
  EXPECT_TRUE(near.expect("you said: hello"));
  ASSERT_TRUE(near.type("bye\r"));
  EXPECT_TRUE(near.expect("NO CARRIER\r\n"));
  EXPECT_EQ(chat(near, {"ABORT", "NO CARRIER", "ABORT", "no such user", "", "ATZ", "OK", "ATDT5559",
                        "CONNECT", "\\c", "ogin:", "ann", "assword:", "wrong", "caller was", "\\c"})
                .status,
            5)
      << "the second ABORT is 'no such user'";
}

/// A terminal program, what a person types to leave it, and what that is to the modem.
struct Leaving {
  char const* name;
  Argv (*argv)(std::string const& port);
  char const* ready;
  char const* leave;
  bool hangs_up;  // the close drops DTR; screen and tio clear HUPCL, and the call stays
};
void PrintTo(Leaving const& leaving, std::ostream* out) { *out << leaving.name; }

class Leaves : public testing::TestWithParam<Leaving> {};

TEST_P(Leaves, its_end_hangs_up_or_the_call_waits_for_the_next_program) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile far(bank.port(1));
  ASSERT_TRUE(far.command("ATS0=1"));
  TemporaryFolder home;
  Spawn spawn;
  spawn.environment = {{"HOME", home.path()}, {"SCREENDIR", home / "screens"}, {"TERM", "vt100"}};
  Terminal near(GetParam().argv(bank.own_name(0)), spawn);
  ASSERT_TRUE(near.expect(GetParam().ready));
  ASSERT_TRUE(near.reaches_modem());
  ASSERT_TRUE(near.type("ATDT5550101\r"));
  ASSERT_TRUE(far.expect("\nCONNECT 115200\r\n") && near.expect("CONNECT 115200"));
  ASSERT_TRUE(near.type("on line"));
  ASSERT_TRUE(far.expect("on line"));

  for (char const* c = GetParam().leave; *c != '\0'; ++c) {
    ASSERT_TRUE(near.type({c, 1}));
    near.listen(200ms);  // they look at what follows their escape character
  }
  ASSERT_TRUE(eventually([&] {
    return bank.vmodem({"status", "ttyVM0", "--json"}).out.find(R"("open":false)") != std::string::npos;
  }));
  if (GetParam().hangs_up) {
    EXPECT_TRUE(far.expect("NO CARRIER"));
    return;
  }
  PortFile next(bank.port(0));
  ASSERT_TRUE(next.type("the next program"));
  EXPECT_TRUE(far.expect("the next program"));
}

INSTANTIATE_TEST_SUITE_P(All, Leaves,
                         testing::Values(Leaving{"picocom",
                                                 [](std::string const& port) {
                                                   return Argv{"picocom", "-b", "115200", port};
                                                 },
                                                 "Terminal ready", "\x01\x18", true},
                                         Leaving{"cu",
                                                 [](std::string const& port) {
                                                   return Argv{"cu", "-l", port, "-s", "115200"};
                                                 },
                                                 "Connected.", "\r~.", true},
                                         Leaving{"tio",
                                                 [](std::string const& port) {
                                                   return Argv{"tio", "-b", "115200", port};
                                                 },
                                                 "Connected", "\x14q", true},
                                         Leaving{"screen",
                                                 [](std::string const& port) {
                                                   return Argv{"screen", port, "115200"};
                                                 },
                                                 "", "\x01ky", false}),
                         [](auto const& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace offhook::e2e
