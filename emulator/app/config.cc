#include "emulator/app/config.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <sstream>
#include <utility>

#include "emulator/app/config_line.h"
#include "emulator/app/config_ports.h"
#include "emulator/base/text.h"
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

constexpr std::array<std::pair<std::string_view, hayes::Pace>, 2> paces{
    {{"instant", hayes::Pace::instant}, {"realistic", hayes::Pace::realistic}}};
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

Complaint take_listening(toml::node const& node, trunk::Address& target) {
  auto const text = node.value_exact<std::string>();
  if (!text) return "a string is wanted, such as \"127.0.0.1:2323\"";
  return take(trunk::parse_address(*text, true), target);
}

/// Empty: the caller is told nothing.
Complaint take_busy_text(toml::node const& node, std::string& target) {
  auto const text = node.value_exact<std::string>();
  constexpr size_t longest = 1000;
  if (!text || text->size() > longest) return "a string of at most 1000 bytes is wanted";
  target = *text;
  return std::nullopt;
}

Complaint take_count_into(toml::node const& node, uint64_t max, auto& target) {
  std::optional<uint64_t> count;
  auto complaint = take_count(node, max, count);
  if (count) target = static_cast<std::remove_reference_t<decltype(target)>>(*count);
  return complaint;
}

Complaint take_protocol(toml::node const& node, trunk::Protocol& target) {
  return take_word<trunk::Protocol>(node, protocols, target);
}

