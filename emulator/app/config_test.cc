#include "emulator/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace offhook::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Config, nothing_is_four_modems_with_the_usual_numbers) {
  auto const config = parse_config("", "");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->bank.modems.size(), 4u);
  EXPECT_EQ(config->bank.modems[3].port, "ttyVM3");
  EXPECT_EQ(config->bank.modems[3].number, "5550103");
  EXPECT_EQ(config->bank.modems[3].family, "v250");
  EXPECT_EQ(config->bank.test_lines, exchange::default_test_lines());
}

TEST(Config, a_line_takes_every_key_and_a_port_adds_its_own) {
  auto const config = parse_config(R"([bank]
seed = 42
[line]
rate = 33600
training = "realistic"
delay = "50ms"
jitter = "5ms"
errors = 1e-5
bursts = "1e6,50,0.3"
loss = "0.1%"
duplication = 0.5
flow = "stuck"
seed = 7
[[modem]]
port = "ttyVM0"
number = "1"
line = { rate = 2400, flow = "ok" }
[[modem]]
port = "ttyVM1"
number = "2"
)",
                                   "f.toml");
  ASSERT_TRUE(config) << config.error().message;
  line::Parameters wanted{.rate_bps = 33600,
                          .realistic_training = true,
                          .delay = 50ms,
                          .jitter = 5ms,
                          .bit_error_rate = 1e-5,
                          .bursts = {1e6, 50, 0.3},
                          .byte_loss_rate = 0.001,
                          .byte_duplication_rate = 0.5,
                          .flow_stuck = true,
                          .seed = 7};
  EXPECT_EQ(config->bank.seed, 42u);
  EXPECT_EQ(config->bank.line, wanted);
  wanted.rate_bps = 2400;
  wanted.flow_stuck = false;
  EXPECT_EQ(config->bank.modems[0].line, wanted) << "what it does not name is the bank's";
  EXPECT_FALSE(config->bank.modems[1].line);
}

TEST(Config, a_line_that_is_wrong_is_named_with_what_is_accepted) {
  struct Row {
    std::string_view text, complaint;
  };
  for (auto const& [text, complaint] : std::vector<Row>{
           {"[line]\nerrors = 2", "f.toml:2:10: [line] errors: '2' is not a share"},
           {"[line]\ndelay = 11", "f.toml:2:9: [line] delay: delay must be 0 to 10 seconds"},
           {"[line]\nbursts = 7", "f.toml:2:10: [line] bursts: '7' is not bursts"},
           {"[line]\nflow = true", "f.toml:2:8: [line] flow: a string or a number is wanted"},
           {"[line]\nnoise = 1",
            "[line] noise: there is no such key; accepted: rate, training, delay, jitter, "},
           {"[bank]\nseed = -1", "[bank] seed: a whole number from 0 to 4294967295"},
           {"[[modem]]\nport = \"a\"\nnumber = \"1\"\nline = 3", "[[modem]] line: a table is wanted"},
           {"[[modem]]\nport = \"a\"\nnumber = \"1\"\nline = { noise = 1 }",
            "[[modem]] line: noise: there is no"},
           {"[[modem]]\nport = \"a\"\nnumber = \"1\"\nline = { loss = 3 }",
            "[[modem]] line: loss: '3' is not"}}) {
    auto const config = parse_config(text, "f.toml");
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().message, HasSubstr(complaint));
  }
}

