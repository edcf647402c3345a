// Debian's pppd in user-mode Linux and our PPP engine at the two ends of a call through the bank, in both
// roles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rasd/ppp/ipcp.h"
#include "tests/e2e/ppp_peer.h"
#include "tests/e2e/pppd_guest.h"

namespace offhook::e2e {
namespace {

using ppp::AuthMethod;
using testing::HasSubstr;

constexpr ppp::Ipv4 server_ip = ppp::ipv4(10, 9, 0, 1), client_ip = ppp::ipv4(10, 9, 0, 2);

/// As the engine names it.
std::optional<AuthMethod> ours(PppdMethod const& method) {
  static constexpr std::optional<AuthMethod> rows[] = {std::nullopt, AuthMethod::pap, AuthMethod::chap_md5,
                                                       AuthMethod::ms_chap_v1, AuthMethod::ms_chap_v2};
  return rows[&method - pppd_methods];
}

ppp::LinkConfig server(std::optional<AuthMethod> method = {}) {
  ppp::LinkConfig config;
  if (method) config.lcp.demand = {*method};
  config.ipcp = {.own = server_ip, .peer = client_ip, .dns = {server_ip, 0}};
  return config;
}
ppp::LinkConfig client(std::optional<AuthMethod> method = {}, std::string password = "xyzzy") {
  ppp::LinkConfig config;
  if (method) {
    config.lcp.prove = {*method};
    config.credentials = ppp::Credentials{"ann", std::move(password)};
  }
  config.ipcp = {.ask_dns = true, .ask_wins = true};
  return config;
}

/// What a call carries, and whether we, or pppd, would compress the headers of TCP.
struct Load {
  bool v4 = true, v6 = false, we_compress = false, pppd_compresses = true;
  std::string options() const {
    return std::string(v4 ? "" : " noip") + (v6 ? " +ipv6" : "") + (pppd_compresses ? "" : " novj");
  }
  bool compressed() const { return we_compress && pppd_compresses; }
  ppp::LinkConfig of(ppp::LinkConfig config) const {
    config.ipv4 = v4, config.ipv6 = v6;
    if (we_compress) config.ipcp.vj = ppp::VjMode{};
    return config;
  }
};
/// A call of its own for each would be long: each method's call, in pppd_methods' order, carries another.
constexpr Load loads[] = {
    {.we_compress = true, .pppd_compresses = false},
    {.we_compress = true},
    {.v6 = true},
    {.v4 = false, .v6 = true},
    {},
};

/// Our engine is at port 1.
class Pppd : public PppdGuest {
 protected:
  void SetUp() override {
    OFFHOOK_NEEDS_GUEST(uml);
    begin();
  }
  void carries(Load const& load, PppPeer const& us, ppp::Ipv4 ours);
  PppPeer called(ppp::LinkConfig config, std::string const& secret = "xyzzy") {
    hung_up();
    return PppPeer(
        {.port = bank->port(1), .number = {}, .config = std::move(config), .secrets = {{"ann", secret}}});
  }
  PppPeer caller(ppp::LinkConfig config) {
    return PppPeer({.port = bank->port(1), .number = "5550100", .config = std::move(config), .secrets = {}});
  }
};

/// Both ends are up, with what the call was to carry and nothing else, and the guest's pings are answered.
void Pppd::carries(Load const& load, PppPeer const& us, ppp::Ipv4 ours) {
  auto const up = [&](auto const& story) {
    return story.up.has_value() == load.v4 && story.up6.has_value() == load.v6;
  };
  ASSERT_TRUE(us.sees(up)) << log();
  auto const story = us.story();
  unsigned pings = 0;
  if (load.v4) {
    EXPECT_EQ(story.up->addresses.own, ours);
    EXPECT_EQ(story.up->addresses.peer, ours == server_ip ? client_ip : server_ip);
    EXPECT_EQ(story.up->addresses.vj_send.has_value(), load.compressed());
    EXPECT_EQ(story.up->addresses.vj_receive.has_value(), load.compressed());
    ASSERT_TRUE(guest->says("remote IP address " + ppp::ipv4_text(ours)));
    EXPECT_EQ(guest->sh("ping -c 2 -i 0.1 -s 1400 " + ppp::ipv4_text(ours)).status, 0);
    pings += 2;
  }
  if (load.v6) {
    ASSERT_TRUE(guest->says("remote LL address fe80"));
    std::string const address = ppp::link_local_text(story.up6->identifiers.own);
    EXPECT_EQ(guest->sh("ping6 -c 2 -i 0.1 -s 1400 " + address + "%ppp0").status, 0) << address;
    pings += 2;
  }
  EXPECT_GE(us.story().pings, pings);
  EXPECT_EQ(us.story().errors.fcs, 0u);
}

TEST_F(Pppd, gets_an_address_from_us_whatever_it_proves_itself_by) {
  for (auto const& method : pppd_methods) {
    SCOPED_TRACE(method.name);
    Load const& load = loads[&method - pppd_methods];
    auto us = called(load.of(server(ours(method))));
    dial(std::string("noauth user ann usepeerdns ") + method.prove + load.options());
    ASSERT_NO_FATAL_FAILURE(carries(load, us, server_ip));
    EXPECT_TRUE(!load.v4 || guest->says("primary   DNS address 10.9.0.1"));
    EXPECT_EQ(us.story().authenticated.size(), ours(method) ? 1u : 0u);
    EXPECT_EQ(ends(), 5) << log();
    if (ours(method)) drop();     // else we give it the time to hang up
    EXPECT_EQ(us.error(), 719u);  // the peer ended it
  }
}

TEST_F(Pppd, gives_us_an_address_whatever_we_prove_ourselves_by) {
  for (auto const& method : pppd_methods) {
    SCOPED_TRACE(method.name);
    Load const& load = loads[&method - pppd_methods];
    answer(method.demand + load.options());
    auto us = caller(load.of(client(ours(method))));
    ASSERT_NO_FATAL_FAILURE(carries(load, us, client_ip));
    us.close();
    EXPECT_EQ(us.error(), 0u);
    EXPECT_EQ(guest->ended(), 16) << log();  // hung up by the peer's Terminate-Request
  }
}

TEST_F(Pppd, and_we_agree_that_a_password_is_wrong) {
  for (auto const& method : pppd_methods) {
    if (!ours(method)) continue;
    SCOPED_TRACE(method.name);
    {
      PppPeer us({.port = bank->port(1),
                  .number = {},
                  .config = server(ours(method)),
                  .secrets = {{"ann", "plugh"}}});
      dial(std::string("noauth user ann ") + method.prove);
      EXPECT_EQ(guest->ended(), 19) << log();  // we failed to authenticate ourselves
      EXPECT_EQ(us.error(), 691u);
    }
    answer(method.demand);
    auto us = caller(client(ours(method), "plugh"));
    EXPECT_EQ(us.error(), 691u);
    EXPECT_EQ(guest->ended(), 11) << log();  // the peer failed to authenticate itself
  }
}

TEST_F(Pppd, and_we_both_end_it_with_who_proves_nothing) {
  {
    auto us = called(server(AuthMethod::chap_md5));
    dial("noauth user nobody");
    EXPECT_EQ(us.error(), 919u);
    ends();
  }
  answer("auth require-chap");
  auto us = caller(client());
  EXPECT_EQ(us.error(), 691u);  // pppd opens LCP without what it demands, and ends it then
  EXPECT_EQ(guest->ended(), 11) << log();
}

TEST_F(Pppd, is_missed_when_it_stops_answering) {
  auto config = server();
  config.echo = {1s, 2};
  auto us = called(config);
  dial("noauth");
  ASSERT_TRUE(us.is_up()) << log();
  guest->tell("STOP");
  EXPECT_EQ(us.error(), 721u) << "the peer does not respond";
}

TEST_F(Pppd, misses_us_when_the_line_is_cut) {
  auto us = called(server());
  dial("noauth lcp-echo-interval 1 lcp-echo-failure 2");
  ASSERT_TRUE(guest->says("local  IP address"));
  ASSERT_EQ(bank->vmodem({"drop", "ttyVM1"}).status, 0);
  // 15; or 16 where its kernel notices the hang-up before pppd is gone
  EXPECT_THAT(guest->ended(), testing::AnyOf(15, 16));
  EXPECT_THAT(log(), HasSubstr("No response to 2 echo-requests"));
  EXPECT_TRUE(us.error());
  EXPECT_NE(us.error(), 0u) << us.story().ended->text;
}

}  // namespace
}  // namespace offhook::e2e
