// What a service of PPP gives to whom: addresses, keys of the configuration, secrets. No line is needed.
#include "rasd/app/ppp_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "rasd/app/config.h"
#include "rasd/ppp/ms_chap.h"
#include "rasd/ppp/ms_chap_change.h"

namespace offhook::rasd {
namespace {

using ppp::ipv4;
using testing::HasSubstr;

class Access : public testing::Test {
 protected:
  void SetUp() override {
    std::array<char, 64> name{"/tmp/offhook-access-XXXXXX"};
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name.data();
    write_secrets("anna * tulip\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string secrets() const { return folder_ + "/secrets"; }
  void write_secrets(std::string_view text) const {
    std::ofstream(secrets()) << text;
    ::chmod(secrets().c_str(), 0600);
  }
  std::shared_ptr<PppAccess> make(std::string const& keys, std::string const& users = "") const {
    auto config = parse_config(
        users + "[service.s.ppp]\nchap_secrets = '" + secrets() + "'\naddress = '10.9.0.1'\n" + keys, "f");
    if (!config) ADD_FAILURE() << config.error().message;
    if (!config) return nullptr;
    auto made = PppAccess::make(*config->services[0].ppp, std::make_shared<auth::Gatekeeper>(config->users));
    if (!made) ADD_FAILURE() << made.error().message;
    return made ? *made : nullptr;
  }
  /// By MS-CHAP-V2; with a new password where there is one.
  static ppp::Proof proof(std::string const& password, std::string const& changed = "") {
    ppp::Proof made;
    made.method = ppp::AuthMethod::ms_chap_v2;
    made.user = "anna";
    made.challenge.resize(16);
    made.response = ppp::ms_chap_response(made, password, ppp::Buffer(20));
    if (changed.empty()) return made;
    ppp::Chance chance{ppp::Chance::Seed{}};
    auto const packet = ppp::make_change(made, password, changed, chance);
    EXPECT_TRUE(ppp::read_change(made, packet.code, packet.data));
    return made;
  }
  static auth::Verdict of(std::string const& user) {
    auth::Verdict verdict;
    verdict.user = user;
    return verdict;
  }

 private:
  std::string folder_;
};

TEST_F(Access, a_link_is_as_the_keys_say) {
  auto const access = make(
      "authentication = ['ms-chap-v2']\nretries = 2\ndns = ['10.9.0.53', '10.9.0.54']\nwins = ['10.9.0.55']\n"
      "encryption = 'require'\nheader_compression = true\necho = '3s'\nmtu = 1400\naccm = 0x000a0000\n");
  ASSERT_TRUE(access);
  auto const link = access->link();
  EXPECT_EQ(link.lcp.demand, std::vector{ppp::AuthMethod::ms_chap_v2});
  EXPECT_EQ(link.lcp.mru, 1400);
  EXPECT_EQ(link.lcp.accm, 0x000a0000u);
  EXPECT_EQ(link.echo.interval, 3s);
  EXPECT_EQ(link.auth.retries, 2u);
  EXPECT_EQ(link.encryption, ppp::Encryption::require);
  EXPECT_FALSE(link.ipv6) << "slirp has none";
  auto const ipcp = access->ipcp(ipv4(10, 9, 0, 2));
  EXPECT_EQ(ipcp.own, ipv4(10, 9, 0, 1));
  EXPECT_EQ(ipcp.peer, ipv4(10, 9, 0, 2));
  EXPECT_THAT(ipcp.dns, testing::ElementsAre(ipv4(10, 9, 0, 53), ipv4(10, 9, 0, 54)));
  EXPECT_THAT(ipcp.wins, testing::ElementsAre(ipv4(10, 9, 0, 55), 0u));
  EXPECT_TRUE(ipcp.vj);
}

TEST_F(Access, this_ends_addresses_are_no_callers) {
  auto const access = make("pool = '10.9.0.1-10.9.0.4'\ndns = ['10.9.0.2']\n");
  ASSERT_TRUE(access);
  EXPECT_EQ(access->lease(of("anna")).value(), ipv4(10, 9, 0, 3));
  EXPECT_EQ(access->lease(of("bob")).value(), ipv4(10, 9, 0, 4));
  EXPECT_FALSE(access->lease(of("carl")));
}

TEST_F(Access, an_accounts_own_address_is_kept_for_it) {
  auto const access = make("pool = '10.9.0.2-10.9.0.3'\n", "[user.anna]\naddress = '10.9.0.2'\n");
  ASSERT_TRUE(access);
  auto const anna = access->judge("P1", proof("tulip"));
  ASSERT_TRUE(anna.answer.accepted);
  EXPECT_EQ(access->lease(anna).value(), ipv4(10, 9, 0, 2));
  access->give_back(ipv4(10, 9, 0, 2));
  EXPECT_EQ(access->lease(of("bob")).value(), ipv4(10, 9, 0, 3));
  EXPECT_FALSE(access->lease(of("carl")));
}

TEST_F(Access, a_secret_that_permits_no_address_of_the_pool_leaves_that_whole) {
  write_secrets("anna * tulip 192.168.0.0/16\n");
  auto const access = make("pool = '10.9.0.2'\n");
  ASSERT_TRUE(access);
  auto const lease = access->lease(access->judge("P1", proof("tulip")));
  ASSERT_FALSE(lease);
  EXPECT_THAT(lease.error().message, HasSubstr("permits none of the addresses"));
  EXPECT_EQ(access->pool()->free(), 1u);
  EXPECT_EQ(access->pool()->leased(), 0u);
}

TEST_F(Access, secrets_that_have_changed_are_those_that_count) {
  auto const access = make("");
  ASSERT_TRUE(access);
  EXPECT_TRUE(access->judge("P1", proof("tulip")).answer.accepted);
  write_secrets("anna * daffodil\n");
  EXPECT_FALSE(access->judge("P1", proof("tulip")).answer.accepted);
  EXPECT_TRUE(access->judge("P1", proof("daffodil")).answer.accepted);
}

TEST_F(Access, a_new_password_counts_once_it_stands_in_the_file_and_not_before) {
  auto const access = make("change_passwords = true\n", "[user.anna]\npassword_until = 2020-01-01\n");
  ASSERT_TRUE(access);
  EXPECT_EQ(access->judge("P1", proof("tulip")).answer.error, 648u);
  std::string const in_the_way = secrets() + ".new";
  std::filesystem::create_directory(in_the_way);
  auto const refused = access->judge("P1", proof("tulip", "fern"));
  EXPECT_FALSE(refused.answer.accepted);
  EXPECT_EQ(refused.answer.error, 709u);
  EXPECT_THAT(refused.note, HasSubstr("keeps his password"));
  std::filesystem::remove(in_the_way);
  auto const changed = access->judge("P1", proof("tulip", "fern"));
  EXPECT_TRUE(changed.answer.accepted);
  EXPECT_TRUE(access->judge("P1", proof("fern")).answer.accepted);
}

}  // namespace
}  // namespace offhook::rasd
