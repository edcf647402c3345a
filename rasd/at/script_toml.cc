// Scripts as TOML: [device.NAME] with the keys below, and [[device.NAME.response]].
#include <cstdint>

#include "emulator/toml/keys.h"
#include "rasd/at/script.h"

namespace offhook::at {
namespace {

using namespace keys;

constexpr size_t text_limit = 1u << 20;
constexpr size_t word_limit = 200;
constexpr size_t list_limit = 200;
constexpr size_t script_limit = 1000;
constexpr Duration longest_wait = 1h;

constexpr std::pair<std::string_view, Kind> kinds[] = {
    {"modem", Kind::modem}, {"pad", Kind::pad}, {"null-modem", Kind::null_modem}};

/// A line that is sent or matched: no control characters, which would end it early.
Complaint take_line(Node node, std::string& target) {
  auto const text = node.value_exact<std::string>();
  bool const fits = text && text->size() <= word_limit &&
                    std::ranges::all_of(*text, [](char c) { return c >= ' ' && c < 0x7f; });
  if (!fits)
    return "a string of at most " + std::to_string(word_limit) + " printable ASCII characters is wanted";
  target = *text;
  return std::nullopt;
}
/// What may hold control characters: an escape, a terminator.
Complaint take_bytes(Node node, std::string& target) {
  auto const text = node.value_exact<std::string>();
  if (!text || text->size() > word_limit)
    return "a string of at most " + std::to_string(word_limit) + " bytes is wanted";
  target = *text;
  return std::nullopt;
}
Complaint take_lines(Node node, std::vector<std::string>& target) {
  auto const* const list = node.as_array();
  if (!list || list->size() > list_limit)
    return "a list of at most " + std::to_string(list_limit) + " strings is wanted";
  target.clear();
  for (Node each : *list) {
    if (auto const complaint = take_line(each, target.emplace_back())) return complaint;
    if (target.back().empty()) return "an empty command says nothing";
  }
  return std::nullopt;
}
/// Seconds, whole or not.
Complaint take_seconds(Node node, Duration& target) {
  auto const seconds = node.value<double>();
  double const most = std::chrono::duration<double>(longest_wait).count();
  if (!seconds || !(*seconds > 0) || *seconds > most)
    return "seconds, more than 0 and at most 3600, are wanted";
  target = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*seconds));
  return std::nullopt;
}
Complaint accept(Node, Script&) { return std::nullopt; }  // read elsewhere

constexpr std::array script_keys{
    Key<Script>{"like", accept},
    Key<Script>{"kind", [](Node n, Script& s) { return take_word<Kind>(n, kinds, s.kind); }},
    Key<Script>{"init", [](Node n, Script& s) { return take_lines(n, s.init); }},
    Key<Script>{"requests", [](Node n, Script& s) { return take_lines(n, s.requests); }},
    Key<Script>{"attention", [](Node n, Script& s) { return take_line(n, s.attention); }},
    Key<Script>{"dial", [](Node n, Script& s) { return take_line(n, s.dial); }},
    Key<Script>{"answer", [](Node n, Script& s) { return take_line(n, s.answer); }},
    Key<Script>{"answer_connects", [](Node n, Script& s) { return take_bool(n, s.answer_connects); }},
    Key<Script>{"hangup", [](Node n, Script& s) { return take_line(n, s.hangup); }},
    Key<Script>{"escape", [](Node n, Script& s) { return take_bytes(n, s.escape); }},
    Key<Script>{"guard", [](Node n, Script& s) { return take_seconds(n, s.guard); }},
    Key<Script>{"s25", [](Node n, Script& s) { return take_seconds(n, s.s25); }},
    Key<Script>{"terminator", [](Node n, Script& s) { return take_bytes(n, s.terminator); }},
    Key<Script>{"prompts", [](Node n, Script& s) { return take_lines(n, s.prompts); }},
    Key<Script>{"response", accept},
    Key<Script>{"connect_names_line", [](Node n, Script& s) { return take_bool(n, s.connect_names_line); }},
    Key<Script>{"attention_timeout", [](Node n, Script& s) { return take_seconds(n, s.attention_timeout); }},
    Key<Script>{"command_timeout", [](Node n, Script& s) { return take_seconds(n, s.command_timeout); }},
    Key<Script>{"dial_timeout", [](Node n, Script& s) { return take_seconds(n, s.dial_timeout); }},
    Key<Script>{"answer_timeout", [](Node n, Script& s) { return take_seconds(n, s.answer_timeout); }},
};