TEST(Config, every_key_is_read) {
  auto const config = parse_config(R"(
[bank]
dir = "/tmp/bank"
profiles = "/tmp/profiles"
modems = 3
family = "usr"
mode = "0660"
group = "dialout"
country = "uk"
pace = "realistic"
rest = "2s"
hangup_grace = "50ms"
log = "info"
phonebook = "/tmp/book.toml"
dial_protocol = "telnet"
[line]
rate = 33600
training = "realistic"
[[modem]]
port = "modem"
number = "100"
family = "rockwell"
serial = "12345"
unknown_is_ok = true
ties = true
[[hunt_group]]
number = "200"
members = ["ttyVM1", "modem"]
order = "round_robin"
[[test_line]]
number = "300"
kind = "pattern"
[[listener]]
address = "127.0.0.1:2323"
number = "200"
protocol = "telnet"
rings = 3
busy_text = "engaged"
limit_per_address = 2
rest = "5s"
)",
                                   "f.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->dir, "/tmp/bank");
  EXPECT_EQ(config->group, "dialout");
  EXPECT_EQ(config->log, "info");
  EXPECT_EQ(config->phonebook, "/tmp/book.toml");
  EXPECT_EQ(config->mode, 0660u);
  auto const& bank = config->bank;
  EXPECT_EQ(bank.profiles, "/tmp/profiles");
  EXPECT_EQ(bank.country, "uk");
  EXPECT_EQ(bank.pace, hayes::Pace::realistic);
  EXPECT_EQ(bank.rest, Duration(2s));
  EXPECT_EQ(bank.hangup_grace, Duration(50ms));
  EXPECT_EQ(bank.line.rate_bps, 33600u);
  EXPECT_TRUE(bank.line.realistic_training);
  ASSERT_EQ(bank.modems.size(), 3u);
  driver::ModemConfig first{.port = "modem", .number = "100", .family = "rockwell", .options = {}};
  first.options.serial = "12345";
  first.options.unknown_is_ok = true;
  first.options.ties = true;
  EXPECT_EQ(bank.modems[0], first);
  EXPECT_EQ(bank.modems[2].port, "ttyVM1");
  EXPECT_EQ(bank.modems[2].family, "usr");
  ASSERT_EQ(bank.groups.size(), 1u);
  EXPECT_EQ(bank.groups[0].members, (std::vector<exchange::SubscriberId>{2, 0}));
  EXPECT_EQ(bank.groups[0].order, exchange::HuntGroup::Order::round_robin);
  EXPECT_EQ(bank.dial_protocol, trunk::Protocol::telnet);
  driver::ListenerConfig listener{.address = {"127.0.0.1", 2323}, .number = "200", .limits = {}};
  listener.protocol = trunk::Protocol::telnet;
  listener.rings = 3;
  listener.busy_text = "engaged";
  listener.limits.per_address = 2;
  listener.limits.rest = 5s;
  EXPECT_EQ(bank.listeners, std::vector{listener});
  ASSERT_EQ(bank.test_lines.size(), 1u);
  EXPECT_EQ(bank.test_lines[0],
            (std::pair<std::string, exchange::TestLine>{"300", exchange::TestLine::pattern}));
}

TEST(Config, a_port_may_be_a_pad_or_one_end_of_a_null_modem_cable) {
  auto const config = parse_config(R"(
[[modem]]
port = "pad"
number = "100"
kind = "pad"
profile = 91
greeting = "TELEPAC 21"
accept = "identified"
[[modem]]
port = "client"
number = "101"
kind = "null-modem"
peer = "server"
[[modem]]
port = "server"
number = "102"
kind = "null-modem"
peer = "client"
answers_client = true
[[modem]]
port = "modem"
number = "103"
kind = "modem"
)",
                                   "f.toml");
  ASSERT_TRUE(config) << config.error().message;
  auto const& ports = config->bank.modems;
  ASSERT_EQ(ports.size(), 4u);
  using Kind = driver::ModemConfig::Kind;
  EXPECT_EQ(ports[0].kind, Kind::pad);
  EXPECT_EQ(ports[0].pad,
            (pad::Options{pad::Profile::transparent, "TELEPAC 21", pad::Options::Accept::identified}));
  EXPECT_EQ(ports[1].kind, Kind::null_modem);
  EXPECT_EQ(ports[1].cable.peer, "102");
  EXPECT_EQ(ports[1].cable.script, pad::CableOptions::Script::none);
  EXPECT_EQ(ports[2].cable.peer, "101");
  EXPECT_EQ(ports[2].cable.script, pad::CableOptions::Script::server);
  EXPECT_EQ(ports[3].kind, Kind::modem);
}

TEST(Config, a_port_of_any_kind_may_be_served_by_rfc_2217) {
  auto const config = parse_config(R"(
[bank]
modems = 2
[[modem]]
port = "ttyVM0"
number = "1"
rfc2217 = "127.0.0.1:0"
[[modem]]
port = "ttyVM1"
number = "2"
kind = "pad"
rfc2217 = "[::1]:7001"
)",
                                   "f.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->bank.modems[0].rfc2217, (trunk::Address{"127.0.0.1", 0}));
  EXPECT_EQ(config->bank.modems[1].rfc2217, (trunk::Address{"::1", 7001}));
}

TEST(Config, a_pad_that_says_no_more_is_the_usual_one) {
  auto const config = parse_config("[[modem]]\nport='p'\nnumber='1'\nkind='pad'", "f");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->bank.modems[0].pad, pad::Options());
}

TEST(Config, the_count_that_is_asked_for_goes_before_that_of_the_text) {
  EXPECT_EQ(parse_config("[bank]\nmodems = 3", "f", 7)->bank.modems.size(), 7u);
  EXPECT_EQ(parse_config("", "", 0)->bank.modems.size(), 0u);
  EXPECT_FALSE(parse_config("[[modem]]\nport='a'\nnumber='1'\n[[modem]]\nport='b'\nnumber='2'", "f", 1));
}

