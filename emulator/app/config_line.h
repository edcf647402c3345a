// The keys of [line] and of a [[modem]]'s own line. For the configuration's reader alone: it brings toml++
// along.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/app/line_keys.h"
#include "emulator/app/toml_keys.h"

namespace offhook::app {

inline Complaint take_line_value(toml::node const& node, std::string_view key, line::Parameters& target) {
  auto const value = plain(node);
  if (!value) return "a string or a number is wanted";
  auto const taken = take_line(key, *value, target);
  return taken ? std::nullopt : Complaint(taken.error().message);
}
/// Those of line_keys(), which a test holds together.
inline constexpr std::array line_section_keys{
    Key<line::Parameters>{"rate", [](Node n, line::Parameters& p) { return take_line_value(n, "rate", p); }},
    Key<line::Parameters>{"training",
                          [](Node n, line::Parameters& p) { return take_line_value(n, "training", p); }},
    Key<line::Parameters>{"delay",
                          [](Node n, line::Parameters& p) { return take_line_value(n, "delay", p); }},
    Key<line::Parameters>{"jitter",
                          [](Node n, line::Parameters& p) { return take_line_value(n, "jitter", p); }},
    Key<line::Parameters>{"errors",
                          [](Node n, line::Parameters& p) { return take_line_value(n, "errors", p); }},
    Key<line::Parameters>{"bursts",
                          [](Node n, line::Parameters& p) { return take_line_value(n, "bursts", p); }},
    Key<line::Parameters>{"loss", [](Node n, line::Parameters& p) { return take_line_value(n, "loss", p); }},
    Key<line::Parameters>{"duplication",
                          [](Node n, line::Parameters& p) { return take_line_value(n, "duplication", p); }},
    Key<line::Parameters>{"flow", [](Node n, line::Parameters& p) { return take_line_value(n, "flow", p); }},
    Key<line::Parameters>{"seed", [](Node n, line::Parameters& p) { return take_line_value(n, "seed", p); }},
};
/// A table of the same keys; what it does not name is the bank's.
inline Complaint take_own_line(toml::node const& node, std::optional<line::Parameters>& target) {
  toml::table const* const table = node.as_table();
  if (!table) return "a table is wanted, such as { rate = 2400, errors = 1e-5 }";
  line::Parameters wanted = target.value_or(line::Parameters{});
  for (auto&& [name, value] : *table) {
    auto const* const key = std::ranges::find(line_section_keys, name.str(), &Key<line::Parameters>::name);
    std::string const place = escaped(name.str().substr(0, 60)) + ": ";
    if (key == line_section_keys.end()) {
      std::string accepted;
      for (auto const& k : line_section_keys) accepted.append(accepted.empty() ? "" : ", ").append(k.name);
      return place + "there is no such key; accepted: " + accepted;
    }
    if (auto const complaint = key->take(value, wanted)) return place + *complaint;
  }
  target = wanted;
  return std::nullopt;
}

}  // namespace offhook::app
