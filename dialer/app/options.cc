#include "dialer/app/options.h"

#include <strings.h>
#include <algorithm>
#include <charconv>

#include "emulator/base/text.h"

namespace offhook::dialer {
namespace {

struct Row {
  std::string_view unix_name;   // without "--"
  std::string_view slash_name;  // without "/"; empty: in the Unix way alone
  std::string_view value;       // what stands for its value in help; empty: it takes none
  std::string Options::*text;   // where a value goes
  void (*sets)(Options&);       // what a flag does
  std::string_view help;
};

constexpr Row rows[] = {
    {"phone", "PHONE", "NUMBER", &Options::phone, nullptr, "calls this number in place of the entry's"},
    {"phonebook", "PHONEBOOK", "FILE", &Options::phonebook, nullptr,
     "the phonebook: TOML (*.toml) or rasphone.pbk"},
    {"prefixsuffix", "PREFIXSUFFIX", "", nullptr, [](Options& o) { o.prefix_suffix = true; },
     "dials the entry's prefix and suffix too"},
    {"domain", "DOMAIN", "DOMAIN", &Options::domain, nullptr, "the domain of USER"},
    {"callback", "CALLBACK", "NUMBER", &Options::callback, nullptr,
     "of a PPP call: the far end is to call back at this number"},
    {"disconnect", "DISCONNECT", "", nullptr, [](Options& o) { o.verb = Verb::disconnect; },
     "ends the entry's call, or all; returns when the ports listen again"},
    {"number", "", "NUMBER", &Options::number, nullptr, "calls a number without an entry"},
    {"port", "", "PORT", &Options::port, nullptr, "over this port alone, in place of the entry's"},
    {"dir", "", "DIR", &Options::dir, nullptr, "the directory of rasd (RASD_DIR)"},
    {"ppp", "", "", nullptr, [](Options& o) { o.ppp = true; },
     "the call carries PPP, whatever the entry says: -- COMMAND has no other network"},
    {"terminal", "", "", nullptr, [](Options& o) { o.use = Use::terminal; },
     "the call is this terminal's; ~. at the start of a line ends it, ~? helps"},
    {"stdio", "", "", nullptr, [](Options& o) { o.use = Use::stdio; },
     "standard input goes to the line, the line to standard output"},
    {"linger", "", "SECONDS", &Options::linger, nullptr,
     "with --stdio: hangs up so long after the input's end and the line's last byte; 2 by default"},
    {"json", "", "", nullptr, [](Options& o) { o.json = true; }, "the list of connections as JSON"},
    {"completion", "", "bash", &Options::shell, [](Options& o) { o.verb = Verb::completion; },
     "prints a shell's completion: source <(rasdial --completion bash)"},
    {"help", "?", "", nullptr, [](Options& o) { o.verb = Verb::help; }, "this text"},
    {"version", "", "", nullptr, [](Options& o) { o.verb = Verb::version; }, "the version"},
};

constexpr size_t longest_word = 1024;

std::string accepted() {
  std::string text;
  for (Row const& row : rows) {
    if (!text.empty()) text += ", ";
    text += "--" + std::string(row.unix_name);
    if (!row.slash_name.empty()) text += " (/" + std::string(row.slash_name) + ")";
  }
  return text;
}

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// One word as an option: its row, and its value where that is in the same word.
struct Option {
  Row const* row = nullptr;
  std::optional<std::string> value;
};
std::optional<Option> read_option(std::string const& word) {
  bool const slash = word.starts_with('/') && word.size() > 1;
  if (!slash && !(word.starts_with('-') && word.size() > 1)) return std::nullopt;
  std::string_view body(word);
  body.remove_prefix(slash || !word.starts_with("--") ? 1 : 2);
  size_t const cut = body.find(slash ? ':' : '=');
  Option option;
  if (cut != std::string_view::npos) option.value = std::string(body.substr(cut + 1));
  std::string_view const named = body.substr(0, cut);
  for (Row const& row : rows) {
    bool const same = slash ? !row.slash_name.empty() && equal_but_for_case(row.slash_name, named)
                      : word.starts_with("--") ? row.unix_name == named
                                               : row.unix_name == "help" && named == "h";
    if (same) option.row = &row;
  }
  return option;
}

/// The line as options and words, both in order, up to "--".
class Line {
 public:
  Result<Options> read(std::span<std::string const> words);
  std::vector<size_t> const& positions() const { return positions_; }

 private:
  Result<void> take(Option const& option, std::string const& word, std::string const* next, bool& used_next);
  Result<void> place_words(std::span<std::string const> words);
  Result<void> check();

