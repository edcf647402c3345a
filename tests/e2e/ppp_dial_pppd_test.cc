// rasdial calls Debian's pppd, in a kernel of its own behind a modem that answers, and what COMMAND fetches
// by the call is the guest's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <filesystem>
#include <iostream>
#include <regex>

#include "tests/e2e/ppp_dial.h"
#include "tests/e2e/pppd_guest.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

/// pppd at port 0 (number 5550100); rasd's port to call from is 1, and rasdial has a phonebook.
class CallsPppd : public PppdGuest {
 protected:
  void begin(GuestSetup::Kind kind = GuestSetup::Kind::uml) {
    ASSERT_NO_FATAL_FAILURE(PppdGuest::begin(kind));
    rasd.emplace("[[port]]\nname = \"ttyVM1\"\npath = \"" + bank->port(1) +
                 "\"\nuse = \"dial-out\"\ninit = [\"ATS10=1\"]\n");
    ASSERT_TRUE(rasd->up());
    std::string const entry = "numbers = [\"5550100\"]\nport = \"ttyVM1\"\nprotocol = \"ppp\"\n";
    write_file(folder / "book.toml",
               "[[entry]]\nname = \"plain\"\n" + entry +
                   "[[entry]]\nname = \"compressed\"\nheader_compression = true\n" + entry +
                   "[[entry]]\nname = \"encrypted\"\nencryption = \"require\"\n" + entry);
  }
  /// Both ends wait for a call.
  void answer(std::string const& options) {
    ASSERT_TRUE(rasd->reaches("ttyVM1", "listening", long_enough));
    PppdGuest::answer(options);
  }
  Dialling call(std::string const& entry, std::string const& password, std::string const& command) {
    Spawn how;
    how.directory = folder.path();
    return dialled({RASDIAL_PROGRAM, "--phonebook", folder / "book.toml", "--dir", rasd->dir(), entry, "ann",
                    password, "--", "sh", "-c", command},
                   how, folder / ("call" + std::to_string(++calls_)));
  }
  /// The guest serves so many bytes, and says their SHA-256.
  std::string serves(size_t bytes) {
    if (bytes == served_) return sum_;
    std::string const make = "head -c " + std::to_string(bytes) + " /dev/urandom >/www/body; ",
                      begin = "pidof httpd >/dev/null || { mkdir /www; httpd -h /www; }; ";
    sum_ =
        guest->sh((served_ > 0 ? "" : begin) + make + "sha256sum /www/body", long_enough).out.substr(0, 64);
    served_ = bytes;
    return sum_;
  }
  static std::string fetch() { return "curl -sS --noproxy '*' --max-time 100 -o body http://10.9.0.1/body"; }

  /// Some of it is there, and more comes.
  bool fetches(Dialling& dialling) const {
    auto const has = [&](uintmax_t bytes) {
      return eventually(
          [&] {
            std::error_code none;
            auto const size = std::filesystem::file_size(folder / "body", none);
            return (!none && size >= bytes) || !dialling.process.running();
          },
          long_enough);
    };
    return has(50'000) && has(100'000) && dialling.process.running();
  }

  TemporaryFolder folder;
  std::optional<RasdProcess> rasd;

 private:
  int calls_ = 0;
  size_t served_ = 0;
  std::string sum_;
};

/// Where the system forbids namespaces, rasdial says so.
#define OFFHOOK_NEEDS_NAMESPACES(dialling) \
  if ((dialling).complained().find("forbids it") != std::string::npos) GTEST_SKIP() << (dialling).complained()