constexpr std::pair<std::string_view, Outcome> meanings[] = {
    {"ok", Outcome::ok},
    {"connect", Outcome::connect},
    {"ring", Outcome::ring},
    {"progress", Outcome::progress},
    {"busy", Outcome::busy},
    {"voice", Outcome::voice},
    {"no_answer", Outcome::no_answer},
    {"no_carrier", Outcome::no_carrier},
    {"no_dialtone", Outcome::no_dialtone},
    {"refused", Outcome::refused},
    {"delayed", Outcome::delayed},
    {"unobtainable", Outcome::unobtainable},
    {"barred", Outcome::barred},
    {"congested", Outcome::congested},
    {"cleared", Outcome::cleared},
    {"out_of_order", Outcome::out_of_order},
    {"incompatible", Outcome::incompatible},
    {"unexpected", Outcome::unexpected},
};

template <Match match>
Complaint take_text(Node node, Response& response) {
  if (!response.text.empty()) return "one of line, prefix, suffix and anywhere is enough";
  response.match = match;
  auto const complaint = take_line(node, response.text);
  if (!complaint && response.text.empty()) return "an empty text matches nothing";
  return complaint;
}
Complaint take_rate(Node node, Response& response) {
  std::optional<uint64_t> rate;
  auto const complaint = take_count(node, 4'000'000, rate);
  if (rate) response.rate_bps = static_cast<uint32_t>(*rate);
  return complaint;
}

constexpr std::array response_keys{
    Key<Response>{"line", take_text<Match::line>},
    Key<Response>{"prefix", take_text<Match::prefix>},
    Key<Response>{"suffix", take_text<Match::suffix>},
    Key<Response>{"anywhere", take_text<Match::anywhere>},
    Key<Response>{"means", [](Node n, Response& r) { return take_word<Outcome>(n, meanings, r.means); },
                  true},
    Key<Response>{"rate", take_rate},
};

class Reader : TomlFile {
 public:
  using TomlFile::TomlFile;

  Result<std::vector<Script>> read(std::string_view text, Rest rest) {
    if (text.size() > text_limit) return error(file_, ": a text with scripts has at most 1 MiB");
    toml::parse_result const parsed = toml::parse(text, file_);
    if (!parsed) return at(parsed.error().source(), parsed.error().description());
    Table root = parsed.table();
    static constexpr std::array<std::string_view, 1> sections{"device"};
    if (rest == Rest::refused)
      if (auto known = check_sections(root, sections, "[device.NAME]"); !known) return known.error();
    std::vector<Script> scripts;
    toml::node const* const devices = root.get("device");
    if (!devices) return scripts;
    if (!devices->is_table()) return at(devices->source(), "device is a table of tables: [device.NAME]");
    if (devices->as_table()->size() > script_limit)
      return at(devices->source(), "at most 1000 devices are accepted");
    for (auto&& [name, node] : *devices->as_table()) {
      auto script = read_device(name.str(), node);
      if (!script) return script.error();
      scripts.push_back(*std::move(script));
    }
    return scripts;
  }

 private:
  Result<Script> read_device(std::string_view name, Node node) {
    std::string const section = "[device." + escaped(name.substr(0, 60)) + "]";
    if (!node.is_table()) return at(node.source(), section + " is a table: write it in brackets");
    Table table = *node.as_table();
    auto const like = base_of(section, table);
    if (!like) return like.error();
    Script script = **like;
    script.name = name;
    if (auto done = read_keys(section, table, script_keys, script); !done) return done.error();
    std::vector<Response> own;
    auto const done =
        read_list(table, "response", response_keys, Response{}, [&](Response const& r) -> Complaint {
          if (r.text.empty()) return "line, prefix, suffix or anywhere: one of them says which text is meant";
          if (own.size() >= list_limit) return "at most 200 responses are accepted";
          own.push_back(r);
          return std::nullopt;
        });
    if (!done) return done.error();
    // What the file says goes before what the device is like.
    script.responses.insert(script.responses.begin(), own.begin(), own.end());
    return script;
  }

  /// The built-in script that `like` names, or the plainest of its kind.
  Result<Script const*> base_of(std::string const& section, Table table) {
    std::string wanted = "v250";
    if (auto const* const kind = table.get("kind"))
      if (auto const word = kind->value_exact<std::string>(); word && *word != "modem") wanted = *word;
    toml::node const* const like = table.get("like");
    if (like) wanted = like->value_exact<std::string>().value_or("");
    Script const* const found = find_built_in(wanted);
    if (found) return found;
    if (!like) return find_built_in("v250");  // a kind that is none: its key complains
    std::string accepted;
    for (auto const& each : built_in_scripts())
      accepted.append(accepted.empty() ? "" : ", ").append(each.name);
    return at(like->source(), section + " like: '" + escaped(wanted.substr(0, 60)) +
                                  "' is no built-in script; accepted: " + accepted);
  }
};

}  // namespace

Result<std::vector<Script>> parse_scripts(std::string_view text, std::string_view file_name, Rest rest) {
  return Reader(file_name).read(text, rest);
}

}  // namespace offhook::at
