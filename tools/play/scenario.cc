// The language of scenarios: its lines, verbs and options as tables.
#include "tools/play/scenario.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

namespace offhook::play {
namespace {

constexpr size_t line_limit = 256, lines_limit = 10'000, words_limit = 16;
constexpr double longest = 24 * 3600;  // seconds

using Words = std::vector<std::string_view>;

Result<uint64_t> number_of(std::string_view word, uint64_t most) {
  uint64_t value = 0;
  auto const [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (code != std::errc{} || end != word.data() + word.size() || value > most)
    return error("'", word, "' is no number from 0 to ", std::to_string(most));
  return value;
}

Result<Duration> time_of(std::string_view word) {
  std::string_view digits = word;
  double unit = 1;
  if (digits.ends_with("ms"))
    unit = 1e-3, digits.remove_suffix(2);
  else if (digits.ends_with("m"))
    unit = 60, digits.remove_suffix(1);
  else if (digits.ends_with("s"))
    digits.remove_suffix(1);
  else
    digits = {};
  double value = 0;
  auto const [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool const whole = code == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
  if (!whole || !(value >= 0) || value * unit > longest)
    return error("'", word, "' is no time: accepted are 500ms, 2.2s, 3m, up to a day");
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value * unit));
}

// ---- verbs and their options

struct Option {
  std::string_view name;
  std::string_view value;  // as the usage shows it; empty: takes none
  Result<void> (*take)(Deed&, std::string_view);
};
Result<void> take_text(std::string& into, std::string_view value) {
  into = value;
  return {};
}
constexpr Option from_option{"--from", "NUMBER",
                             [](Deed& deed, std::string_view v) { return take_text(deed.from, v); }};
constexpr Option rings_option{"--rings", "K", [](Deed& deed, std::string_view v) -> Result<void> {
                                auto const rings = number_of(v, 1000);
                                if (rings.has_error()) return rings.error();
                                deed.rings = static_cast<uint32_t>(*rings);
                                return {};
                              }};
constexpr Option end_option{"--end", "near|far|both", [](Deed& deed, std::string_view v) -> Result<void> {
                              if (v != "near" && v != "far" && v != "both")
                                return error("'", v, "' is no end: accepted are near, far, both");
                              return take_text(deed.end, v);
                            }};
constexpr Option flag_option(std::string_view name) {
  return {name, "", [](Deed& deed, std::string_view) -> Result<void> {
            deed.flag = true;
            return {};
          }};
}
constexpr Option name_option{"--name", "NAME",
                             [](Deed& deed, std::string_view v) { return take_text(deed.name, v); }};
constexpr Option dial_option{"--dial", "NUMBER",
                             [](Deed& deed, std::string_view v) { return take_text(deed.number, v); }};

enum class Target : uint8_t { port, program };
struct Verb {
  std::string_view name;
  Target target;
  std::vector<Option> options;
};
std::vector<Verb> const& verbs() {
  static std::vector<Verb> const rows = {
      {"unplug", Target::port, {flag_option("--remove")}},
      {"plug", Target::port, {}},
      {"ring", Target::port, {from_option, rings_option}},
      {"drop", Target::port, {end_option}},
      {"clear", Target::port, {}},
      {"wedge", Target::port, {}},
      {"reset", Target::port, {}},
      {"hangup", Target::port, {}},
      {"lease", Target::port, {name_option, dial_option}},
      {"foreign", Target::port, {name_option, flag_option("--exclusive")}},
      {"kill", Target::program, {}},
      {"stop", Target::program, {}},
      {"cont", Target::program, {}},
  };
  return rows;
}

std::string usage(Verb const& verb) {
  std::string text = std::string(verb.name) + (verb.target == Target::port ? " PORT" : " NAME");
  for (Option const& option : verb.options) {
    text.append(" [").append(option.name);
    if (!option.value.empty()) text.append(" ").append(option.value);
    text += "]";
  }
  return text;
}

std::string all_verbs() {
  std::string text;
  for (Verb const& verb : verbs()) text.append(text.empty() ? "" : ", ").append(verb.name);
  return text;
}

Result<Deed> deed_of(Words const& words) {
  auto const verb = std::ranges::find(verbs(), words[0], &Verb::name);
  if (verb == verbs().end())
    return error("'", words[0], "' is no verb: accepted are ", all_verbs(), ", and 'port'");
  if (words.size() < 2 || words[1].starts_with("--")) return error("accepted is: ", usage(*verb));
  Deed deed;
  deed.verb = verb->name;
  deed.target = words[1];
  deed.name = verb->name == "lease" ? "rasdial" : "minicom";
  for (size_t i = 2; i < words.size(); ++i) {
    auto const option = std::ranges::find(verb->options, words[i], &Option::name);
    bool const lacks = option != verb->options.end() && !option->value.empty() && i + 1 == words.size();
    if (option == verb->options.end() || lacks)
      return error(lacks ? "a value is missing after '" : "not known here: '", words[i],
                   "'; accepted is: ", usage(*verb));
    if (auto taken = option->take(deed, option->value.empty() ? words[i] : words[++i]); taken.has_error())
      return taken.error();
  }
  return deed;
}

// ---- what is to be so

std::string all_states() {
  std::string text;
  for (size_t i = 0; i < static_cast<size_t>(port::State::count_); ++i)
    text.append(name(static_cast<port::State>(i))).append(", ");
  return text + "answered";
}

/// port P is STATE
Result<Expectation> expectation_of(Words const& words) {
  if (words.size() != 4 || words[0] != "port" || words[2] != "is")
    return error("accepted is: port PORT is STATE");
  Expectation expectation;
  expectation.port = words[1];
  if (words[3] == "answered") return expectation;
  for (size_t i = 0; i < static_cast<size_t>(port::State::count_); ++i)
    if (name(static_cast<port::State>(i)) == words[3]) expectation.state = static_cast<port::State>(i);
  if (!expectation.state) return error("'", words[3], "' is no state: accepted are ", all_states());
  return expectation;
}

// ---- lines

Words words_of(std::string_view line) {
  Words words;
  line = line.substr(0, line.find('#'));
  constexpr std::string_view blank = " \t\r";
  for (size_t at = line.find_first_not_of(blank); at != line.npos; at = line.find_first_not_of(blank, at)) {
    size_t const end = std::min(line.find_first_of(blank, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

Result<void> take_seed(Scenario& scenario, Words const& words, unsigned) {
  if (words.size() != 2) return error("accepted is: seed NUMBER");
  auto const seed = number_of(words[1], ~uint64_t{0});
  if (seed.has_error()) return seed.error();
  scenario.seed = *seed;
  return {};
}

Result<void> take_at(Scenario& scenario, Words const& words, unsigned line) {
  if (words.size() < 3) return error("accepted is: at TIME VERB ..., or at TIME port PORT is STATE");
  auto const time = time_of(words[1]);
  if (time.has_error()) return time.error();
  Words const rest(words.begin() + 2, words.end());
  if (rest[0] == "port") {
    auto made = expectation_of(rest);
    if (made.has_error()) return made.error();
    if (!made->state) return error("'answered' is only of 'finally'");
    made->line = line;
    made->at = *time;
    scenario.expectations.push_back(*std::move(made));
    return {};
  }
  auto made = deed_of(rest);
  if (made.has_error()) return made.error();
  made->line = line;
  made->at = *time;
  if (!scenario.deeds.empty() && scenario.deeds.back().at > *time)
    return error("the times of a scenario go forward: this is before line ",
                 std::to_string(scenario.deeds.back().line));
  scenario.deeds.push_back(*std::move(made));
  return {};
}

Result<void> take_finally(Scenario& scenario, Words const& words, unsigned line) {
  if (words.size() < 4 || words[1] != "within")
    return error("accepted is: finally within TIME port PORT is STATE");
  auto const time = time_of(words[2]);
  if (time.has_error()) return time.error();
  auto made = expectation_of(Words(words.begin() + 3, words.end()));
  if (made.has_error()) return made.error();
  made->line = line;
  made->within = *time;
  scenario.expectations.push_back(*std::move(made));
  return {};
}

struct LineRow {
  std::string_view word;
  Result<void> (*take)(Scenario&, Words const&, unsigned line);
};
constexpr LineRow rows[] = {{"seed", take_seed}, {"at", take_at}, {"finally", take_finally}};

Result<void> take_line(Scenario& scenario, std::string_view text, unsigned line) {
  if (text.size() > line_limit)
    return error("a line has at most ", std::to_string(line_limit), " characters");
  Words const words = words_of(text);
  if (words.empty()) return {};
  if (words.size() > words_limit) return error("a line has at most ", std::to_string(words_limit), " words");
  auto const row = std::ranges::find(rows, words[0], &LineRow::word);
  if (row == std::end(rows)) return error("'", words[0], "': a line begins with seed, at or finally");
  return row->take(scenario, words, line);
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view text, std::string_view file) {
  Scenario scenario;
  for (unsigned line = 1; !text.empty(); ++line) {
    size_t const end = std::min(text.find('\n'), text.size());
    auto taken = line > lines_limit ? Result<void>(error("a scenario has at most 10000 lines"))
                                    : take_line(scenario, text.substr(0, end), line);
    if (taken.has_error()) return error(file, ":", std::to_string(line), ": ", taken.error().message);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (scenario.expectations.empty())
    return error(file, ": nothing is expected: a line 'finally within TIME port PORT is STATE' is missing");
  return scenario;
}

}  // namespace offhook::play
