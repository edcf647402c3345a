// The keys of [[modem]]: what a port is, and what a modem, a PAD and one end of a null-modem cable take. For
// the configuration's reader alone: it brings toml++ along.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/app/config_line.h"
#include "emulator/app/toml_keys.h"
#include "emulator/driver/bank.h"
#include "emulator/hayes/family.h"
#include "emulator/verbs/values.h"

namespace offhook::app {

/// A port before the other end of its cable is known by its number.
struct PortDraft {
  driver::ModemConfig config;
  std::string peer{};  // of a cable: the other end's port
  toml::source_region peer_at{};
};

inline Complaint take_family(Node node, std::string& target) {
  auto const text = node.value_exact<std::string>();
  if (text && hayes::find_family(*text)) {
    target = *text;
    return std::nullopt;
  }
  std::string accepted;
  for (hayes::Family const& family : hayes::families())
    accepted.append(accepted.empty() ? "" : ", ").append(family.name);
  return "accepted: " + accepted;
}

/// A port's name stands in the bank's folder beside the bank's own files.
inline Result<std::string> parse_port_name(std::string_view text) {
  constexpr std::array<std::string_view, 4> own{"control.sock", "v24.sock", "lock", "profiles"};
  if (std::ranges::find(own, text) != own.end())
    return error("'", std::string(text),
                 "' is the bank's own: another name than control.sock, v24.sock, lock and profiles");
  return verbs::parse_port(text);
}

inline Complaint take_profile(Node node, pad::Profile& target) {
  auto const number = node.value_exact<int64_t>();
  auto const profile = number && *number >= 0 && *number <= 255
                           ? pad::find_profile(static_cast<unsigned>(*number))
                           : std::nullopt;
  if (!profile) return "accepted: 90 (simple), 91 (transparent)";
  target = *profile;
  return std::nullopt;
}

/// What stands between two format effectors (X.28 3.5.3): one line.
inline Complaint take_greeting(Node node, std::string& target) {
  constexpr size_t longest = 80;
  auto const text = node.value_exact<std::string>();
  bool const fits =
      text && !text->empty() && text->size() <= longest &&
      std::ranges::all_of(*text, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c < 0x7f; });
  if (!fits) return "a string of 1 to 80 printable ASCII characters is wanted";
  target = *text;
  return std::nullopt;
}

inline Complaint take_peer(Node node, PortDraft& draft) {
  draft.peer_at = node.source();
  return take_text(node, parse_port_name, draft.peer);
}

inline constexpr std::array<std::pair<std::string_view, pad::Options::Accept>, 2> accepts{
    {{"first_ring", pad::Options::Accept::first_ring}, {"identified", pad::Options::Accept::identified}}};

inline Complaint take_rfc2217(Node node, std::optional<trunk::Address>& target) {
  auto const text = node.value_exact<std::string>();
  if (!text) return "a string is wanted, such as \"127.0.0.1:0\"";
  return take(trunk::parse_address(*text, true), target);
}

using PortKey = Key<PortDraft>;

inline constexpr std::array port_keys{
    PortKey{"port", [](Node n, PortDraft& p) { return take_text(n, parse_port_name, p.config.port); }, true},
    PortKey{"number", [](Node n, PortDraft& p) { return take_text(n, verbs::parse_number, p.config.number); },
            true},
    PortKey{"kind",
            [](Node n, PortDraft& p) {
              return take_word<driver::ModemConfig::Kind>(n, driver::kinds, p.config.kind);
            }},
};
inline constexpr std::array own_modem_keys{
    PortKey{"family", [](Node n, PortDraft& p) { return take_family(n, p.config.family); }},
    PortKey{"serial", [](Node n, PortDraft& p) { return take_string(n, 64, p.config.options.serial); }},
    PortKey{"unknown_is_ok",
            [](Node n, PortDraft& p) { return take_bool(n, p.config.options.unknown_is_ok); }},
    PortKey{"ties", [](Node n, PortDraft& p) { return take_bool(n, p.config.options.ties); }},
};
inline constexpr std::array own_pad_keys{
    PortKey{"profile", [](Node n, PortDraft& p) { return take_profile(n, p.config.pad.profile); }},
    PortKey{"greeting", [](Node n, PortDraft& p) { return take_greeting(n, p.config.pad.identification); }},
    PortKey{"accept",
            [](Node n, PortDraft& p) {
              return take_word<pad::Options::Accept>(n, accepts, p.config.pad.accept);
            }},
};
inline constexpr std::array own_cable_keys{
    PortKey{"peer", take_peer, true},
    PortKey{"answers_client",
            [](Node n, PortDraft& p) {
              bool answers = false;
              auto complaint = take_bool(n, answers);
              using Script = pad::CableOptions::Script;
              p.config.cable.script = answers ? Script::server : Script::none;
              return complaint;
            }},
};

template <size_t a, size_t b>
constexpr std::array<PortKey, a + b> joined(std::array<PortKey, a> const& first,
                                            std::array<PortKey, b> const& then) {
  std::array<PortKey, a + b> all{};
  std::ranges::copy(then, std::ranges::copy(first, all.begin()).out);
  return all;
}
inline constexpr std::array common_keys{
    PortKey{"line", [](Node n, PortDraft& p) { return take_own_line(n, p.config.line); }},
    PortKey{"rfc2217", [](Node n, PortDraft& p) { return take_rfc2217(n, p.config.rfc2217); }}};
inline constexpr auto modem_keys = joined(joined(port_keys, own_modem_keys), common_keys);
inline constexpr auto pad_keys = joined(joined(port_keys, own_pad_keys), common_keys);
inline constexpr auto cable_keys = joined(joined(port_keys, own_cable_keys), common_keys);

/// What may stand in this [[modem]]; of a kind that there is not, the key itself complains.
inline Keys<PortDraft> keys_of(toml::table const& table) {
  auto kind = driver::ModemConfig::Kind::modem;
  if (toml::node const* const node = table.get("kind"))
    take_word<driver::ModemConfig::Kind>(*node, driver::kinds, kind);
  switch (kind) {
    case driver::ModemConfig::Kind::pad:
      return pad_keys;
    case driver::ModemConfig::Kind::null_modem:
      return cable_keys;
    case driver::ModemConfig::Kind::modem:
      break;
  }
  return modem_keys;
}

}  // namespace offhook::app
