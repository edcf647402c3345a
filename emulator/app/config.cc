#include "emulator/app/config.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <sstream>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/hayes/family.h"
#include "emulator/verbs/values.h"

namespace offhook::app {
namespace {

constexpr uint64_t most_modems = 20000;
constexpr uint64_t first_number = 5550100;
constexpr std::array<std::string_view, 7> log_levels{"trace", "debug",    "info", "warn",
                                                     "error", "critical", "off"};

/// A hunt group before its members are known by index.
struct GroupDraft {
  exchange::HuntGroup group;
  std::vector<std::pair<std::string, toml::source_region>> members;
};
struct TestLineDraft {
  std::string number;
  std::optional<exchange::TestLine> kind;
};
struct Draft {
  Config config;
  std::optional<uint64_t> modems;
  std::string family = "v250";
};

// ---- values
// ----------------------------------------------------------------------------------------------------

/// Nothing: the value was taken. Otherwise what is wrong with it and what is accepted.
using Complaint = std::optional<std::string>;

/// A scalar as the text an operator would have typed; nothing for other nodes.
std::optional<std::string> plain(toml::node const& node) {
  if (auto const text = node.value_exact<std::string>()) return text;
  if (auto const number = node.value_exact<int64_t>()) return std::to_string(*number);
  return std::nullopt;
}

template <class T, class Target>
Complaint take(Result<T> value, Target& target) {
  if (!value) return value.error().message;
  target = *std::move(value);
  return std::nullopt;
}

template <class T, class Target>
Complaint take_text(toml::node const& node, Result<T> (*parse)(std::string_view), Target& target) {
  auto const text = plain(node);
  if (!text) return "a string is wanted";
  return take(parse(*text), target);
}

Complaint take_count(toml::node const& node, uint64_t max, std::optional<uint64_t>& target) {
  auto const number = node.value_exact<int64_t>();
  if (!number || *number < 0 || static_cast<uint64_t>(*number) > max)
    return "a whole number from 0 to " + std::to_string(max) + " is wanted";
  target = static_cast<uint64_t>(*number);
  return std::nullopt;
}

Complaint take_string(toml::node const& node, size_t longest, auto& target) {
  auto text = node.value_exact<std::string>();
  if (!text || text->empty() || text->size() > longest || text->find('\0') != std::string::npos)
    return "a string of 1 to " + std::to_string(longest) + " bytes is wanted";
  target = *std::move(text);
  return std::nullopt;
}

Complaint take_bool(toml::node const& node, bool& target) {
  auto const value = node.value_exact<bool>();
  if (!value) return "true or false is wanted";
  target = *value;
  return std::nullopt;
}

template <class T>
using Words = std::span<std::pair<std::string_view, T> const>;

template <class T>
Complaint take_word(toml::node const& node, std::type_identity_t<Words<T>> words, T& target) {
  auto const text = node.value_exact<std::string>();
  std::string accepted;
  for (auto const& [word, value] : words) {
    if (text && *text == word) {
      target = value;
      return std::nullopt;
    }
    accepted.append(accepted.empty() ? "" : ", ").append(word);
  }
  return (text ? "'" + escaped(text->substr(0, 60)) + "' is not accepted; " : std::string()) +
         "accepted: " + accepted;
}

constexpr std::array<std::pair<std::string_view, hayes::Pace>, 2> paces{
    {{"instant", hayes::Pace::instant}, {"realistic", hayes::Pace::realistic}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> trainings{
    {{"instant", false}, {"realistic", true}}};
constexpr std::array<std::pair<std::string_view, exchange::HuntGroup::Order>, 2> orders{
    {{"linear", exchange::HuntGroup::Order::linear},
     {"round_robin", exchange::HuntGroup::Order::round_robin}}};
constexpr std::array<std::pair<std::string_view, exchange::TestLine>, 9> test_lines{
    {{"echo", exchange::TestLine::echo},
     {"busy", exchange::TestLine::busy},
     {"no_answer", exchange::TestLine::no_answer},
     {"voice", exchange::TestLine::voice},
     {"carrier_loss", exchange::TestLine::carrier_loss},
     {"pattern", exchange::TestLine::pattern},
     {"congestion", exchange::TestLine::congestion},
     {"unallocated", exchange::TestLine::unallocated},
     {"callback", exchange::TestLine::callback}}};

Complaint take_family(toml::node const& node, std::string& target) {
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

Complaint take_country(toml::node const& node, std::string& target) {
  auto const text = node.value_exact<std::string>();
  if (!text || !exchange::cadence(*text, 0))
    return "a country whose ring is known is wanted: us, uk, de, fr, jp ...";
  target = *text;
  return std::nullopt;
}

Complaint take_log(toml::node const& node, std::optional<std::string>& target) {
  auto const text = node.value_exact<std::string>();
  if (!text || std::ranges::find(log_levels, *text) == log_levels.end())
    return "accepted: trace, debug, info, warn, error, critical, off";
  target = *text;
  return std::nullopt;
}

Complaint take_mode(toml::node const& node, std::optional<unsigned>& target) {
  auto const text = node.value_exact<std::string>();
  if (!text) return "a string with permission bits in octal is wanted, such as \"0660\"";
  return take(verbs::parse_mode(*text), target);
}

Complaint take_members(toml::node const& node, GroupDraft& draft) {
  toml::array const* const list = node.as_array();
  if (!list || list->empty() || list->size() > most_modems)
    return "a list of ports is wanted, such as [\"ttyVM0\", \"ttyVM1\"]";
  for (toml::node const& member : *list) {
    auto const name = member.value_exact<std::string>();
    if (!name) return "every member is the name of a port, such as \"ttyVM0\"";
    draft.members.emplace_back(*name, member.source());
  }
  return std::nullopt;
}

// ---- the keys of each section
// ----------------------------------------------------------------------------------

template <class T>
struct Key {
  std::string_view name;
  Complaint (*take)(toml::node const&, T&);
  bool required = false;
};
using Node = toml::node const&;

constexpr std::array bank_keys{
    Key<Draft>{"dir", [](Node n, Draft& d) { return take_string(n, 1000, d.config.dir); }},
    Key<Draft>{"profiles", [](Node n, Draft& d) { return take_string(n, 1000, d.config.bank.profiles); }},
    Key<Draft>{"modems", [](Node n, Draft& d) { return take_count(n, most_modems, d.modems); }},
    Key<Draft>{"family", [](Node n, Draft& d) { return take_family(n, d.family); }},
    Key<Draft>{"mode", [](Node n, Draft& d) { return take_mode(n, d.config.mode); }},
    Key<Draft>{"group", [](Node n, Draft& d) { return take_string(n, 64, d.config.group); }},
    Key<Draft>{"country", [](Node n, Draft& d) { return take_country(n, d.config.bank.country); }},
    Key<Draft>{"pace", [](Node n, Draft& d) { return take_word<hayes::Pace>(n, paces, d.config.bank.pace); }},
    Key<Draft>{"rest",
               [](Node n, Draft& d) { return take_text(n, verbs::parse_duration, d.config.bank.rest); }},
    Key<Draft>{
        "hangup_grace",
        [](Node n, Draft& d) { return take_text(n, verbs::parse_duration, d.config.bank.hangup_grace); }},
    Key<Draft>{"log", [](Node n, Draft& d) { return take_log(n, d.config.log); }},
};
constexpr std::array line_keys{
    Key<line::Parameters>{
        "rate", [](Node n, line::Parameters& p) { return take_text(n, verbs::parse_rate, p.rate_bps); }},
    Key<line::Parameters>{
        "training",
        [](Node n, line::Parameters& p) { return take_word<bool>(n, trainings, p.realistic_training); }},
};
using driver::ModemConfig;
constexpr std::array modem_keys{
    Key<ModemConfig>{"port", [](Node n, ModemConfig& m) { return take_text(n, verbs::parse_port, m.port); },
                     true},
    Key<ModemConfig>{
        "number", [](Node n, ModemConfig& m) { return take_text(n, verbs::parse_number, m.number); }, true},
    Key<ModemConfig>{"family", [](Node n, ModemConfig& m) { return take_family(n, m.family); }},
    Key<ModemConfig>{"serial", [](Node n, ModemConfig& m) { return take_string(n, 64, m.options.serial); }},
    Key<ModemConfig>{"unknown_is_ok",
                     [](Node n, ModemConfig& m) { return take_bool(n, m.options.unknown_is_ok); }},
    Key<ModemConfig>{"ties", [](Node n, ModemConfig& m) { return take_bool(n, m.options.ties); }},
};
constexpr std::array group_keys{
    Key<GroupDraft>{"number",
                    [](Node n, GroupDraft& g) { return take_text(n, verbs::parse_number, g.group.number); },
                    true},
    Key<GroupDraft>{"members", [](Node n, GroupDraft& g) { return take_members(n, g); }, true},
    Key<GroupDraft>{"order",
                    [](Node n, GroupDraft& g) {
                      return take_word<exchange::HuntGroup::Order>(n, orders, g.group.order);
                    }},
};
constexpr std::array test_line_keys{
    Key<TestLineDraft>{
        "number", [](Node n, TestLineDraft& t) { return take_text(n, verbs::parse_number, t.number); }, true},
    Key<TestLineDraft>{"kind",
                       [](Node n, TestLineDraft& t) {
                         exchange::TestLine kind{};
                         auto complaint = take_word<exchange::TestLine>(n, test_lines, kind);
                         if (!complaint) t.kind = kind;
                         return complaint;
                       },
                       true},
};

// ---- the whole
// -------------------------------------------------------------------------------------------------

class Reader {
 public:
  Reader(std::string_view file_name, std::optional<uint64_t> modems) : file_(file_name), asked_(modems) {}

  Result<Config> read(std::string_view text) {
    if (text.size() > longest_config) return error(file_, ": a configuration has at most 1 MiB");
    toml::parse_result parsed = toml::parse(text, file_);
    if (!parsed) {
      std::string const what(parsed.error().description());
      return at(parsed.error().source(), what);
    }
    for (auto step : {&Reader::check_sections, &Reader::read_bank, &Reader::read_line, &Reader::read_modems,
                      &Reader::add_modems, &Reader::read_groups, &Reader::read_test_lines})
      if (auto done = (this->*step)(parsed.table()); !done) return done.error();
    return std::move(draft_.config);
  }

 private:
  using Table = toml::table const&;

  Error at(toml::source_region const& where, std::string_view what) const {
    return error(file_, ":", std::to_string(where.begin.line), ":", std::to_string(where.begin.column), ": ",
                 what);
  }

  template <class T, size_t n>
  Result<void> read_keys(std::string_view section, Table table, std::array<Key<T>, n> const& keys,
                         T& target) {
    for (auto&& [name, node] : table) {
      auto const key = std::ranges::find(keys, name.str(), &Key<T>::name);
      std::string const place = std::string(section) + " " + escaped(name.str().substr(0, 60)) + ": ";
      if (key == keys.end()) {
        std::string accepted;
        for (Key<T> const& k : keys) accepted.append(accepted.empty() ? "" : ", ").append(k.name);
        return at(name.source(), place + "there is no such key; accepted: " + accepted);
      }
      if (auto const complaint = key->take(node, target)) return at(node.source(), place + *complaint);
    }
    for (Key<T> const& key : keys)
      if (key.required && !table.contains(key.name))
        return at(table.source(), std::string(section) + " " + std::string(key.name) + ": is missing");
    return {};
  }

  Result<void> check_sections(Table root) {
    static constexpr std::array<std::string_view, 5> sections{"bank", "line", "modem", "hunt_group",
                                                              "test_line"};
    for (auto&& [name, node] : root)
      if (std::ranges::find(sections, name.str()) == sections.end())
        return at(name.source(), "'" + escaped(name.str().substr(0, 60)) +
                                     "': there is no such section; accepted: [bank], [line], [[modem]], "
                                     "[[hunt_group]], [[test_line]]");
    return {};
  }

  template <class T, size_t n>
  Result<void> read_section(Table root, std::string_view name, std::array<Key<T>, n> const& keys, T& target) {
    toml::node const* const node = root.get(name);
    std::string const section = "[" + std::string(name) + "]";
    if (!node) return {};
    if (!node->is_table()) return at(node->source(), section + " is a table: write it in brackets");
    return read_keys(section, *node->as_table(), keys, target);
  }

  /// Each [[name]] in turn, as keys are read into a T of its own and then given to `keep`.
  template <class T, size_t n>
  Result<void> read_list(Table root, std::string_view name, std::array<Key<T>, n> const& keys, T const& fresh,
                         auto&& keep) {
    toml::node const* const node = root.get(name);
    std::string const section = "[[" + std::string(name) + "]]";
    if (!node) return {};
    toml::array const* const list = node->as_array();
    if (!list || !std::ranges::all_of(*list, [](Node each) { return each.is_table(); }))
      return at(node->source(), section + " is a list of tables: write it in double brackets");
    for (toml::node const& element : *list) {
      T target = fresh;
      if (auto done = read_keys(section, *element.as_table(), keys, target); !done) return done.error();
      if (Complaint const complaint = keep(target)) return at(element.source(), section + " " + *complaint);
    }
    return {};
  }

  Result<void> read_bank(Table root) { return read_section(root, "bank", bank_keys, draft_); }
  Result<void> read_line(Table root) {
    return read_section(root, "line", line_keys, draft_.config.bank.line);
  }

  Complaint claim_number(std::string const& number) {
    if (numbers_.insert(number).second) return std::nullopt;
    return "number: " + number + " stands twice; every number belongs to one modem, group or test line";
  }

  Result<void> read_modems(Table root) {
    ModemConfig fresh;
    fresh.family = draft_.family;
    return read_list(root, "modem", modem_keys, fresh, [&](ModemConfig const& modem) -> Complaint {
      if (!ports_.emplace(modem.port, draft_.config.bank.modems.size()).second)
        return "port: " + modem.port + " stands twice";
      draft_.config.bank.modems.push_back(modem);
      return claim_number(modem.number);
    });
  }

  /// Those that the text counts but does not list.
  Result<void> add_modems(Table root) {
    auto& modems = draft_.config.bank.modems;
    uint64_t const wanted =
        asked_.value_or(draft_.modems.value_or(modems.empty() ? default_modems : modems.size()));
    if (wanted < modems.size())
      return at(root.source(), std::to_string(modems.size()) + " modems are listed, but only " +
                                   std::to_string(wanted) + " are asked for");
    for (uint64_t i = 0; modems.size() < wanted; ++i) {
      ModemConfig modem;
      modem.port = "ttyVM" + std::to_string(i);
      modem.number = std::to_string(first_number + i);
      modem.family = draft_.family;
      if (ports_.contains(modem.port) || numbers_.contains(modem.number)) continue;
      ports_.emplace(modem.port, modems.size());
      numbers_.insert(modem.number);
      modems.push_back(std::move(modem));
    }
    return {};
  }

  Result<void> read_groups(Table root) {
    Result<void> members;  // the first that is no port
    auto const read =
        read_list(root, "hunt_group", group_keys, GroupDraft{}, [&](GroupDraft& draft) -> Complaint {
          for (auto const& [name, where] : draft.members) {
            auto const port = ports_.find(name);
            if (port != ports_.end())
              draft.group.members.push_back(static_cast<exchange::SubscriberId>(port->second));
            else if (members)
              members =
                  at(where, "[[hunt_group]] members: there is no port '" + escaped(name.substr(0, 60)) + "'");
          }
          draft_.config.bank.groups.push_back(draft.group);
          return claim_number(draft.group.number);
        });
    return members ? read : members;
  }

  /// Test lines that are listed take the place of the usual ones; of the usual ones, those whose numbers the
  /// configuration gives to others go without a word.
  Result<void> read_test_lines(Table root) {
    auto& lines = draft_.config.bank.test_lines;
    if (!root.contains("test_line")) {
      std::erase_if(lines, [&](auto const& line) { return numbers_.contains(line.first); });
      return {};
    }
    lines.clear();
    return read_list(root, "test_line", test_line_keys, TestLineDraft{}, [&](TestLineDraft const& draft) {
      lines.emplace_back(draft.number, *draft.kind);
      return claim_number(draft.number);
    });
  }

  std::string file_;
  std::optional<uint64_t> asked_;
  Draft draft_;
  std::map<std::string, size_t> ports_;
  std::set<std::string> numbers_;
};

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view file_name,
                            std::optional<uint64_t> modems) {
  return Reader(file_name.empty() ? "(no file)" : file_name, modems).read(text);
}

}  // namespace offhook::app
