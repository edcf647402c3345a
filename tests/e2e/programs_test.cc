// The terminal programs people use, each at a port of its own, calling another modem.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/bank_process.h"

namespace offhook::e2e {
namespace {

struct Subject {
  char const* name;
  Argv (*argv)(std::string const& port);
  char const* greeting;  // what it says once it has the port
};

void PrintTo(Subject const& subject, std::ostream* out) { *out << subject.name; }

class Program : public testing::TestWithParam<Subject> {};

TEST_P(Program, opens_a_port_gets_ok_dials_and_exchanges_text) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile far(bank.port(1));
  ASSERT_TRUE(far.command("AT"));

  TemporaryFolder home;
  Spawn spawn;
  spawn.environment = {{"HOME", home.path()}};
  Terminal near(GetParam().argv(bank.own_name(0)), spawn);
  ASSERT_TRUE(near.expect(GetParam().greeting));
  ASSERT_TRUE(near.reaches_modem());

  ASSERT_TRUE(near.type("ATDT" + bank.number(1) + "\r"));
  ASSERT_TRUE(far.expect("\r\nRING\r\n"));
  ASSERT_TRUE(far.type("ATA\r"));
  ASSERT_TRUE(far.expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(near.expect("CONNECT 115200"));

  ASSERT_TRUE(near.type("from the near end"));
  EXPECT_TRUE(far.expect("from the near end"));
  ASSERT_TRUE(far.type("from the far end\r\n"));
  EXPECT_TRUE(near.expect("from the far end"));
}

INSTANTIATE_TEST_SUITE_P(
    All, Program,
    testing::Values(Subject{"picocom",
                            [](std::string const& port) {
                              return Argv{"picocom", "-b", "115200", port};
                            },
                            "Terminal ready"},
                    Subject{"minicom",
                            [](std::string const& port) {
                              return Argv{"minicom", "-o", "-b", "115200", "-D", port};
                            },
                            "CTRL-A Z"},
                    Subject{"cu",
                            [](std::string const& port) {
                              return Argv{"cu", "-l", port, "-s", "115200"};
                            },
                            "Connected."},
                    Subject{"tio",
                            [](std::string const& port) {
                              return Argv{"tio", "-b", "115200", port};
                            },
                            "Connected"},
                    Subject{"socat",
                            [](std::string const& port) {
                              return Argv{"socat", "-d", "-d", "-,raw,echo=0", port + ",raw,echo=0,b115200"};
                            },
                            "starting data transfer loop"}),
    [](auto const& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace offhook::e2e
