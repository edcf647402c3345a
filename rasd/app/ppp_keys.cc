#include "rasd/app/ppp_keys.h"

#include "emulator/verbs/values.h"
#include "rasd/net/network.h"
#include "rasd/net/pool.h"

namespace offhook::rasd {
namespace {

using namespace keys;
using ppp::AuthMethod;

constexpr size_t longest_name = 255;

constexpr std::array<std::pair<std::string_view, AuthMethod>, 4> methods{
    {{"pap", AuthMethod::pap},
     {"chap", AuthMethod::chap_md5},
     {"ms-chap", AuthMethod::ms_chap_v1},
     {"ms-chap-v2", AuthMethod::ms_chap_v2}}};
constexpr std::array<std::pair<std::string_view, NetworkKind>, 4> networks{{{"slirp", NetworkKind::slirp},
                                                                            {"tun", NetworkKind::tun},
                                                                            {"program", NetworkKind::program},
                                                                            {"none", NetworkKind::none}}};
constexpr std::array<std::pair<std::string_view, AfterSilence>, 2> silences{
    {{"ppp", AfterSilence::ppp}, {"program", AfterSilence::program}}};

constexpr std::array<std::pair<std::string_view, ppp::Encryption>, 3> encryptions{
    {{"off", ppp::Encryption::off},
     {"allow", ppp::Encryption::allow},
     {"require", ppp::Encryption::require}}};

/// By this key alone a caller is let in without a word; it must be said.
constexpr AuthMethod nobody_is_asked{0xff};

Complaint take_authentication(Node node, PppConfig& config) {
  if (node.value_exact<std::string>() == "none") {
    config.authentication = {nobody_is_asked};
    return std::nullopt;
  }
  constexpr std::string_view wanted =
      "\"none\", or a list of pap, chap, ms-chap and ms-chap-v2, best first, is wanted";
  toml::array const* const list = node.as_array();
  if (!list || list->empty() || list->size() > methods.size()) return std::string(wanted);
  for (Node each : *list) {
    AuthMethod method{};
    if (auto complaint = take_word<AuthMethod>(each, methods, method)) return complaint;
    if (std::ranges::find(config.authentication, method) != config.authentication.end())
      return "a method stands twice";
    config.authentication.push_back(method);
  }
  return std::nullopt;
}

Complaint take_address(Node node, ppp::Ipv4& target) {
  auto const text = node.value_exact<std::string>();
  if (!text) return "an address is wanted: \"10.0.0.1\"";
  return take(net::parse_ipv4(*text), target);
}

/// One or two of them.
Complaint take_servers(Node node, std::array<ppp::Ipv4, 2>& target) {
  toml::array const* const list = node.as_array();
  if (!list || list->empty() || list->size() > target.size())
    return "a list of one or two addresses is wanted";
  for (size_t i = 0; i < list->size(); ++i)
    if (auto complaint = take_address((*list)[i], target[i])) return complaint;
  return std::nullopt;
}

Complaint take_pool(Node node, std::string& target) {
  auto const text = node.value_exact<std::string>();
  if (!text) return "a range is wanted: \"10.0.0.2-10.0.0.99\" or \"10.0.0.0/24\"";
  if (auto const pool = net::Pool::parse(*text); !pool) return pool.error().message;
  target = *text;
  return std::nullopt;
}

Complaint take_mtu(Node node, uint16_t& target) {
  auto const number = node.value_exact<int64_t>();
  if (!number || *number < ppp::smallest_mru || *number > ppp::default_mru)
    return "a whole number from 128 to 1500 is wanted";
  target = static_cast<uint16_t>(*number);
  return std::nullopt;
}

Complaint take_accm(Node node, ppp::Accm& target) {
  auto const number = node.value_exact<int64_t>();
  if (!number || *number < 0 || *number > 0xffffffff)
    return "a map of 32 control characters is wanted: 0x000a0000 for XON and XOFF";
  target = static_cast<ppp::Accm>(*number);
  return std::nullopt;
}

Complaint take_retries(Node node, PppConfig& config) {
  auto const number = node.value_exact<int64_t>();
  if (!number || *number < 0 || *number > 10) return "a whole number from 0 to 10 is wanted";
  config.retries = static_cast<uint32_t>(*number);
  return std::nullopt;
}

constexpr std::array rows{
    Key<PppConfig>{"authentication", take_authentication},
    Key<PppConfig>{"pap_secrets", [](Node n, PppConfig& c) { return take_path(n, c.pap_secrets); }},
    Key<PppConfig>{"chap_secrets", [](Node n, PppConfig& c) { return take_path(n, c.chap_secrets); }},
    Key<PppConfig>{"retries", take_retries},
    Key<PppConfig>{"change_passwords", [](Node n, PppConfig& c) { return take_bool(n, c.change_passwords); }},
    Key<PppConfig>{"name", [](Node n, PppConfig& c) { return take_string(n, longest_name, c.name); }},
    Key<PppConfig>{"network",
                   [](Node n, PppConfig& c) { return take_word<NetworkKind>(n, networks, c.network); }},
    Key<PppConfig>{"program", [](Node n, PppConfig& c) { return take_strings(n, c.program); }},
    Key<PppConfig>{"address", [](Node n, PppConfig& c) { return take_address(n, c.address); }},
    Key<PppConfig>{"pool", [](Node n, PppConfig& c) { return take_pool(n, c.pool); }},
    Key<PppConfig>{"dns", [](Node n, PppConfig& c) { return take_servers(n, c.dns); }},
    Key<PppConfig>{"wins", [](Node n, PppConfig& c) { return take_servers(n, c.wins); }},
    Key<PppConfig>{"host_loopback", [](Node n, PppConfig& c) { return take_bool(n, c.host_loopback); }},
    Key<PppConfig>{
        "encryption",
        [](Node n, PppConfig& c) { return take_word<ppp::Encryption>(n, encryptions, c.encryption); }},
    Key<PppConfig>{"header_compression",
                   [](Node n, PppConfig& c) { return take_bool(n, c.header_compression); }},
    Key<PppConfig>{"idle", [](Node n, PppConfig& c) { return take_text(n, verbs::parse_duration, c.idle); }},
    Key<PppConfig>{"echo", [](Node n, PppConfig& c) { return take_text(n, verbs::parse_duration, c.echo); }},
    Key<PppConfig>{"mtu", [](Node n, PppConfig& c) { return take_mtu(n, c.mtu); }},
    Key<PppConfig>{"accm", [](Node n, PppConfig& c) { return take_accm(n, c.accm); }},
    Key<PppConfig>{"silence",
                   [](Node n, PppConfig& c) { return take_text(n, verbs::parse_duration, c.silence); }},
    Key<PppConfig>{
        "after_silence",
        [](Node n, PppConfig& c) { return take_word<AfterSilence>(n, silences, c.after_silence); }},
};

Complaint complete_authentication(PppConfig& config) {
  auto& wanted = config.authentication;
  if (wanted == std::vector{nobody_is_asked}) {
    wanted.clear();
    return std::nullopt;
  }
  if (wanted.empty()) {
    if (!config.chap_secrets.empty()) wanted = {AuthMethod::ms_chap_v2, AuthMethod::chap_md5};
    if (!config.pap_secrets.empty()) wanted.push_back(AuthMethod::pap);
    if (wanted.empty())
      return "chap_secrets or pap_secrets: is missing (or authentication = \"none\", which lets everybody "
             "in)";
  }
  for (AuthMethod const each : wanted)
    if ((ppp::is_chap(each) ? config.chap_secrets : config.pap_secrets).empty())
      return std::string(ppp::is_chap(each) ? "chap_secrets" : "pap_secrets") + ": is missing";
  return std::nullopt;
}

bool is_ms_chap(AuthMethod method) {
  return method == AuthMethod::ms_chap_v1 || method == AuthMethod::ms_chap_v2;
}

}  // namespace

std::span<Key<PppConfig> const> ppp_keys() { return rows; }

Complaint complete(PppConfig& config) {
  if (auto complaint = complete_authentication(config)) return complaint;
  if (config.encryption == ppp::Encryption::require &&
      !std::ranges::all_of(config.authentication, is_ms_chap))
    return "encryption: its keys come of ms-chap-v2 or ms-chap: with \"require\", authentication has no "
           "other";
  if (config.encryption == ppp::Encryption::require && config.authentication.empty())
    return "encryption: its keys come of ms-chap-v2 or ms-chap, and nobody is asked";
  if (config.host_loopback && config.network != NetworkKind::slirp)
    return "host_loopback: is for network = \"slirp\"";
  if ((config.network == NetworkKind::program) == config.program.empty())
    return "program: is wanted for network = \"program\", and for no other";
  if (config.network == NetworkKind::slirp && config.dns[0] == 0) config.dns[0] = net::SlirpConfig{}.dns;
  return std::nullopt;
}

}  // namespace offhook::rasd
