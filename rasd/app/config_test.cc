#include "rasd/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace offhook::rasd {
namespace {

using testing::HasSubstr;

constexpr char whole[] = R"(
[rasd]
dir = "/run/ras"
log = "/var/log/rasd.jsonl"
group = "dialout"
lock_dir = "/run/lock"
level = "debug"
[service.login]
command = ["/bin/login", "-p"]
user = "root"
terminal = "raw"
direct = true
[service.bbs]
relay = "[::1]:2323"
[[port]]
name = "ttyVM0"
path = "/run/vmodem/ttyVM0"
use = "dial-in"
device = "usr"
init = ["AT&K3", "ATM0"]
rate = 57600
flow = "none"
rings = 2
service = "login"
s25 = "100ms"
idle_limit = "10m"
session_limit = "1h"
enabled = false
[[port]]
name = "out"
path = "/dev/ttyS0"
use = "dial-out"
device = "odd"
[device.odd]
like = "usr"
init = ["ATZ4"]
[[device.odd.response]]
line = "GOOD"
means = "ok"
)";

TEST(Config, every_key_is_read) {
  auto const config = parse_config(whole, "rasd.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->dir, "/run/ras");
  EXPECT_EQ(config->log, "/var/log/rasd.jsonl");
  EXPECT_EQ(config->group, "dialout");
  EXPECT_EQ(config->lock_dir, "/run/lock");
  EXPECT_EQ(config->level, "debug");
  ASSERT_TRUE(config->service("login"));
  EXPECT_EQ(*config->service("login"),
            (ServiceConfig{"login", {"/bin/login", "-p"}, "", "root", true, true}));
  EXPECT_EQ(config->service("bbs")->relay, "[::1]:2323");
  EXPECT_FALSE(config->service("fax"));
  ASSERT_EQ(config->ports.size(), 2u);
  EXPECT_EQ(config->ports[0], (PortConfig{"ttyVM0",
                                          "/run/vmodem/ttyVM0",
                                          Use::dial_in,
                                          "usr",
                                          {"AT&K3", "ATM0"},
                                          57600,
                                          false,
                                          2,
                                          "login",
                                          100ms,
                                          10min,
                                          1h,
                                          false}));
  EXPECT_EQ(config->ports[1].use, Use::dial_out);
  ASSERT_TRUE(config->device("odd"));
  EXPECT_EQ(config->device("odd")->init, std::vector<std::string>{"ATZ4"});
  EXPECT_TRUE(config->device("v250"));
  auto const alone = at::parse_scripts(config->device_texts.at("odd"), "odd");
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_EQ(alone->at(0), *config->device("odd"));
}

TEST(Config, what_is_wrong_is_named_with_its_line_and_what_is_accepted) {
  struct Row {
    std::string text, complaint;
  };
  std::string const port = "[[port]]\nname='a'\npath='/dev/a'\n";
  std::string const ppp = "[service.x.ppp]\nauthentication = 'none'\n";
  for (Row const& row : std::vector<Row>{
           {"[ports]", "rasd.toml:1:2: 'ports': there is no such section; accepted: [rasd], [service.NAME]"},
           {"[rasd]\nlevel = 'loud'", "rasd.toml:2:9: [rasd] level: accepted: trace"},
           {"[rasd]\ndir = 'run'", "a path that begins with '/'"},
           {"[rasd\n", "rasd.toml:1:"},
           {"[service.x]\n", "exactly one of command and relay is wanted, or ppp, or ppp too"},
           {"[service.x]\ncommand=['a']\nrelay='h:1'", "exactly one of command and relay"},
           {"[service.x]\nrelay='h:1'\ndirect=true", "direct: is for a command alone"},
           {"[service.x]\ncommand=['a']\ndirect=true\n" + ppp, "direct: is for a command alone"},
           {"[service.x]\nppp=true", "rasd.toml:2:5: [service.x.ppp] is a table: write it in brackets"},
           {"[service.x.ppp]\n",
            "rasd.toml:1:1: [service.x.ppp] chap_secrets or pap_secrets: is missing (or "},
           {"[service.x.ppp]\nchap_secrets='/s'\nauthentication=['pap']", "pap_secrets: is missing"},
           {"[service.x.ppp]\npap_secrets='/s'\nauthentication=['pap', 'chap']", "chap_secrets: is missing"},
           {"[service.x.ppp]\nauthentication=['eap']", "'eap' is not accepted; accepted: pap, chap, ms-chap"},
           {"[service.x.ppp]\nauthentication=['pap', 'pap']", "a method stands twice"},
           {"[service.x.ppp]\nauthentication='pap'", "\"none\", or a list of pap, chap, ms-chap and"},
           {"[service.x.ppp]\nchap_secrets='s'", "a path that begins with '/'"},
           {ppp + "network='nat'", "'nat' is not accepted; accepted: slirp, tun, program, none"},
           {ppp + "retries=11", "retries: a whole number from 0 to 10 is wanted"},
           {ppp + "network='program'", "program: is wanted for network = \"program\", and for no other"},
           {ppp + "program=['cat']", "program: is wanted for network = \"program\", and for no other"},
           {ppp + "network='program'\nprogram='cat'", "program: a list of 1 to 64 strings is wanted"},
           {ppp + "network='tun'\nhost_loopback=true", "host_loopback: is for network = \"slirp\""},
           {ppp + "pool='10.0.0.9-10.0.0.2'", "rasd.toml:3:6: [service.x.ppp] pool: "},
           {ppp + "dns=[]", "a list of one or two addresses"},
           {ppp + "dns=['ns.example']", "rasd.toml:3:5: [service.x.ppp] dns: "},
           {ppp + "encryption='require'", "encryption: its keys come of ms-chap-v2 or ms-chap"},
           {ppp + "mtu=100", "a whole number from 128 to 1500"},
           {ppp + "accm=-1", "a map of 32 control characters"},
           {ppp + "after_silence='hang up'", "accepted: ppp, program"},
           {ppp + "speed=1", "there is no such key; accepted: authentication, pap_secrets"},
           {"[user.a]\nhours=['x']", "rasd.toml:2:7: [user.a] hours: days, times or both"},
           {"[service.x]\ncommand=[]", "a list of 1 to 64 strings"},
           {"[service.x]\ncommand=[7]", "a list of 1 to 64 strings"},
           {"[service.x]\nrelay='localhost'", "an address and a port"},
           {"[service.x]\nrelay='localhost:70000'", "an address and a port"},
           {"[[port]]\nname='a'", "[[port]] path: is missing"},
           {"[[port]]\nname='a b'\npath='/dev/a'", "rasd.toml:2:6: [[port]] name: "},
           {port, "service: is missing; a port that answers calls needs one"},
           {port + "device='x'", "device: there is no device 'x'; accepted: v250"},
           {"[device.x]\nlike='y'", "[device.x] like: 'y' is no built-in script"},
           {port + "service='x'", "there is no [service.x]"},
           {port + "use='in'", "'in' is not accepted; accepted: dial-in, dial-out, both"},
           {port + "use='dial-out'\nrings=0", "a whole number from 1 to 100"},
           {port + "use='dial-out'\ns25='soon'", "rasd.toml:5:5: [[port]] s25: "},
           {port + "use='dial-out'\n[device.x]\ns25='200ms'", "[device.x] s25: seconds, more than 0"},
           {port + std::string("use='dial-out'\n").append(port).append("use='dial-out'"),
            "name: a stands twice"},
           {port + "use='dial-out'\n[[port]]\nname='b'\npath='/dev/a'\nuse='dial-out'",
            "path: /dev/a stands twice"},
           {port + "speed=9", "there is no such key; accepted: name, path, use"},
       }) {
    auto const config = parse_config(row.text, "rasd.toml");
    ASSERT_FALSE(config) << row.text;
    EXPECT_THAT(config.error().message, HasSubstr(row.complaint)) << row.text;
  }
}

TEST(Config, a_service_of_ppp_is_read_with_what_depends_on_other_keys) {
  auto const config = parse_config(R"(
[service.all]
command = ["/bin/login"]
[service.all.ppp]
authentication = ["ms-chap-v2", "ms-chap"]
chap_secrets = "/etc/ppp/chap-secrets"
pap_secrets = "/etc/ppp/pap-secrets"
retries = 3
change_passwords = true
name = "ras"
network = "tun"
address = "10.0.0.1"
pool = "10.0.0.0/28"
dns = ["10.0.0.53", "10.0.0.54"]
wins = ["10.0.0.55"]
encryption = "require"
header_compression = true
idle = "10m"
echo = "5s"
mtu = 576
accm = 0x000a0000
silence = "2s"
after_silence = "program"
[service.some.ppp]
chap_secrets = "/etc/ppp/chap-secrets"
pap_secrets = "/etc/ppp/pap-secrets"
[service.none.ppp]
authentication = "none"
network = "none"
[user.anna]
calls = 1
)",
                                   "rasd.toml");
  ASSERT_TRUE(config) << config.error().message;
  PppConfig const& all = *config->service("all")->ppp;
  PppConfig wanted;
  wanted.authentication = {ppp::AuthMethod::ms_chap_v2, ppp::AuthMethod::ms_chap_v1};
  wanted.chap_secrets = "/etc/ppp/chap-secrets";
  wanted.pap_secrets = "/etc/ppp/pap-secrets";
  wanted.retries = 3;
  wanted.change_passwords = true;
  wanted.name = "ras";
  wanted.network = NetworkKind::tun;
  wanted.address = ppp::ipv4(10, 0, 0, 1);
  wanted.pool = "10.0.0.0/28";
  wanted.dns = {ppp::ipv4(10, 0, 0, 53), ppp::ipv4(10, 0, 0, 54)};
  wanted.wins = {ppp::ipv4(10, 0, 0, 55), 0};
  wanted.encryption = ppp::Encryption::require;
  wanted.header_compression = true;
  wanted.idle = 10min;
  wanted.echo = 5s;
  wanted.mtu = 576;
  wanted.accm = 0x000a0000;
  wanted.silence = 2s;
  wanted.after_silence = AfterSilence::program;
  EXPECT_EQ(all, wanted);
  PppConfig const& some = *config->service("some")->ppp;
  EXPECT_EQ(some.authentication,
            (std::vector{ppp::AuthMethod::ms_chap_v2, ppp::AuthMethod::chap_md5, ppp::AuthMethod::pap}));
  EXPECT_EQ(some.dns[0], ppp::ipv4(10, 0, 2, 3));  // slirp's own
  PppConfig const& none = *config->service("none")->ppp;
  EXPECT_TRUE(none.authentication.empty());
  EXPECT_EQ(none.dns[0], 0u);
  EXPECT_EQ(config->users.find("anna").calls, 1u);
}

TEST(Config, what_is_no_file_of_a_sensible_size_is_an_error_that_says_so) {
  auto const folder = load_config("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message, "cannot read /: Is a directory");
  auto const none = load_config("/nonexistent/rasd.toml");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "cannot read /nonexistent/rasd.toml: No such file or directory");
  auto const endless = load_config("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().message, "/dev/zero: a configuration has at most 4 MiB");
}

}  // namespace
}  // namespace offhook::rasd
