// Debian's pppd in a kernel of its own calls rasd through the bank, and what it reaches by the call: slirp's
// network behind rasd's service of kind PPP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/e2e/pppd_guest.h"
#include "tests/e2e/ras_process.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

std::string sha256_of(std::string const& path) { return run({"sha256sum", path}).out.substr(0, 64); }

/// A port a way of proving oneself: number 5550101 asks for nothing, then PAP, CHAP, MS-CHAP, MS-CHAPv2. At
/// the first rasd begins with LCP; the others have a program as well, so that rasd waits until it hears LCP.
constexpr char const* methods[] = {"none", "pap", "chap", "ms-chap", "ms-chap-v2"};

class CallsRasd : public PppdGuest {
 protected:
  std::string config() {
    for (char const* file : {"pap-secrets", "chap-secrets"}) {
      write_file(folder / file, "ann * xyzzy *\n");
      chmod((folder / file).c_str(), 0600);
    }
    std::string text;
    for (int i = 1; i <= 5; ++i) {
      std::string const method = methods[i - 1], service = "net" + std::to_string(i);
      text += "[service." + service + "]\n" + (i > 1 ? "command = [\"/bin/cat\"]\n" : "") +
              "ppp = { host_loopback = true, authentication = " +
              (i == 1 ? "\"none\""
                      : "[\"" + method + "\"], pap_secrets = \"" + (folder / "pap-secrets") +
                            "\", chap_secrets = \"" + (folder / "chap-secrets") + "\"") +
              (i == 3   ? ", header_compression = true"
               : i == 4 ? ", echo = \"1s\""
                        : "") +
              " }\n[[port]]\nname = \"" + BankProcess::name(i) + "\"\npath = \"" + bank->port(i) +
              "\"\nuse = \"dial-in\"\ninit = [\"ATS10=1\"]\nservice = \"" + service + "\"\n";
    }
    return text;
  }
  /// rasd, and a guest at port 0.
  void begin(GuestSetup::Kind kind = GuestSetup::Kind::uml) {
    ASSERT_NO_FATAL_FAILURE(PppdGuest::begin(kind));
    rasd.emplace(config());
    ASSERT_TRUE(rasd->up());
  }
  void dials(int port, std::string const& user) {
    ASSERT_TRUE(rasd->reaches(BankProcess::name(port), "listening"));
    dial("noauth defaultroute usepeerdns user " + user, port);
  }
  /// What wget in the guest gets from us, as its SHA-256.
  std::string fetched(std::string const& body) {
    auto served = serves(server, body);
    auto const got =
        guest->sh("wget -q -O - http://10.64.64.1:" + std::to_string(server.port()) + "/ | sha256sum", 300s);
    if (got.out.size() < 64) close(Peer::connect_to(server.port()));  // so that nobody waits for a caller
    EXPECT_TRUE(served.get()) << got.out;
    return got.out.substr(0, 64);
  }
  std::string sha256(std::string const& body) {
    write_file(folder / "body", body);
    return sha256_of(folder / "body");
  }
  TemporaryFolder folder;
  Server server;
  std::optional<RasdProcess> rasd;
};

TEST_F(CallsRasd, whoever_proves_himself_reaches_the_network) {
  OFFHOOK_NEEDS_GUEST(uml);
  ASSERT_NO_FATAL_FAILURE(begin());
  for (int port = 1; port <= 5; ++port) {
    SCOPED_TRACE(methods[port - 1]);
    dials(port, "ann");
    ASSERT_TRUE(guest->says("remote IP address 10.64.64.1"));
    EXPECT_TRUE(guest->says("primary   DNS address 10.0.2.3"));
    bool const compressed = port == 3;  // the others are asked for it as well, and will not
    EXPECT_EQ(log().find("rcvd [IPCP ConfRej id=0x1 <compress VJ") == std::string::npos, compressed) << log();
    auto const body = random_bytes(port == 1 ? 5'000'000 : compressed ? 500'000 : 20'000, 7);
    EXPECT_EQ(fetched(body), sha256(body));
    EXPECT_TRUE(rasd->reaches(BankProcess::name(port), "connected"));
    EXPECT_EQ(ends(), 5) << log();
    if (port > 1) drop();  // else rasd gives it the time to hang up
    EXPECT_TRUE(rasd->reaches(BankProcess::name(port), "listening"));
  }
}

TEST_F(CallsRasd, who_stops_answering_is_missed) {
  OFFHOOK_NEEDS_GUEST(uml);
  ASSERT_NO_FATAL_FAILURE(begin());
  dials(4, "ann");
  ASSERT_TRUE(guest->says("remote IP address 10.64.64.1"));
  EXPECT_TRUE(rasd->reaches("ttyVM4", "connected"));
  guest->tell("STOP");
  EXPECT_TRUE(rasd->reaches("ttyVM4", "listening", 120s));
  EXPECT_EQ(rasd->port("ttyVM4").last_end, "lost_carrier");
  EXPECT_THAT(rasd->log(), HasSubstr("(721)"));
}

TEST_F(CallsRasd, a_wrong_password_gets_nobody_in) {
  OFFHOOK_NEEDS_GUEST(uml);
  ASSERT_NO_FATAL_FAILURE(begin());
  for (int port = 3; port <= 5; ++port) {
    SCOPED_TRACE(methods[port - 1]);
    dials(port, "bob");
    EXPECT_EQ(guest->ended(), 19) << log();  // we failed to authenticate ourselves
    EXPECT_TRUE(rasd->reaches(BankProcess::name(port), "listening"));
  }
}

// ---- over a 16550, with modem lines

TEST_F(CallsRasd, a_dropped_carrier_hangs_up_the_guest_and_the_second_dial_connects) {
  OFFHOOK_NEEDS_GUEST(qemu);
  ASSERT_NO_FATAL_FAILURE(begin(GuestSetup::Kind::qemu));
  dials(5, "ann");
  ASSERT_TRUE(guest->says("remote IP address 10.64.64.1"));
  EXPECT_TRUE(rasd->reaches("ttyVM5", "connected"));
  ASSERT_EQ(bank->vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_TRUE(guest->says("Modem hangup"));
  EXPECT_EQ(guest->ended(), 16) << log();
  EXPECT_TRUE(rasd->reaches("ttyVM5", "listening"));
  dials(5, "ann");
  ASSERT_TRUE(guest->says("remote IP address 10.64.64.1"));
  auto const body = random_bytes(20'000, 8);
  EXPECT_EQ(fetched(body), sha256(body));
}

}  // namespace
}  // namespace offhook::e2e