TEST(Config, modems_that_are_added_pass_over_names_and_numbers_that_are_taken) {
  auto const config = parse_config("[bank]\nmodems = 3\n[[modem]]\nport='ttyVM0'\nnumber='5550101'", "f");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->bank.modems[1].port, "ttyVM2");
  EXPECT_EQ(config->bank.modems[1].number, "5550102");
}

TEST(Config, a_usual_test_line_gives_way_to_a_modem_of_its_number) {
  auto const config = parse_config("[[modem]]\nport='a'\nnumber='5550000'", "f");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->bank.test_lines.size(), exchange::default_test_lines().size() - 1);
}

struct Bad {
  std::string text, complaint;
};

TEST(Config, an_error_about_a_port_names_the_place_and_what_its_kind_accepts) {
  std::string const a = "[[modem]]\nport='a'\nnumber='1'\n", b = "\n[[modem]]\nport='b'\nnumber='2'\n";
  std::string const cable = "kind='null-modem'\npeer=";
  std::vector<Bad> const rows{
      {a + "kind = 'fax'",
       "f.toml:4:8: [[modem]] kind: 'fax' is not accepted; accepted: modem, pad, null-modem"},
      {a + "kind = 3", "f.toml:4:8: [[modem]] kind: accepted: modem, pad, null-modem"},
      {a + "profile = 90",
       "f.toml:4:1: [[modem]] profile: there is no such key; accepted: port, number, kind, family, serial"},
      {a + "kind='pad'\nfamily='usr'",
       "f.toml:5:1: [[modem]] family: there is no such key; accepted: port, number, kind, profile, "
       "greeting, "},
      {a + "kind='pad'\nprofile=92",
       "f.toml:5:9: [[modem]] profile: accepted: 90 (simple), 91 (transparent)"},
      {a + "rfc2217 = 7000", "f.toml:4:11: [[modem]] rfc2217: a string is wanted, such as \"127.0.0.1:0\""},
      {a + "rfc2217 = '['", "f.toml:4:11: [[modem]] rfc2217: host:port"},
      {a + "kind='pad'\nprofile='90'", "[[modem]] profile: accepted: 90"},
      {a + "kind='pad'\ngreeting=''", "f.toml:5:10: [[modem]] greeting: a string of 1 to 80 printable"},
      {a + "kind='pad'\ngreeting=\"a\\nb\"", "[[modem]] greeting: a string of 1 to 80 printable"},
      {a + "kind='pad'\ngreeting='" + std::string(81, 'x') + "'", "[[modem]] greeting: a string of 1 to 80"},
      {a + "kind='pad'\naccept='never'",
       "f.toml:5:8: [[modem]] accept: 'never' is not accepted; accepted: first_ring, identified"},
      {a + "kind='null-modem'", "f.toml:1:1: [[modem]] peer: is missing"},
      {a + cable + "'../b'", "f.toml:5:6: [[modem]] peer: '../b' is not the name of a port"},
      {a + cable + "'b'\nanswers_client='yes'", "f.toml:6:16: [[modem]] answers_client: true or false"},
      {a + cable + "'a'",
       "f.toml:5:6: [[modem]] peer: is the port itself; the port of the cable's other end"},
      {a + cable + "'c'",
       "f.toml:5:6: [[modem]] peer: there is no port 'c'; the port of the cable's other end"},
      {a + cable + "'b'" + b, "f.toml:5:6: [[modem]] peer: b is a modem: its kind is to be \"null-modem\""},
      {a + cable + "'b'" + b + cable + "'c'\n[[modem]]\nport='c'\nnumber='3'\n" + cable + "'b'",
       "f.toml:5:6: [[modem]] peer: the peer of b is c: it is to be a"},
  };
  for (auto const& [text, complaint] : rows) {
    auto const config = parse_config(text, "f.toml");
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().message, StartsWith(complaint.starts_with("f.toml") ? complaint : "f.toml:"));
    EXPECT_THAT(config.error().message, HasSubstr(complaint));
  }
}

