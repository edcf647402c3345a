#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/base/text.h"
#include "rasd/net/test_support.h"

namespace offhook::net {
namespace {

using ppp::ipv4;
using testing::HasSubstr;

struct ProgramTest : testing::Test, Loop {
  std::unique_ptr<Network> start(std::string const& script) {
    auto network = make_program(context, {.command = {"bash", "-c", script}});
    EXPECT_TRUE(network->up({.own = ipv4(10, 0, 2, 2), .peer = ipv4(10, 0, 2, 15)},
                            {[this](uint16_t, Bytes packet) {
                               packets.emplace_back(reinterpret_cast<char const*>(packet.data()),
                                                    packet.size());
                               return true;
                             },
                             [this](std::string const& why) { failure = why; }}));
    return network;
  }
  std::vector<std::string> packets;
  std::string failure;
};

TEST_F(ProgramTest, a_program_gets_packets_and_gives_them) {
  // An IPv4 packet begins with 'E': the version, and five words of header.
  auto network = start("echo \"E $PPP_LOCAL $PPP_REMOTE $PPP_MTU\"; exec cat");
  ASSERT_TRUE(until([&] { return packets.size() == 1; }));
  EXPECT_EQ(packets[0], "E 10.0.2.2 10.0.2.15 1500\n");
  network->from_peer(ppp::protocol::ip, as_bytes("E to and fro"));
  ASSERT_TRUE(until([&] { return packets.size() == 2; }));
  EXPECT_EQ(packets[1], "E to and fro");
  EXPECT_EQ(network->counters().packets_from_peer, 1u);
}

TEST_F(ProgramTest, a_program_that_ends_is_a_failure_of_the_network) {
  auto network = start("exit 0");
  ASSERT_TRUE(until([&] { return !failure.empty(); }));
  EXPECT_THAT(failure, HasSubstr("its other end was closed"));
}

}  // namespace
}  // namespace offhook::net
