// Two banks, two processes: calls between them over TCP, raw and telnet, carry files both ways unchanged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/network.h"
#include "tests/e2e/zmodem.h"

namespace offhook::e2e {
namespace {

constexpr size_t file_size = 3'000'000;

std::string listening_at(std::string const& host, std::string const& protocol) {
  return "[[listener]]\naddress = \"" + host + ":0\"\nnumber = \"5550100\"\nprotocol = \"" + protocol +
         "\"\n";
}

class TwoBanks : public testing::TestWithParam<char const*> {
 protected:
  std::string const protocol = GetParam();
  ConfiguredBank called{listening_at("127.0.0.1", protocol)};
  std::string const address = "127.0.0.1:" + std::to_string(called.listener());
  ConfiguredBank caller{"[bank]\nphonebook = \"BOOK\"\ndial_protocol = \"" + protocol + "\"\n",
                        "[[entry]]\nnumber = \"5551234\"\nname = \"far\"\ntarget = \"" + address +
                            "\"\nprotocol = \"" + protocol + "\"\n"};
};

TEST_P(TwoBanks, call_each_other_and_files_arrive_both_ways) {
  ASSERT_TRUE(called->up() && caller->up());
  PortFile a(caller->port(0)), b(called->port(0));
  ASSERT_TRUE(connect(a, b, "5551234"));
  send_by_zmodem(a, b, file_size, 120s);
  send_by_zmodem(b, a, file_size, 120s);
  a.close();
  EXPECT_TRUE(b.expect("\r\nNO CARRIER\r\n"));
}

TEST_P(TwoBanks, call_by_address_and_the_answering_end_may_hang_up) {
  ASSERT_TRUE(called->up() && caller->up());
  PortFile a(caller->port(0)), b(called->port(0));
  ASSERT_TRUE(connect(a, b, address));
  ASSERT_TRUE(b.type("last words"));
  ASSERT_TRUE(a.expect("last words"));
  b.close();
  EXPECT_TRUE(a.expect("\r\nNO CARRIER\r\n"));
  EXPECT_TRUE(a.command("AT"));
}

TEST_P(TwoBanks, the_death_of_one_is_the_end_of_the_others_call) {
  ASSERT_TRUE(called->up() && caller->up());
  PortFile a(caller->port(0)), b(called->port(0));
  ASSERT_TRUE(connect(a, b, "5551234"));
  called->process().signal(SIGKILL);
  EXPECT_TRUE(a.expect("\r\nNO CARRIER\r\n"));
  // The kernel closes its descriptors one by one: the call is over before the listener is.
  ASSERT_TRUE(called->process().wait(patience));
  ASSERT_TRUE(a.type("ATDT5551234\r"));
  EXPECT_TRUE(a.expect("\r\nBUSY\r\n")) << "nobody listens there any more";
}
INSTANTIATE_TEST_SUITE_P(, TwoBanks, testing::Values("raw", "telnet"),
                         [](auto const& of) { return std::string(of.param); });

TEST(TwoBanksByV6, call_each_other) {
  if (read_file("/proc/net/if_inet6").find("00000000000000000000000000000001") == std::string::npos)
    GTEST_SKIP() << "this machine has no IPv6 loopback";
  ConfiguredBank called(listening_at("[::1]", "raw")), caller("");
  ASSERT_TRUE(called->up() && caller->up());
  std::string const announced = called->announced();
  size_t const from = announced.find("[::1]:");
  ASSERT_NE(from, announced.npos) << announced;
  PortFile a(caller->port(0)), b(called->port(0));
  EXPECT_TRUE(connect(a, b, announced.substr(from, announced.find(' ', from) - from)));
}

}  // namespace
}  // namespace offhook::e2e