constexpr std::array bank_keys{
    Key<Draft>{"dir", [](Node n, Draft& d) { return take_string(n, 1000, d.config.dir); }},
    Key<Draft>{"profiles", [](Node n, Draft& d) { return take_string(n, 1000, d.config.bank.profiles); }},
    Key<Draft>{"modems", [](Node n, Draft& d) { return take_count(n, most_modems, d.modems); }},
    Key<Draft>{"family", [](Node n, Draft& d) { return take_family(n, d.family); }},
    Key<Draft>{"mode", [](Node n, Draft& d) { return take_mode(n, d.config.mode); }},
    Key<Draft>{"group", [](Node n, Draft& d) { return take_string(n, 64, d.config.group); }},
    Key<Draft>{"seed",
               [](Node n, Draft& d) { return take_count_into(n, verbs::largest_seed, d.config.bank.seed); }},
    Key<Draft>{"country", [](Node n, Draft& d) { return take_country(n, d.config.bank.country); }},
    Key<Draft>{"pace", [](Node n, Draft& d) { return take_word<hayes::Pace>(n, paces, d.config.bank.pace); }},
    Key<Draft>{"rest",
               [](Node n, Draft& d) { return take_text(n, verbs::parse_duration, d.config.bank.rest); }},
    Key<Draft>{
        "hangup_grace",
        [](Node n, Draft& d) { return take_text(n, verbs::parse_duration, d.config.bank.hangup_grace); }},
    Key<Draft>{"phonebook", [](Node n, Draft& d) { return take_string(n, 1000, d.config.phonebook); }},
    Key<Draft>{"dial_protocol",
               [](Node n, Draft& d) { return take_protocol(n, d.config.bank.dial_protocol); }},
    Key<Draft>{"log", [](Node n, Draft& d) { return take_log(n, d.config.log); }},
};
using driver::ListenerConfig;
constexpr std::array listener_keys{
    Key<ListenerConfig>{"address", [](Node n, ListenerConfig& l) { return take_listening(n, l.address); },
                        true},
    Key<ListenerConfig>{"number",
                        [](Node n, ListenerConfig& l) { return take_text(n, verbs::parse_number, l.number); },
                        true},
    Key<ListenerConfig>{"protocol", [](Node n, ListenerConfig& l) { return take_protocol(n, l.protocol); }},
    Key<ListenerConfig>{"rings", [](Node n, ListenerConfig& l) { return take_count_into(n, 1000, l.rings); }},
    Key<ListenerConfig>{"busy_text",
                        [](Node n, ListenerConfig& l) { return take_busy_text(n, l.busy_text); }},
    Key<ListenerConfig>{
        "limit_per_address",
        [](Node n, ListenerConfig& l) { return take_count_into(n, 10000, l.limits.per_address); }},
    Key<ListenerConfig>{
        "rest", [](Node n, ListenerConfig& l) { return take_text(n, verbs::parse_duration, l.limits.rest); }},
};
using driver::ModemConfig;
constexpr std::array group_keys{
    Key<GroupDraft>{"number",
                    [](Node n, GroupDraft& g) { return take_text(n, verbs::parse_number, g.group.number); },
                    true},
    Key<GroupDraft>{"members", [](Node n, GroupDraft& g) { return take_members(n, g); }, true},
    Key<GroupDraft>{"order",
                    [](Node n, GroupDraft& g) {
                      return take_word<exchange::HuntGroup::Order>(n, orders, g.group.order);
                    }},
    Key<GroupDraft>{"no_answer",
                    [](Node n, GroupDraft& g) { return take_count_into(n, 100, g.group.no_answer_bursts); }},
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

class Reader : TomlFile {
 public:
  Reader(std::string_view file_name, std::optional<uint64_t> modems) : TomlFile(file_name), asked_(modems) {}

  Result<Config> read(std::string_view text) {
    if (text.size() > longest_config) return error(file_, ": a configuration has at most 1 MiB");
    toml::parse_result parsed = toml::parse(text, file_);
    if (!parsed) {
      std::string const what(parsed.error().description());
      return at(parsed.error().source(), what);
    }
    for (auto step : {&Reader::check_sections, &Reader::read_bank, &Reader::read_line, &Reader::read_modems,
                      &Reader::join_cables, &Reader::add_modems, &Reader::read_groups,
                      &Reader::read_test_lines, &Reader::read_listeners})
      if (auto done = (this->*step)(parsed.table()); !done) return done.error();
    return std::move(draft_.config);
  }

 private:
  Result<void> check_sections(Table root) {
    static constexpr std::array<std::string_view, 6> sections{"bank",       "line",      "modem",
                                                              "hunt_group", "test_line", "listener"};
    return TomlFile::check_sections(root, sections,
                                    "[bank], [line], [[modem]], [[hunt_group]], [[test_line]], [[listener]]");
  }

  Result<void> read_bank(Table root) { return read_section(root, "bank", bank_keys, draft_); }
  Result<void> read_line(Table root) {
    return read_section(root, "line", line_section_keys, draft_.config.bank.line);
  }

  Complaint claim_number(std::string const& number) {
    if (numbers_.insert(number).second) return std::nullopt;
    return "number: " + number + " stands twice; every number belongs to one modem, group or test line";
  }

  Result<void> read_modems(Table root) {
    PortDraft fresh;
    fresh.config.family = draft_.family;
    fresh.config.line = draft_.config.bank.line;
    return read_list_by(root, "modem", keys_of, fresh, [&](PortDraft const& port) -> Complaint {
      if (!ports_.emplace(port.config.port, ports_.size()).second)
        return "port: " + port.config.port + " stands twice";
      draft_.config.bank.modems.push_back(port.config);
      auto& own = draft_.config.bank.modems.back().line;
      if (own == draft_.config.bank.line) own.reset();
      drafts_.push_back(port);
      return claim_number(port.config.number);
    });
  }

  /// A cable has two ends, and each names the other.
  Result<void> join_cables(Table) {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      PortDraft const& port = drafts_[i];
      if (port.config.kind != ModemConfig::Kind::null_modem) continue;
      if (auto const complaint = wrong_peer(port)) return at(port.peer_at, "[[modem]] peer: " + *complaint);
      draft_.config.bank.modems[i].cable.peer = drafts_[ports_.at(port.peer)].config.number;
    }
    return {};
  }

  Complaint wrong_peer(PortDraft const& port) const {
    std::string const wanted = "; the port of the cable's other end is wanted";
    if (port.peer == port.config.port) return "is the port itself" + wanted;
    auto const found = ports_.find(port.peer);
    if (found == ports_.end()) return "there is no port '" + port.peer + "'" + wanted;
    PortDraft const& peer = drafts_[found->second];
    if (peer.config.kind != ModemConfig::Kind::null_modem)
      return port.peer + " is a " + std::string(name(peer.config.kind)) +
             ": its kind is to be \"null-modem\"";
    if (peer.peer == port.config.port) return std::nullopt;
    return "the peer of " + port.peer + " is " + peer.peer + ": it is to be " + port.config.port;
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

  Result<void> read_listeners(Table root) {
    return read_list(
        root, "listener", listener_keys, ListenerConfig{}, [&](ListenerConfig const& listener) -> Complaint {
          auto const& lines = draft_.config.bank.test_lines;
          auto const number = [](auto const& line) { return line.first; };
          if (!numbers_.contains(listener.number) && !draft_.config.phonebook &&
              std::ranges::find(lines, listener.number, number) == lines.end())
            return "number: " + listener.number + " belongs to no modem, hunt group or test line";
          draft_.config.bank.listeners.push_back(listener);
          return std::nullopt;
        });
  }

  std::optional<uint64_t> asked_;
  Draft draft_;
  std::vector<PortDraft> drafts_;  // of the ports that are listed
  std::map<std::string, size_t> ports_;
  std::set<std::string> numbers_;
};

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view file_name,
                            std::optional<uint64_t> modems) {
  return Reader(file_name.empty() ? "(no file)" : file_name, modems).read(text);
}

}  // namespace offhook::app
