// A PC whose 16550 is one of our ports: QEMU under `vmodem run`. What Linux 6.1 in it sees of the modem's
// lines, and what encrypts there and cannot in user-mode Linux.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/guest.h"
#include "tests/e2e/ppp_peer.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

class Uart : public testing::Test {
 protected:
  void begin(std::map<std::string, std::string> files = {}) {
    ASSERT_TRUE(bank.up());
    guest.emplace(GuestSetup{.port = bank.port(0),
                             .files = std::move(files),
                             .kind = GuestSetup::Kind::qemu,
                             .under = {VMODEM_PROGRAM, "run", "--dir", bank.dir(), "--"}});
    ASSERT_TRUE(guest->up());
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

  BankProcess bank;
  std::optional<Guest> guest;
};

TEST_F(Uart, of_a_guest_follows_carrier_ring_and_hang_up) {
  OFFHOOK_NEEDS_GUEST(qemu);
  ASSERT_NO_FATAL_FAILURE(begin({{"/bin/session", R"(#!/bin/sh
stty -F /dev/modem 115200 raw -echo clocal
exec 0<>/dev/modem 1>&0
stty -clocal # from here on the kernel asks for the lines
chat -t 60 '' ATZ OK || exit 9
echo idle >&2
until [ -e /tmp/dial ]; do usleep 50000; done
stty clocal; chat -t 60 '' ATDT5550000 CONNECT || exit 8
stty -clocal
echo connected >&2
cat >/dev/null # until the line is hung up
echo hung up >&2
exit 7
)"}}));
  guest->begin("session", "session");
  ASSERT_TRUE(guest->says("session", "idle"));
  EXPECT_TRUE(shows("DSR"));
  EXPECT_TRUE(shows("|CD", false));
  ASSERT_EQ(bank.vmodem({"ring", "ttyVM0", "--rings", "1"}).status, 0);
  EXPECT_TRUE(shows("|RI"));
  EXPECT_TRUE(shows("|RI", false));
  EXPECT_TRUE(eventually([&] {
    return bank.vmodem({"status", "--json"}).out.find("\"call\":{") == std::string::npos;
  }));
  guest->sh("touch /tmp/dial");
  ASSERT_TRUE(guest->says("session", "connected", 2 * patience));
  EXPECT_TRUE(shows("|CD"));
  ASSERT_EQ(bank.vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_EQ(guest->ended("session"), 7) << guest->log("session");
  EXPECT_TRUE(shows("|CD", false));
}

TEST_F(Uart, of_a_guest_sends_its_breaks_and_drops_dtr) {
  OFFHOOK_NEEDS_GUEST(qemu);
  ASSERT_NO_FATAL_FAILURE(begin({{"/bin/session", R"(#!/bin/sh
stty -F /dev/modem 115200 raw -echo clocal
exec 0<>/dev/modem 1>&0
chat -t 60 '' ATZ OK ATDT5550101 CONNECT || exit 8
stty -clocal # QEMU passes DTR on while the kernel asks for the lines
chat '' '\K\c'
echo $$ >/tmp/pid
exec cat >/dev/null
)"}}));
  Terminal watch({VMODEM_PROGRAM, "watch", "--dir", bank.dir()});
  PortFile called(bank.port(1));
  guest->begin("session", "session");
  ASSERT_TRUE(called.expect("RING\r\n", 2 * patience));
  ASSERT_TRUE(called.type("ATA\r"));
  EXPECT_TRUE(watch.expect("break from the far end")) << guest->log("session");
  EXPECT_EQ(guest->sh("until [ -s /tmp/pid ]; do usleep 50000; done; kill $(cat /tmp/pid)").status, 0);
  EXPECT_TRUE(watch.expect("108/DTR off"));
  EXPECT_TRUE(called.expect("NO CARRIER"));
}

TEST_F(Uart, of_a_guest_carries_encrypted_packets) {
  OFFHOOK_NEEDS_GUEST(qemu);
  ASSERT_NO_FATAL_FAILURE(begin({{"/etc/ppp/chap-secrets", "ann * xyzzy *\n"}}));
  ppp::LinkConfig config;
  config.lcp.demand = {ppp::AuthMethod::ms_chap_v2};
  config.ipcp = {.own = ppp::ipv4(10, 9, 0, 1), .peer = ppp::ipv4(10, 9, 0, 2)};
  config.encryption = ppp::Encryption::require;
  PppPeer us({.port = bank.port(1), .number = {}, .config = config, .secrets = {{"ann", "xyzzy"}}});
  guest->begin(
      "ppp",
      "pppd /dev/modem 115200 nodetach debug noauth noipdefault user ann require-mppe-128 modem crtscts "
      "connect 'chat -t 60 \"\" ATZ OK ATDT5550101 CONNECT'");
  ASSERT_TRUE(guest->says("ppp", "MPPE 128-bit stateless compression enabled"));
  ASSERT_TRUE(guest->says("ppp", "remote IP address 10.9.0.1"));
  ASSERT_TRUE(us.is_up());
  EXPECT_TRUE(us.story().encrypted);
  EXPECT_EQ(guest->sh("ping -c 3 -i 0.1 -s 1200 10.9.0.1").status, 0);
  guest->sh("kill -TERM $(pidof pppd)");
  EXPECT_EQ(guest->ended("ppp"), 5) << guest->log("ppp");
  EXPECT_EQ(us.error(), 719u);
}

}  // namespace
}  // namespace offhook::e2e
