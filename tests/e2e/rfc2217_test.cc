// A port that a remote client has by RFC 2217: python3-serial's rfc2217:// and gensio's, with all the lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

constexpr char two_served[] = R"toml(
[bank]
modems = 3
[[modem]]
port = "ttyVM0"
number = "5550100"
rfc2217 = "127.0.0.1:0"
[[modem]]
port = "ttyVM1"
number = "5550101"
rfc2217 = "localhost:0"
)toml";

/// What `vmodem up` said: "rfc2217 ADDRESS PORT".
std::string served(BankProcess const& bank, int port) {
  std::string const after = " " + BankProcess::name(port) + "\n";
  auto const end = bank.announced().find(after, bank.announced().find("rfc2217 "));
  auto const begin = bank.announced().rfind("rfc2217 ", end) + 8;
  return bank.announced().substr(begin, end - begin);
}

/// A child whose input and output are one socket of ours.
class Piped : public Talk {
 public:
  explicit Piped(Argv const& argv) {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return;
    Spawn spawn;
    spawn.in = spawn.out = pair[1];
    process_ = Process(argv, spawn);
    ::close(pair[1]);
    adopt(pair[0]);
  }
  Process& process() { return process_; }

 private:
  Process process_;
};

/// python3-serial, told what to do a line at a time.
class PySerial : public Piped {
 public:
  explicit PySerial(std::string const& address)
      : Piped({"/usr/bin/python3", "-u", E2E_SOURCES "/rfc2217_client.py", "rfc2217://" + address}) {}
  testing::AssertionResult does(std::string const& command) {
    if (auto typed = type(command + "\n"); !typed) return typed;
    return answers("ok");
  }
  testing::AssertionResult answers(std::string const& what) {
    auto const got = expect_one_of({"ok", "no"}, 2 * patience);
    std::string const rest = take_line();
    if (got == what) return testing::AssertionSuccess() << rest;
    return testing::AssertionFailure() << got << rest;
  }

 private:
  std::string take_line() {
    std::string line;
    while (line.empty() || line.back() != '\n') {
      std::string const next = take(1);
      if (next.empty()) break;
      line += next;
    }
    return line;
  }
};

Spawn as_nobody() {
  Spawn spawn;
  if (::geteuid() == 0) spawn.uid = 65534;
  return spawn;
}

class Rfc2217 : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(bank->up()); }
  std::string status(int port) { return bank->vmodem({"status", BankProcess::name(port), "--json"}).out; }
  bool shows(int port, std::string const& what) {
    return eventually([&] { return status(port).find(what) != std::string::npos; });
  }
  ConfiguredBank bank{two_served};
};

TEST_F(Rfc2217, python_serial_sets_the_port_and_sees_and_drives_its_lines) {
  PySerial a(served(*bank, 0));
  ASSERT_TRUE(a.answers("ok"));
  EXPECT_TRUE(shows(0, R"("dte_rate_bps":115200)"));
  EXPECT_TRUE(a.does("set baudrate 2400"));
  EXPECT_TRUE(shows(0, R"("dte_rate_bps":2400)"));
  EXPECT_TRUE(a.does("set bytesize 7") && a.does("set parity E") && a.does("set stopbits 2"));
  EXPECT_TRUE(a.does("set bytesize 8") && a.does("set parity N") && a.does("set stopbits 1"));
  EXPECT_TRUE(a.does("set baudrate 115200"));

  EXPECT_TRUE(a.does("wait dsr on") && a.does("wait cts on") && a.does("wait cd off") &&
              a.does("wait ri off"));
  EXPECT_TRUE(a.does("set rts 0"));
  EXPECT_TRUE(shows(0, R"("rts":false)"));
  EXPECT_TRUE(a.does("set rts 1"));
  EXPECT_TRUE(shows(0, R"("rts":true)"));
  EXPECT_TRUE(a.does("set dtr 0"));
  EXPECT_TRUE(shows(0, R"("dtr":false)"));
  EXPECT_TRUE(a.does("set dtr 1"));
  EXPECT_TRUE(shows(0, R"("dtr":true)"));

  ASSERT_EQ(bank->vmodem({"ring", "ttyVM0", "--rings", "2"}).status, 0);
  EXPECT_TRUE(a.does("wait ri on"));
  EXPECT_TRUE(a.does("wait ri off"));
  EXPECT_TRUE(a.does("expect RING"));
  EXPECT_TRUE(a.does(R"(write ATA\r)"));
  EXPECT_TRUE(a.does("expect CONNECT"));
  EXPECT_TRUE(a.does("wait cd on"));
  EXPECT_TRUE(a.does("set dtr 0")) << "&D2";
  EXPECT_TRUE(a.does("wait cd off"));
}

