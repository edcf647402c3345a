// rasdial calls Debian's pppd, in a kernel of its own behind a modem that answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/guest.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

constexpr auto limit = 120s;

/// pppd at port 0 (number 5550100), rasd's port to call from is 1.
class CallsPppd : public testing::Test {
 protected:
  void SetUp() override {
    OFFHOOK_NEEDS_GUEST(uml);
    ASSERT_TRUE(bank.up());
    guest.emplace(GuestSetup{.port = bank.port(0),
                             .files = {{"/etc/ppp/pap-secrets", "ann * xyzzy *\n"},
                                       {"/etc/ppp/chap-secrets", "ann * xyzzy *\n"}}});
    rasd.emplace("[[port]]\nname = \"ttyVM1\"\npath = \"" + bank.port(1) + "\"\nuse = \"dial-out\"\n");
    ASSERT_TRUE(rasd->up());
    ASSERT_TRUE(guest->up());
  }
  /// pppd waits for a call, which the modem announces.
  void answer(std::string const& options) {
    ASSERT_TRUE(rasd->reaches("ttyVM1", "listening", limit));
    guest->begin("ppp", "pppd /dev/modem 115200 nodetach local debug name server 10.9.0.1:10.9.0.2 " +
                            options + " connect 'chat -v -t 60 \"\" ATZ OK \"\" RING ATA CONNECT'");
  }
  Outcome call(Argv const& who, std::string const& command) const {
    Argv argv{RASDIAL_PROGRAM, "--number", "5550100", "--port", "ttyVM1", "--dir", rasd->dir(), "--ppp"};
    argv.insert(argv.end(), who.begin(), who.end());
    argv.insert(argv.end(), {"--", "sh", "-c", command});
    return run(argv, limit);
  }
  std::string log() { return guest->log("ppp"); }

  BankProcess bank;
  std::optional<Guest> guest;
  std::optional<RasdProcess> rasd;
};

TEST_F(CallsPppd, and_a_password_that_it_refuses_is_error_691) {
  for (std::string const demand : {"require-pap", "require-mschap-v2"}) {
    SCOPED_TRACE(demand);
    answer("auth " + demand);
    Outcome const outcome = call({"ann", "plugh"}, "echo in");
    if (outcome.err.find("forbids it") != std::string::npos) GTEST_SKIP() << outcome.err;
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.err, HasSubstr("Error 691"));
    EXPECT_EQ(outcome.out.find("in\n"), std::string::npos);
    EXPECT_EQ(guest->ended("ppp"), 11) << log();  // the peer failed to authenticate itself
  }
}

}  // namespace
}  // namespace offhook::e2e
