// Real telnet programs: a client calls a modem, and a server answers one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <termios.h>
#include <unistd.h>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

constexpr char escape_key[] = "\x1d";  // ^]

class TelnetClient : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bank->up());
    modem.emplace(bank->port(0));
    telnet.emplace(Argv{"telnet", "127.0.0.1", std::to_string(bank.listener())});
    ASSERT_TRUE(modem->expect("RING\r\n"));
    ASSERT_TRUE(modem->type("ATA\r"));
    ASSERT_TRUE(modem->expect("\nCONNECT 115200\r\n"));
    ASSERT_TRUE(telnet->expect("Escape character is"));
  }
  /// A command of the client's own.
  void order(std::string const& command) {
    ASSERT_TRUE(telnet->type(escape_key));
    ASSERT_TRUE(telnet->expect("telnet> "));
    ASSERT_TRUE(telnet->type(command + "\r"));
  }
  ConfiguredBank bank{
      "[[listener]]\naddress = \"127.0.0.1:0\"\nnumber = \"5550100\"\nprotocol = \"telnet\"\n"};
  std::optional<PortFile> modem;
  std::optional<Terminal> telnet;
};

TEST_F(TelnetClient, calls_a_modem_and_both_are_heard_key_by_key) {
  ASSERT_TRUE(telnet->type("h"));
  EXPECT_TRUE(modem->expect("h")) << "no line is collected: the modem has said that it echoes";
  ASSERT_TRUE(telnet->type("ello"));
  EXPECT_TRUE(modem->expect("ello"));
  ASSERT_TRUE(modem->type("welcome\r\n"));
  EXPECT_TRUE(telnet->expect("welcome\r\n"));
}

TEST_F(TelnetClient, sends_breaks_and_answers_that_it_is_there) {
  order("send brk");
  EXPECT_TRUE(modem->expect(std::string(1, '\0'))) << "as a UART would have it";
  order("send ip");
  EXPECT_TRUE(modem->expect("\x03"));
  order("send ayt");
  ASSERT_TRUE(telnet->type("still here"));
  EXPECT_TRUE(modem->expect("still here"));
}

TEST_F(TelnetClient, hangs_up_and_is_hung_up_on) {
  order("close");
  EXPECT_TRUE(modem->expect("\r\nNO CARRIER\r\n"));
  EXPECT_EQ(telnet->process().wait(), 0);
  Terminal again({"telnet", "127.0.0.1", std::to_string(bank.listener())});
  ASSERT_TRUE(modem->expect("RING\r\n"));
  ASSERT_TRUE(modem->type("ATA\r"));
  ASSERT_TRUE(modem->expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(modem->type("goodbye"));
  modem->close();
  EXPECT_TRUE(again.expect("goodbye"));
  EXPECT_TRUE(again.expect("Connection closed"));
}

TEST_F(TelnetClient, a_second_one_is_told_that_the_line_is_busy) {
  Terminal second({"telnet", "127.0.0.1", std::to_string(bank.listener())});
  EXPECT_TRUE(second.expect("BUSY"));
  EXPECT_TRUE(second.expect("Connection closed"));
}

TEST(TelnetServer, answers_a_number_of_the_phonebook_with_a_shell) {
  Server server;
  ConfiguredBank bank("[bank]\nphonebook = \"BOOK\"\n", "[[entry]]\nnumber = \"5551234\"\ntarget = \"" +
                                                            server.address() + "\"\nprotocol = \"telnet\"\n");
  ASSERT_TRUE(bank->up());
  PortFile modem(bank->port(0));
  ASSERT_TRUE(modem.type("ATDT5551234\r"));
  Spawn spawn;
  spawn.in = spawn.out = server.accept();
  ASSERT_GE(spawn.in, 0);
  Process telnetd({"/usr/sbin/telnetd", "-h", "-E", "/bin/sh"}, spawn);
  ::close(spawn.in);
  ASSERT_TRUE(modem.expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(modem.type("echo sum=$((40+2)) term=$TERM\r"));
  EXPECT_TRUE(modem.expect("sum=42 term=ansi\r\n"));
  ASSERT_TRUE(modem.type("exit\r"));
  EXPECT_TRUE(modem.expect("NO CARRIER\r\n"));
  EXPECT_TRUE(telnetd.wait().has_value());
}

TEST(TelnetServer, is_gone_when_the_modem_hangs_up) {
  Server server;
  ConfiguredBank bank("[bank]\ndial_protocol = \"telnet\"\n");
  ASSERT_TRUE(bank->up());
  PortFile modem(bank->port(0));
  ASSERT_TRUE(modem.type("ATDT" + server.address() + "\r"));
  Spawn spawn;
  spawn.in = spawn.out = server.accept();
  ASSERT_GE(spawn.in, 0);
  Process telnetd({"/usr/sbin/telnetd", "-h", "-E", "/bin/sh"}, spawn);
  ::close(spawn.in);
  ASSERT_TRUE(modem.expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(modem.type("echo sum=$((40+2))\r"));
  EXPECT_TRUE(modem.expect("sum=42\r\n"));
  modem.close();
  EXPECT_TRUE(telnetd.wait().has_value());
}

}  // namespace
}  // namespace offhook::e2e