/// One call: a fetch, the guest's pings, and an end in order.
struct Way {
  char const *name, *pppd, *entry;
  size_t bytes;
};
constexpr Way ways[] = {
    {"nothing is asked", "noauth novj", "plain", 20'000},
    {"CHAP; compression that pppd alone wants", "auth require-chap", "plain", 20'000},
    {"MS-CHAP; IPv6, that we have not", "auth require-mschap +ipv6", "plain", 20'000},
    {"PAP; headers compressed", "auth require-pap", "compressed", 200'000},
    {"MS-CHAPv2; as fast as it goes", "auth require-mschap-v2", "plain", 5'000'000},
};

TEST_F(CallsPppd, and_fetches_what_is_there_whatever_it_proves_itself_by) {
  OFFHOOK_NEEDS_GUEST(uml);
  ASSERT_NO_FATAL_FAILURE(begin());
  for (Way const& way : ways) {
    SCOPED_TRACE(way.name);
    auto const sum = serves(way.bytes);
    answer(way.pppd);
    auto const started = Clock::now();
    auto dialling = call(way.entry, "xyzzy",
                         fetch() + " && sha256sum body; until [ -e go ]; do sleep 0.1; done; rm go; exit 7");
    bool const fetched = eventually(
        [&] { return dialling.said().ends_with("body\n") || !dialling.process.running(); }, long_enough);
    OFFHOOK_NEEDS_NAMESPACES(dialling);
    std::cout << way.name << ": dialled and " << way.bytes << " bytes fetched in "
              << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started).count()
              << " ms\n";
    EXPECT_TRUE(fetched);
    EXPECT_EQ(dialling.said().substr(0, 64), sum) << dialling.said() << dialling.complained() << log();
    bool const compressed = way.entry == std::string("compressed");
    for (std::string const who : {"sent", "rcvd"})
      EXPECT_EQ(std::regex_search(log(), std::regex(who + " \\[IPCP ConfAck .*<compress VJ")), compressed)
          << log();
    EXPECT_EQ(guest->sh("ping -c 2 -i 0.1 -s 1400 10.9.0.2").status, 0);
    write_file(folder / "go", "");
    EXPECT_EQ(dialling.process.wait(long_enough), 7) << dialling.complained();
    EXPECT_EQ(guest->ended(), 16) << log();  // hung up by the peer's Terminate-Request
  }
}

TEST_F(CallsPppd, and_a_line_that_is_cut_in_mid_transfer_is_missed_at_both_ends) {
  OFFHOOK_NEEDS_GUEST(uml);
  ASSERT_NO_FATAL_FAILURE(begin());
  (void)serves(5'000'000);
  answer("noauth lcp-echo-interval 1 lcp-echo-failure 2");
  auto dialling = call("plain", "xyzzy", "exec " + fetch() + " --limit-rate 100k");
  EXPECT_TRUE(fetches(dialling));
  OFFHOOK_NEEDS_NAMESPACES(dialling);
  ASSERT_EQ(bank->vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_EQ(dialling.process.wait(long_enough), 128 + SIGHUP) << dialling.complained();
  EXPECT_THAT(dialling.complained(), HasSubstr("The far end hung up, or the line was lost"));
  // 15; or 16 where its kernel notices the hang-up before pppd is gone
  EXPECT_THAT(guest->ended(), testing::AnyOf(15, 16)) << log();
  EXPECT_THAT(log(), HasSubstr("No response to 2 echo-requests"));
  EXPECT_TRUE(rasd->reaches("ttyVM1", "listening", long_enough));
}

// ---- over a 16550, with modem lines, and a kernel that encrypts

TEST_F(CallsPppd, encrypted_and_a_dropped_carrier_hangs_both_up) {
  OFFHOOK_NEEDS_GUEST(qemu);
  ASSERT_NO_FATAL_FAILURE(begin(GuestSetup::Kind::qemu));
  auto const sum = serves(50'000);
  answer("auth require-mschap-v2 require-mppe-128");
  auto dialling = call("encrypted", "xyzzy", fetch() + " && sha256sum body; exec sleep 1000");
  EXPECT_TRUE(eventually([&] { return dialling.said().ends_with("body\n") || !dialling.process.running(); },
                         long_enough));
  OFFHOOK_NEEDS_NAMESPACES(dialling);
  EXPECT_EQ(dialling.said().substr(0, 64), sum) << dialling.complained();
  EXPECT_THAT(log(), HasSubstr("MPPE 128-bit stateless compression enabled"));
  ASSERT_EQ(bank->vmodem({"drop", "ttyVM0"}).status, 0);
  EXPECT_EQ(dialling.process.wait(long_enough), 128 + SIGHUP) << dialling.complained();
  EXPECT_THAT(dialling.complained(), HasSubstr("The far end hung up, or the line was lost"));
  EXPECT_EQ(guest->ended(), 16) << log();  // hung up
  EXPECT_THAT(log(), HasSubstr("Modem hangup"));
}

TEST_F(CallsPppd, and_a_password_that_it_refuses_is_error_691) {
  OFFHOOK_NEEDS_GUEST(uml);
  ASSERT_NO_FATAL_FAILURE(begin());
  for (std::string const demand : {"require-pap", "require-mschap-v2"}) {
    SCOPED_TRACE(demand);
    answer("auth " + demand);
    auto dialling = call("plain", "plugh", "echo in");
    EXPECT_EQ(dialling.process.wait(long_enough), 1);
    OFFHOOK_NEEDS_NAMESPACES(dialling);
    EXPECT_THAT(dialling.complained(), HasSubstr("Error 691"));
    EXPECT_EQ(dialling.said().find("in\n"), std::string::npos);
    EXPECT_EQ(guest->ended(), 11) << log();  // the peer failed to authenticate itself
  }
}

}  // namespace
}  // namespace offhook::e2e
