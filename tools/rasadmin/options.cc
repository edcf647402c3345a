#include "tools/rasadmin/options.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "emulator/base/text.h"
#include "emulator/verbs/values.h"

namespace offhook::rasadmin {
namespace {

constexpr Verb rows[] = {
    {"ports", Takes::nothing, Does::ask, "every port: line, hardware, caller, speeds, since, bytes"},
    {"port", Takes::port, Does::ask, "all that is known of one port"},
    {"who", Takes::port, Does::ask, "who holds a port, and how that is known"},
    {"connections", Takes::nothing, Does::ask, "the calls, in and out"},
    {"hangup", Takes::port, Does::ask, "ends the call or the lease of a port"},
    {"reset", Takes::port, Does::ask, "brings a port back to a known modem, whatever it does"},
    {"enable", Takes::port, Does::ask, "puts a port into service"},
    {"disable", Takes::port, Does::ask, "takes a port out of service, its call with it"},
    {"clear-stats", Takes::port, Does::ask, "counts a port's bytes from here on"},
    {"message", Takes::port_and_text, Does::ask, "writes a line to the caller's terminal"},
    {"watch", Takes::nothing, Does::watch, "the ports now, then every change as it happens"},
    {"capture", Takes::port_and_file, Does::capture, "the frames of a port's PPP calls, as pcapng"},
    {"lease", Takes::port_and_program, Does::lease, "runs a program with a port as its input and output"},
    {"completion", Takes::shell, Does::completion, "for: source <(rasadmin completion bash)"},
    {"help", Takes::verb, Does::help, "explains a verb"},
};

/// By Takes: what stands after the verb, and how many words that is at least and at most.
struct Operands {
  std::string_view shown;
  size_t least, most;
};
constexpr size_t any_number = SIZE_MAX;
constexpr Operands operands[] = {
    {"", 0, 0},
    {" PORT", 1, 1},
    {" PORT TEXT", 2, any_number},
    {" PORT FILE", 2, 2},
    {" PORT -- PROGRAM [ARGUMENT...]", 1, 1},
    {" bash", 1, 1},
    {" [VERB]", 0, 1},
};
Operands const& operands_of(Verb const& verb) { return operands[static_cast<size_t>(verb.takes)]; }

std::string usage(Verb const& verb) {
  return "rasadmin " + std::string(verb.name) + std::string(operands_of(verb).shown);
}

std::string all_verbs() {
  std::string names;
  for (Verb const& verb : rows) names.append(names.empty() ? "" : ", ").append(verb.name);
  return names;
}

std::string joined(std::span<std::string const> words) {
  std::string text;
  for (std::string const& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

/// Takes the options out of the words; what is left are the verb and its operands.
class Reader {
 public:
  explicit Reader(std::span<std::string const> words) {
    auto const end = std::ranges::find(words, "--");
    words_ = words.first(static_cast<size_t>(end - words.begin()));
    after_ = words.subspan(std::min(words_.size() + 1, words.size()));
    dashes_ = end != words.end();
  }

  Result<Options> read() {
    for (size_t i = 0; i < words_.size(); ++i)
      if (auto const taken = option(i); !taken) return taken.error();
    if (options_.help || options_.version) {
      if (!plain_.empty()) options_.verb = find(plain_[0]);
      return options_;
    }
    if (plain_.empty()) return error("a verb is missing");
    options_.verb = find(plain_[0]);
    if (!options_.verb) return error("there is no verb '", escaped(plain_[0]), "'; there are: ", all_verbs());
    bool const lasts = options_.verb->does == Does::watch || options_.verb->does == Does::capture;
    if (options_.length && !lasts) return error("--for goes with 'watch' and 'capture' alone");
    return give();
  }

 private:
  Result<void> option(size_t& at) {
    std::string_view const word = words_[at];
    if (!word.starts_with('-') || word == "-") return plain_.emplace_back(word), Result<void>();
    size_t const equals = word.starts_with("--") ? word.find('=') : word.npos;
    std::string_view const name = word.substr(0, equals);
    bool Options::*const flag = name == "--json"                   ? &Options::json
                                : name == "--help" || name == "-h" ? &Options::help
                                : name == "--version"              ? &Options::version
                                                                   : nullptr;
    if (flag) {
      if (equals != word.npos) return error(name, " takes no value");
      options_.*flag = true;
      return {};
    }
    if (name != "--dir" && name != "--for")
      return error("there is no option '", escaped(name),
                   "'; there are: --dir DIR, --json, --for TIME, --help, ", "--version");
    if (equals == word.npos && at + 1 == words_.size()) return error(name, " needs a value");
    return value(name, equals == word.npos ? std::string_view(words_[++at]) : word.substr(equals + 1));
  }

  Result<void> value(std::string_view name, std::string_view text) {
    if (name == "--dir") {
      if (text.empty()) return error("--dir needs the name of a directory");
      options_.dir = text;
      return {};
    }
    auto const length = verbs::parse_duration(text);
    if (!length) return error("--for: ", length.error().message);
    options_.length = *length;
    return {};
  }

  /// The words after the verb to where it wants them.
  Result<Options> give() {
    Verb const& verb = *options_.verb;
    bool const keeps_rest = verb.takes == Takes::port_and_program || verb.takes == Takes::shell;
    if (keeps_rest)
      options_.rest.assign(after_.begin(), after_.end());
    else
      plain_.insert(plain_.end(), after_.begin(), after_.end());
    std::span<std::string const> const given = std::span(plain_).subspan(1);
    Operands const& wanted = operands_of(verb);
    if (given.size() < wanted.least || given.size() > wanted.most) return error("usage: ", usage(verb));
    if (verb.takes == Takes::port_and_program && options_.rest.empty())
      return error("usage: ", usage(verb), dashes_ ? "" : ": the program stands after '--'");
    if (verb.takes == Takes::shell && given[0] != "bash")
      return error("there is completion for bash, and for no '", escaped(given[0]), "'");
    if (verb.takes == Takes::verb) {
      if (!given.empty()) options_.text = given[0];
    } else if (verb.takes != Takes::shell && !given.empty()) {
      options_.port = given[0];
      options_.text = joined(given.subspan(1));
    }
    return options_;
  }

  std::span<std::string const> words_, after_;
  bool dashes_ = false;
  std::vector<std::string> plain_;
  Options options_;
};

constexpr std::string_view common_options =
    "  --dir DIR   where rasd's sockets are. Default: RASD_DIR, /run/rasd for root,\n"
    "              $XDG_RUNTIME_DIR/rasd, /tmp/rasd-UID\n"
    "  --json      one JSON object a line instead of words; of an error too\n"
    "  --help      this\n"
    "  --version   the version\n";

constexpr struct {
  std::string_view verb, text;
} details[] = {
    {"watch",
     "  --for TIME  ends after so long: 10, 10s, 2m. Else with Ctrl-C\n"
     "A reader that is too slow loses entries; it is told, and shown the ports anew.\n"},
    {"capture",
     "  --for TIME  ends after so long: 10, 10s, 2m. Else with Ctrl-C\n"
     "Waits for a call where there is none, and goes on through the next. FILE is made\n"
     "anew, for its owner alone; '-' is standard output. Passwords that go over the\n"
     "line (PAP) are in it. Where FILE is too slow for the line, the capture ends.\n"},
    {"lease",
     "Waits until the port is free, then runs PROGRAM with it as descriptors 0 and 1\n"
     "and its path in RAS_PORT. The port comes back when PROGRAM ends, however it\n"
     "ends, and PROGRAM's exit status is ours (128+n: signal n). Where rasd takes the\n"
     "port back first, PROGRAM gets SIGHUP, and SIGKILL 5 s later.\n"},
    {"hangup", "The port listens again once the modem is known to be on-hook.\n"},
    {"who", "By our leave: rasd itself, its service for a call, or the holder of a lease.\n"},
    {"message", "Words after PORT are joined; text that begins with '-' stands after '--'.\n"},
};

}  // namespace

std::span<Verb const> verbs() { return rows; }

Verb const* find(std::string_view name) {
  auto const* const found = std::ranges::find(rows, name, &Verb::name);
  return found == std::end(rows) ? nullptr : found;
}

Result<Options> parse(std::span<std::string const> words) { return Reader(words).read(); }

bool wants_json(std::span<std::string const> words) {
  auto const end = std::ranges::find(words, "--");
  return std::find(words.begin(), end, "--json") != end;
}

std::string overview() {
  std::string text = "rasadmin shows and steers a running rasd.\n\n";
  for (Verb const& verb : rows) {
    std::string line = "  " + usage(verb).substr(9);
    if (line.size() < 24)
      line.append(24 - line.size(), ' ');
    else
      line.append("\n").append(24, ' ');
    text += line + std::string(verb.summary) + "\n";
  }
  return text + "\nOptions may stand anywhere before '--':\n" + std::string(common_options) +
         "\nExit status: 0 done, 1 what was asked for failed, 2 bad usage.\n";
}

std::string help(Verb const& verb) {
  std::string text = usage(verb) + "\n  " + std::string(verb.summary) + "\n\n";
  for (auto const& each : details)
    if (each.verb == verb.name) text.append(each.text).append("\n");
  return text + std::string(common_options);
}

}  // namespace offhook::rasadmin
