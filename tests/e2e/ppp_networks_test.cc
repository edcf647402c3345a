// What is behind rasd's end of a call, other than slirp: what a caller reaches of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/ppp_dial.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

class PppNetworks : public PppDial {};

/// Sends every packet of UDP back to where it came from: the sums stay as they are.
constexpr auto returns_packets = R"(
network = "program"
program = ["python3", "-c", '''
import os, socket
line = socket.socket(fileno=0)
while packet := line.recv(2048):
    if packet[0] == 0x45 and packet[9] == 17:
        line.send(packet[:12] + packet[16:20] + packet[12:16] + packet[22:24] + packet[20:22] + packet[24:])
    if packet[0] >> 4 == 6 and packet[6] == 17:
        line.send(packet[:8] + packet[24:40] + packet[8:24] + packet[42:44] + packet[40:42] + packet[44:])
''']
)";

TEST_F(PppNetworks, a_program_of_the_service_has_the_callers_packets) {
  OFFHOOK_BEGIN(1, returns_packets);
  Outcome const outcome = run(call(0,
                                   "exec python3 -c \"\n"
                                   "import os, socket\n"
                                   "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                                   "s.settimeout(60)\n"
                                   "s.sendto(b'to and fro', (os.environ['RAS_PEER'], 7))\n"
                                   "print(s.recvfrom(100))\n\""),
                              long_enough, spawn());
  EXPECT_EQ(outcome.status, 0) << outcome.err << rasd->log();
  EXPECT_THAT(outcome.out, HasSubstr("(b'to and fro', ('10.64.64.1', 7))"));
  EXPECT_TRUE(all_listen());
  EXPECT_TRUE(all_are_gone());
}

TEST_F(PppNetworks, ipv6_crosses_a_call_between_link_local_addresses) {
  OFFHOOK_BEGIN(1, returns_packets);
  Outcome const outcome = run(call(0,
                                   "exec python3 -c \"\n"
                                   "import socket, time\n"
                                   "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
                                   "s.settimeout(60)\n"
                                   "peer = ('fe80::1234', 7, 0, socket.if_nametoindex('ppp0'))\n"
                                   "for turn in range(300):\n"
                                   "    try:\n"
                                   "        s.sendto(b'six of one', peer)\n"
                                   "        break\n"
                                   "    except OSError as error:\n"
                                   "        print(error)\n"
                                   "        time.sleep(0.1)\n"
                                   "print(s.recvfrom(100))\n"
                                   "print(open('/proc/net/if_inet6').read())\n\""),
                              long_enough, spawn());
  if (outcome.out.find("not supported") != std::string::npos) GTEST_SKIP() << "this kernel has no IPv6";
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err << rasd->log();
  EXPECT_THAT(outcome.out, HasSubstr("(b'six of one', ('fe80::1234"));
  EXPECT_TRUE(all_listen());
}

TEST_F(PppNetworks, a_program_that_ends_takes_the_call_along) {
  OFFHOOK_BEGIN(1, "network = \"program\"\nprogram = [\"sleep\", \"2\"]\n");
  Outcome const outcome = run(call(0, "exec sleep 1000"), long_enough, spawn());
  EXPECT_EQ(outcome.status, 129);  // COMMAND's, of its hang-up
  EXPECT_THAT(outcome.err,
              HasSubstr("Error 629: The remote computer ended the link: no network at this end"));
  EXPECT_TRUE(all_listen());
  EXPECT_EQ(rasd->port(BankProcess::name(0)).last_end, "lost_service");
}

}  // namespace
}  // namespace offhook::e2e