  Options options_;
  std::vector<size_t> positions_;  // of the words that are no options
};

Result<void> Line::take(Option const& option, std::string const& word, std::string const* next,
                        bool& used_next) {
  if (!option.row) return error("there is no option '", escaped(word), "'; accepted: ", accepted());
  Row const& row = *option.row;
  if (row.value.empty()) {
    if (option.value) return error("'", escaped(word), "': ", row.unix_name, " takes no value");
    row.sets(options_);
    return {};
  }
  bool const slash = word.starts_with('/');
  if (!option.value && (slash || !next))
    return error("'", escaped(word), "' wants ", row.value, slash ? " after a colon: /" : ": --",
                 slash ? row.slash_name : row.unix_name, slash ? ":" : " ", row.value);
  used_next = !option.value;
  std::string const& value = option.value ? *option.value : *next;
  if (value.empty() || value.size() > longest_word)
    return error("'", escaped(word.substr(0, 40)), "': ", row.value, " is 1 to ",
                 std::to_string(longest_word), " bytes");
  options_.*row.text = value;
  if (row.sets) row.sets(options_);
  return {};
}

Result<void> Line::place_words(std::span<std::string const> words) {
  std::string Options::*const places[] = {&Options::entry, &Options::user, &Options::password};
  // Without an entry the first word is the user: rasdial --number 5550101 anna.
  size_t place = options_.number.empty() ? 0 : 1;
  for (size_t const at : positions_) {
    if (place == std::size(places))
      return error("'", escaped(words[at]), "' is one word too many; accepted: ENTRY [USER [PASSWORD|*]]");
    options_.*places[place++] = words[at];
  }
  if (options_.password == "*") {
    options_.password.clear();
    options_.ask_password = true;
  }
  return {};
}

Result<void> Line::check() {
  bool const names_call = !options_.entry.empty() || !options_.number.empty();
  if (options_.verb == Verb::list && names_call) options_.verb = Verb::dial;
  if (options_.verb == Verb::list && (options_.use != Use::background || !options_.phone.empty()))
    return error("whom to call? Name an ENTRY of the phonebook, or --number NUMBER");
  if (options_.verb == Verb::disconnect && options_.use != Use::background)
    return error("--disconnect takes an ENTRY alone");
  if (!options_.number.empty() && !options_.phone.empty())
    return error("--number calls without an entry, --phone in place of an entry's number: one of them");
  if (options_.verb == Verb::completion && options_.shell != "bash" && options_.shell != "entries" &&
      options_.shell != "options")
    return error("--completion '", escaped(options_.shell), "': accepted: bash");
  if (!options_.linger.empty()) {
    double seconds = 0;
    auto const [end, ec] =
        std::from_chars(options_.linger.data(), options_.linger.data() + options_.linger.size(), seconds);
    if (ec != std::errc() || end != options_.linger.data() + options_.linger.size() || !(seconds >= 0) ||
        seconds > 86400)
      return error("--linger '", escaped(options_.linger), "': seconds from 0 to 86400 are accepted");
    options_.linger_time = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }
  return {};
}

Result<Options> Line::read(std::span<std::string const> words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") {
      options_.command.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      if (options_.command.empty()) return error("after '--' a COMMAND is wanted");
      if (options_.use != Use::background) return error("a COMMAND, --terminal or --stdio: one of them");
      options_.use = Use::command;
      break;
    }
    auto const option = read_option(words[i]);
    if (!option) {
      positions_.push_back(i);
      continue;
    }
    bool used_next = false;
    if (auto const taken = take(*option, words[i], i + 1 < words.size() ? &words[i + 1] : nullptr, used_next);
        !taken)
      return taken.error();
    i += used_next ? 1 : 0;
  }
  if (auto const placed = place_words(words); !placed) return placed.error();
  if (auto const checked = check(); !checked) return checked.error();
  return options_;
}

}  // namespace

Result<Options> parse_options(std::span<std::string const> words) { return Line().read(words); }

std::optional<size_t> password_word(std::span<std::string const> words) {
  Line line;
  auto const options = line.read(words);
  if (!options || options->password.empty()) return std::nullopt;
  return line.positions().back();
}

std::vector<std::string> option_names() {
  std::vector<std::string> names;
  for (Row const& row : rows) names.push_back("--" + std::string(row.unix_name));
  return names;
}

std::string help() {
  std::string text =
      "rasdial ENTRY [USER [PASSWORD|*]] [options]     calls, and returns when connected: the call stays up\n"
      "rasdial --number NUMBER [options]               calls a number without a phonebook\n"
      "rasdial ENTRY [options] -- COMMAND ...          the call is COMMAND's network, where the entry is "
      "PPP;\n"
      "                                                otherwise its standard input and output\n"
      "rasdial [ENTRY] /DISCONNECT                     ends the entry's call, or all\n"
      "rasdial                                         lists the connections\n\n"
      "Options, anywhere before '--':\n";
  for (Row const& row : rows) {
    std::string left = "  --" + std::string(row.unix_name);
    if (!row.value.empty()) left += " " + std::string(row.value);
    if (!row.slash_name.empty())
      left += ", /" + std::string(row.slash_name) + (row.value.empty() ? "" : ":" + std::string(row.value));
    left.resize(std::max<size_t>(left.size() + 2, 44), ' ');
    text += left + std::string(row.help) + "\n";
  }
  text +=
      "\nPASSWORD '*' is asked for and not shown. USER, PASSWORD and /DOMAIN are for a far end that speaks "
      "PPP.\n"
      "A call that carries PPP and no COMMAND becomes an interface of this host, which wants CAP_NET_ADMIN.\n"
      "\nAn entry is looked for in --phonebook FILE alone, or in RASDIAL_PHONEBOOK alone, or else in each "
      "of\n"
      "  ~/.config/offhook/phonebook.toml, ~/.rasphone.pbk,\n"
      "  /etc/offhook/phonebook.toml, /etc/offhook/rasphone.pbk\n"
      "in this order; the first that has it counts. An entry's name with spaces is one word: rasdial 'the "
      "office'.\n"
      "\nCtrl-C cancels and gives the port back; a second one leaves at once.\n"
      "Exit status: 0 done; 1 with 'Error 676: ...' on standard error; 2 bad usage; of COMMAND: its own,\n"
      "128 and the signal's number where one ended it.\n";
  return text;
}

}  // namespace offhook::dialer