TEST_F(Rfc2217, two_python_clients_call_each_other_and_send_breaks_both_ways) {
  PySerial a(served(*bank, 0)), b(served(*bank, 1));
  ASSERT_TRUE(a.answers("ok") && b.answers("ok"));
  EXPECT_TRUE(b.does(R"(write ATS0=1\r)") && b.does("expect OK"));
  EXPECT_TRUE(a.does(R"(write ATDT5550101\r)") && a.does("expect CONNECT") && b.does("expect CONNECT"));
  EXPECT_TRUE(a.does("write from-a") && b.does("expect from-a"));
  EXPECT_TRUE(b.does(R"(write \xff\x00\r\xff)") && a.does(R"(expect \xff\x00\r\xff)"));
  for (auto* one : {&a, &b}) EXPECT_TRUE(one->does("say 10 16") && one->does("told 110 16"));
  EXPECT_TRUE(a.does("set break_condition 1") && b.does("told 106 16") && a.does("set break_condition 0"));
  EXPECT_TRUE(b.does("set break_condition 1") && a.does("told 106 16") && b.does("set break_condition 0"));
  b.process().signal(SIGKILL);
  EXPECT_TRUE(a.does("expect NO CARRIER") && a.does("wait cd off")) << "its end is a DTR drop";
  EXPECT_TRUE(shows(1, R"("open":false)"));
}

TEST_F(Rfc2217, flow_control_works_both_ways) {
  PySerial a(served(*bank, 0)), b(served(*bank, 1));
  ASSERT_TRUE(a.answers("ok") && b.answers("ok"));
  EXPECT_TRUE(b.does(R"(write ATS0=1\r)") && b.does("expect OK"));
  EXPECT_TRUE(a.does("set rtscts 1") && b.does("set rtscts 1"));
  EXPECT_TRUE(a.does(R"(write ATDT5550101\r)") && a.does(R"(expect 115200\r\n)") &&
              b.does(R"(expect 115200\r\n)"));

  // The client stops the server: RTS stops the modem, nothing is lost.
  EXPECT_TRUE(b.does("say 8"));
  EXPECT_TRUE(shows(1, R"("rts":false)"));
  EXPECT_TRUE(a.does("fill 5000"));
  EXPECT_TRUE(b.does("silent 0.5"));
  EXPECT_TRUE(b.does("say 9") && b.does("count 5000"));
  EXPECT_TRUE(shows(1, R"("rts":true)"));

  // The line is full: the modem takes CTS away, the server stops the client; nothing is lost.
  ASSERT_EQ(bank->vmodem({"line", "ttyVM0", "rate=9600"}).status, 0);
  EXPECT_TRUE(a.does("fill 60000"));
  EXPECT_TRUE(a.does("wait cts off")) << "of a line that is full";
  EXPECT_TRUE(a.does("told 108"));
  ASSERT_EQ(bank->vmodem({"line", "ttyVM0", "default"}).status, 0);
  EXPECT_TRUE(b.does("count 60000"));
  EXPECT_TRUE(a.does("wait cts on") && a.does("told 109"));
}

TEST_F(Rfc2217, one_has_the_port_and_others_are_told_who) {
  PySerial a(served(*bank, 0));
  ASSERT_TRUE(a.answers("ok"));
  Peer second(Peer::connect_to(static_cast<uint16_t>(std::stoi(served(*bank, 0).substr(10)))));
  EXPECT_TRUE(second.expect("port ttyVM0 is in use by 127.0.0.1:"));
  EXPECT_TRUE(second.expect_end());
  EXPECT_THAT(status(0), HasSubstr(R"("remote":"127.0.0.1:)"));
  PortFile program(bank->port(1));
  ASSERT_TRUE(program.command("AT"));
  PySerial late(served(*bank, 1));
  EXPECT_TRUE(late.answers("no"));
  EXPECT_TRUE(program.command("AT")) << "it was not disturbed";
  EXPECT_TRUE(a.does(R"(write AT\r)") && a.does("expect OK"));
  // A program beside the client (root's, whom nothing refuses, is hung up).
  Outcome const cat = run({"timeout", "20", "cat", bank->port(0)}, patience, as_nobody());
  EXPECT_EQ(cat.status, 1);
  EXPECT_EQ(cat.out, "");
  EXPECT_THAT(cat.err, HasSubstr("Device or resource busy"));
  EXPECT_TRUE(a.does(R"(write AT\r)") && a.does("expect OK"));
}

TEST_F(Rfc2217, gensio_dials_through_the_port_at_a_speed_of_its_own) {
  PortFile far(bank->port(2));
  ASSERT_TRUE(far.command("ATS0=1"));
  std::string address = served(*bank, 0);
  address[address.find(':')] = ',';
  Piped gensiot({"gensiot", "-i", "stdio(self)", "telnet(rfc2217=true),tcp," + address});
  ASSERT_TRUE(shows(0, R"("remote":"127)"));
  ASSERT_TRUE(gensiot.type("AT\r"));
  ASSERT_TRUE(gensiot.expect("OK"));
  ASSERT_TRUE(gensiot.type("ATDT5550102\r"));
  ASSERT_TRUE(gensiot.expect("CONNECT") && far.expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(gensiot.type("by gensio"));
  EXPECT_TRUE(far.expect("by gensio"));
  ASSERT_TRUE(far.type("to gensio"));
  EXPECT_TRUE(gensiot.expect("to gensio"));
  gensiot.process().signal(SIGTERM);
  EXPECT_TRUE(far.expect("NO CARRIER"));
}

}  // namespace
}  // namespace offhook::e2e
