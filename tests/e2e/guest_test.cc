// The guests themselves, before anything of ours but the bank is asked of them: Debian's pppd calls Debian's
// pppd through two modems.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/e2e/bank_process.h"
#include "tests/e2e/guest.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

constexpr char answering[] =
    "pppd /dev/modem 115200 nodetach local debug lcp-restart 1 lcp-max-configure 30 noauth noipdefault "
    "10.9.0.1:10.9.0.2 "
    "connect 'exec chat -t 60 \"\" ATZ OK \"\" RING ATA CONNECT'";
constexpr char calling[] =
    "pppd /dev/modem 115200 nodetach local debug lcp-restart 1 lcp-max-configure 30 noauth noipdefault "
    "connect 'exec chat -t 60 \"\" ATZ OK ATDT5550101 CONNECT'";

TEST(Guests, two_kernels_one_of_them_an_ordinary_users_talk_ppp_through_two_modems) {
  OFFHOOK_NEEDS_GUEST(uml);
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  constexpr uid_t nobody = 65534;
  Guest server({.port = bank.port(1)}),
      client({.port = bank.port(0), .uid = geteuid() == 0 ? std::optional(nobody) : std::nullopt});
  ASSERT_TRUE(server.up());
  ASSERT_TRUE(client.up());
  server.begin(answering);
  client.begin(calling);
  ASSERT_TRUE(server.says("remote IP address 10.9.0.2"));
  ASSERT_TRUE(client.says("remote IP address 10.9.0.1"));
  EXPECT_EQ(client.sh("ping -c 3 -i 0.1 10.9.0.1").status, 0);

  ASSERT_EQ(server.sh("mkdir /www; head -c 300000 /dev/urandom >/www/file; httpd -h /www").status, 0);
  auto const sent = server.sh("sha256sum </www/file"),
             got = client.sh("wget -q -O - http://10.9.0.1/file | sha256sum", 180s);
  EXPECT_EQ(sent.out.size(), 68u) << sent.out;
  EXPECT_EQ(sent.out, got.out);

  client.tell("TERM");
  EXPECT_EQ(client.ended(), 5) << client.log();   // ended by a signal
  EXPECT_EQ(server.ended(), 16) << server.log();  // the peer ended it
}

}  // namespace
}  // namespace offhook::e2e
