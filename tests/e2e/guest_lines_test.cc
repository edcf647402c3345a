// A PC whose 16550 is one of our ports: QEMU under `vmodem run`. What Linux 6.1 in it sees of the modem's
// lines, and what encrypts there and cannot in user-mode Linux.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/ppp_peer.h"
#include "tests/e2e/pppd_guest.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Follows the lines: '/tmp/dial' is its word to dial.
constexpr char follows[] = R"(#!/bin/sh
stty -F /dev/modem 115200 raw -echo clocal
exec 0<>/dev/modem 1>&0
stty -clocal # from here on the kernel asks for the lines
chat -t 60 '' ATZ OK || exit 9
echo idle >&2
until [ -e /tmp/dial ]; do usleep 50000; done
stty clocal; chat -t 60 '' ATS10=1DT5550000 CONNECT || exit 8
stty -clocal
echo connected >&2
cat >/dev/null # until the line is hung up
echo hung up >&2
exit 7
)";
constexpr char sends_a_break[] = R"(#!/bin/sh
stty -F /dev/modem 115200 raw -echo clocal
exec 0<>/dev/modem 1>&0
chat -t 60 '' ATZ OK ATDT5550101 CONNECT || exit 8
stty -clocal # QEMU passes DTR on while the kernel asks for the lines
chat '' '\K\c'
exec cat >/dev/null
)";

class Uart : public PppdGuest {
 protected:
  void SetUp() override {
    OFFHOOK_NEEDS_GUEST(qemu);
    begin(GuestSetup::Kind::qemu);
  }
  std::map<std::string, std::string> programs() const override {
    return {{"/bin/follows", follows}, {"/bin/sends_a_break", sends_a_break}};
  }
  /// Waits until the kernel's line about the port has this in it, or not.
  testing::AssertionResult shows(std::string const& line, bool yes = true) {
    std::string last;
    bool const seen = eventually([&] {
      last = guest->sh("grep ^1: /proc/tty/driver/serial").out;
      return (last.find(line) != last.npos) == yes;
    });
    return (seen ? testing::AssertionSuccess() : testing::AssertionFailure()) << last;
  }
};

TEST_F(Uart, of_a_guest_follows_carrier_ring_and_hang_up) {
  guest->begin("follows");
  ASSERT_TRUE(guest->says("idle"));
  EXPECT_TRUE(shows("DSR"));
  EXPECT_TRUE(shows("|CD", false));
  ASSERT_EQ(bank->vmodem({"ring", "ttyVM0", "--rings", "1"}).status, 0);
  EXPECT_TRUE(shows("|RI"));
  EXPECT_TRUE(shows("|RI", false));
  EXPECT_TRUE(eventually([&] {
    return bank->vmodem({"status", "--json"}).out.find("\"call\":{") == std::string::npos;
  }));
  guest->sh("touch /tmp/dial");
  ASSERT_TRUE(guest->says("connected", 2 * patience));
  EXPECT_TRUE(shows("|CD"));
  ASSERT_EQ(bank->vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_EQ(guest->ended(), 7) << guest->log();
  EXPECT_TRUE(shows("|CD", false));
}

TEST_F(Uart, of_a_guest_sends_its_breaks_and_drops_dtr) {
  Terminal watch({VMODEM_PROGRAM, "watch", "--dir", bank->dir()});
  PortFile called(bank->port(1));
  guest->begin("sends_a_break");
  ASSERT_TRUE(called.expect("RING\r\n", 2 * patience));
  ASSERT_TRUE(called.type("ATA\r"));
  EXPECT_TRUE(watch.expect("break from the far end")) << guest->log();
  guest->tell("TERM");
  EXPECT_TRUE(watch.expect("108/DTR off"));
  EXPECT_TRUE(called.expect("NO CARRIER"));
}

TEST_F(Uart, of_a_guest_carries_encrypted_packets) {
  ppp::LinkConfig config;
  config.lcp.demand = {ppp::AuthMethod::ms_chap_v2};
  config.ipcp = {.own = ppp::ipv4(10, 9, 0, 1), .peer = ppp::ipv4(10, 9, 0, 2)};
  config.encryption = ppp::Encryption::require;
  PppPeer us({.port = bank->port(1), .number = {}, .config = config, .secrets = {{"ann", "xyzzy"}}});
  dial("noauth user ann require-mppe-128");
  ASSERT_TRUE(guest->says("MPPE 128-bit stateless compression enabled"));
  ASSERT_TRUE(guest->says("remote IP address 10.9.0.1"));
  ASSERT_TRUE(us.is_up());
  EXPECT_TRUE(us.story().encrypted);
  EXPECT_EQ(guest->sh("ping -c 3 -i 0.1 -s 1200 10.9.0.1").status, 0);
  EXPECT_EQ(ends(), 5) << log();
  EXPECT_EQ(us.error(), 719u);
}

}  // namespace
}  // namespace offhook::e2e