TEST(Config, an_error_names_the_place_the_key_and_what_is_accepted) {
  std::vector<Bad> const rows{
      {"[bank", "f.toml:1:6: "},
      {"x = 1", "f.toml:1:1: 'x': there is no such section; accepted: [bank], [line], [[modem]], "},
      {"[[listener]]\naddress = \"127.0.0.1:1\"\nnumber = \"999\"",
       "f.toml:1:1: [[listener]] number: 999 belongs to no modem, hunt group or test line"},
      {"[[listener]]\nnumber = \"5550100\"\naddress = \"[\"", "f.toml:3:11: [[listener]] address: host:port"},
      {"bank = 3", "f.toml:1:8: [bank] is a table"},
      {"[bank]\n  modem = 3",
       "f.toml:2:3: [bank] modem: there is no such key; accepted: dir, profiles, modems"},
      {"[bank]\nmodems = -1", "f.toml:2:10: [bank] modems: a whole number from 0 to 20000 is wanted"},
      {"[bank]\nmodems = 1.5", "[bank] modems: a whole number"},
      {"[bank]\nmodems = 20001", "from 0 to 20000"},
      {"[bank]\nmode = 660",
       "[bank] mode: a string with permission bits in octal is wanted, such as \"0660\""},
      {"[bank]\nmode = \"888\"", "[bank] mode: '888' is not a mode"},
      {"[bank]\nfamily = \"zyxel\"", "[bank] family: accepted: v250, hayes2400, rockwell, usr"},
      {"[bank]\npace = \"slow\"", "[bank] pace: 'slow' is not accepted; accepted: instant, realistic"},
      {"[bank]\npace = 1", "[bank] pace: accepted: instant, realistic"},
      {"[bank]\nrest = \"soon\"", "[bank] rest: 'soon' is not a duration"},
      {"[bank]\nrest = true", "[bank] rest: a string is wanted"},
      {"[bank]\nlog = \"loud\"", "[bank] log: accepted: trace, debug"},
      {"[bank]\ncountry = \"atlantis\"", "[bank] country: a country whose ring is known"},
      {"[bank]\ndir = \"\"", "[bank] dir: a string of 1 to 1000 bytes is wanted"},
      {"[line]\nrate = 9", "f.toml:2:8: [line] rate: '9' is not a rate"},
      {"[line]\nnoise = 1", "[line] noise: there is no such key; accepted: rate, training"},
      {"[modem]\nport = \"a\"", "[[modem]] is a list of tables: write it in double brackets"},
      {"modem = [1]", "[[modem]] is a list of tables"},
      {"[[modem]]\nport = \"a\"", "f.toml:1:1: [[modem]] number: is missing"},
      {"[[modem]]\nport = \"../a\"\nnumber = \"1\"",
       "f.toml:2:8: [[modem]] port: '../a' is not the name of a port"},
      {"[[modem]]\nport = \"a\"\nnumber = \"x\"",
       "f.toml:3:10: [[modem]] number: 'x' is not a telephone number"},
      {"[[modem]]\nport = \"a\"\nnumber = \"1\"\nties = \"no\"",
       "f.toml:4:8: [[modem]] ties: true or false is wanted"},
      {"[[modem]]\nport='a'\nnumber='1'\n[[modem]]\nport='a'\nnumber='2'",
       "f.toml:4:1: [[modem]] port: a stands twice"},
      {"[[modem]]\nport='a'\nnumber='1'\n[[modem]]\nport='b'\nnumber='1'",
       "f.toml:4:1: [[modem]] number: 1 stands twice"},
      {"[[hunt_group]]\nnumber='9'\nmembers=['ttyVM0', 'ttyVM7']",
       "f.toml:3:20: [[hunt_group]] members: there is no port 'ttyVM7'"},
      {"[[hunt_group]]\nnumber='9'\nmembers=[]", "[[hunt_group]] members: a list of ports is wanted"},
      {"[[hunt_group]]\nnumber='9'\nmembers=[1]", "every member is the name of a port"},
      {"[[hunt_group]]\nnumber='5550100'\nmembers=['ttyVM0']", "[[hunt_group]] number: 5550100 stands twice"},
      {"[[hunt_group]]\nnumber='9'\nmembers=['ttyVM0']\norder='random'", "accepted: linear, round_robin"},
      {"[[test_line]]\nnumber='5550100'\nkind='echo'", "[[test_line]] number: 5550100 stands twice"},
      {"[[test_line]]\nnumber='9'\nkind='fax'",
       "[[test_line]] kind: 'fax' is not accepted; accepted: echo, busy"},
      {"[bank]\nmodems = 1\nmodems = 2", "f.toml:3:"},
      {std::string("\xff\xfe\x00", 3), "f.toml:1:"},
      {"\xc3\xa9 = 1", "f.toml:1:1: "},
      {"\n\xef\xb7\xb7", "f.toml:2:1: "},
      {std::string(longest_config + 1, '#'), "f.toml: a configuration has at most 1 MiB"},
  };
  for (auto const& [text, complaint] : rows) {
    auto const config = parse_config(text, "f.toml");
    ASSERT_FALSE(config) << text.substr(0, 100);
    EXPECT_THAT(config.error().message, StartsWith("f.toml:")) << text.substr(0, 100);
    EXPECT_THAT(config.error().message, HasSubstr(complaint));
  }
}

}  // namespace
}  // namespace offhook::app
