#include "emulator/verbs/help.h"

#include <algorithm>
#include <string_view>

#include "emulator/verbs/call.h"

namespace offhook::verbs {
namespace {

constexpr size_t columns = 80;

/// `text` in lines of at most 80 columns, each indented; the first one after what `out` already holds in its
/// line.
void wrap(std::string& out, std::string_view text, size_t indent) {
  size_t column = out.size() - (out.rfind('\n') == out.npos ? 0 : out.rfind('\n') + 1);
  bool first = true;
  while (!text.empty()) {
    size_t const end = std::min(text.find_first_of(" \n"), text.size());
    std::string_view const word = text.substr(0, end);
    if (first) {
      out.append(indent > column ? indent - column : 0, ' ');
      column = std::max(column, indent);
    } else if (column + 1 + word.size() > columns) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else {
      out.append(" ");
      ++column;
    }
    out.append(word);
    column += word.size();
    first = false;
    if (end < text.size() && text[end] == '\n') {
      size_t const next = text.find_first_not_of('\n', end);
      out.append(next == text.npos ? 0 : next - end, '\n');
      text.remove_prefix(std::min(next, text.size()));
      column = 0;
      first = true;
    } else {
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  out.append("\n");
}

std::string term(Argument const& argument) {
  std::string const value = metavar(argument);
  switch (argument.form) {
    case Form::positional:
    case Form::word:
      return value;
    case Form::rest:
      return "-- " + value + "...";
    case Form::pair:
      return std::string(argument.name) + "=" + value;
    case Form::option:
      break;
  }
  std::string const name = "--" + std::string(argument.name);
  return argument.kind == Kind::flag ? name : name + " " + value;
}

void explain(std::string& out, Argument const& argument) {
  out.append("  ").append(term(argument));
  size_t const line = out.size() - out.rfind('\n') - 1;
  if (line > 22) out.append("\n");
  std::string text(argument.help);
  if (!argument.fallback.empty()) text.append(" Default: ").append(argument.fallback).append(".");
  wrap(out, text, 24);
}

void section(std::string& out, std::string_view title, std::span<Argument const> arguments, auto&& wanted) {
  if (std::ranges::none_of(arguments, wanted)) return;
  out.append("\n").append(title).append("\n");
  for (Argument const& argument : arguments)
    if (wanted(argument)) explain(out, argument);
}

constexpr std::string_view exit_status =
    "\nEXIT STATUS\n"
    "  0  done\n"
    "  1  what was asked for failed: no bank, no such port, no call\n"
    "  2  the command line or the configuration is wrong\n";

}  // namespace

std::string usage(Verb const& verb) {
  std::string out = "vmodem " + std::string(verb.name);
  for (Argument const& argument : verb.arguments) {
    std::string const text = term(argument);
    out.append(argument.required ? " " + text : " [" + text + "]");
  }
  return out;
}

std::string help(Verb const& verb) {
  auto const is_option = [](Argument const& a) { return a.form == Form::option; };
  auto const is_operand = [](Argument const& a) { return a.form != Form::option; };
  std::string out = "vmodem " + std::string(verb.name) + ": ";
  out.append(verb.summary).append("\n\nUSAGE\n");
  wrap(out, usage(verb), 2);
  out.append("\n");
  wrap(out, verb.description, 0);
  section(out, "ARGUMENTS", verb.arguments, is_operand);
  section(out, "OPTIONS", verb.arguments, is_option);
  section(out, "OPTIONS OF EVERY VERB", common_options(), is_option);
  out.append("\nEXAMPLE\n  ").append(verb.example).append("\n").append(exit_status);
  return out;
}

std::string overview() {
  std::string out =
      "vmodem: a bank of virtual modems on pseudo-terminals\n\n"
      "USAGE\n  vmodem VERB [ARGUMENTS] [OPTIONS]\n\n";
  wrap(out,
       "Programs open the ports as they would a modem's, dial the numbers of other modems or of the test "
       "lines, "
       "and are called. The verbs show what goes on and inject what telephone lines do. 'vmodem VERB --help' "
       "explains one. Options may stand anywhere before '--'.",
       0);
  out.append("\nVERBS\n");
  for (Verb const& verb : table()) {
    out.append("  ").append(verb.name);
    wrap(out, verb.summary, 14);
  }
  section(out, "OPTIONS OF EVERY VERB", common_options(), [](Argument const&) { return true; });
  out.append(
      "\nTEST LINES\n"
      "  5550000 echo           5550001 busy         5550002 no answer\n"
      "  5550003 voice          5550004 loses carrier after 5 s\n"
      "  5550005 pattern        5550006 all circuits busy\n"
      "  5550007 no such number 5550008 calls you back\n"
      "\nENVIRONMENT\n"
      "  VMODEM_DIR  the bank's directory, where --dir is not given\n"
      "  NO_COLOR    set and not empty: no colour\n"
      "\nFILES, in the bank's directory\n"
      "  ttyVM0 ...    the ports\n"
      "  control.sock  JSON-RPC 2.0, one object a line; methods are the verbs\n"
      "  v24.sock      the circuits of every port\n"
      "  lock          held by the running bank, with its pid\n");
  out.append(exit_status);
  return out;
}

namespace {

class Suggester {
 public:
  explicit Suggester(std::span<std::string const> words) : words_(words) {}

  Suggestions run() {
    last_ = words_.empty() ? std::string_view() : std::string_view(words_.back());
    Argument const* pending = nullptr;  // an option whose value comes next
    for (std::string const& word : words_.first(words_.empty() ? 0 : words_.size() - 1)) {
      if (word == "--") return {};
      pending = pass(word, pending);
    }
    if (pending) {
      offer_values(*pending, "");
    } else if (last_.starts_with("-")) {
      offer_options();
    } else if (verb_ == nullptr) {
      for (Verb const& verb : table()) offer(std::string(verb.name));
    } else {
      offer_operands();
    }
    return std::move(out_);
  }

 private:
  /// Follows one earlier word; the option that still wants its value afterwards, if any.
  Argument const* pass(std::string_view word, Argument const* pending) {
    if (pending) return nullptr;
    if (word.starts_with("--")) {
      used_.emplace_back(word.substr(2, word.find('=') - 2));
      Argument const* const option = find_argument(verb_, word.substr(2));
      return option && option->form == Form::option && option->kind != Kind::flag ? option : nullptr;
    }
    if (verb_ == nullptr) {
      verb_ = find(word);
    } else {
      used_.emplace_back(word.substr(0, word.find('=')));
      ++operands_;
    }
    return nullptr;
  }

  void offer(std::string word) {
    if (word.starts_with(last_)) out_.words.push_back(std::move(word));
  }
  bool used(std::string_view name) const { return std::ranges::find(used_, name) != used_.end(); }

  void offer_options() {
    auto const list = [&](Argument const& a) {
      if (a.form == Form::option && !used(a.name)) offer("--" + std::string(a.name));
    };
    if (verb_) std::ranges::for_each(verb_->arguments, list);
    std::ranges::for_each(common_options(), list);
  }

  void offer_operands() {
    size_t position = 0;
    for (Argument const& a : verb_->arguments)
      if (a.form == Form::positional && position++ == operands_) return offer_values(a, "");
    for (Argument const& a : verb_->arguments)
      if (a.form == Form::word && std::ranges::none_of(a.words, [&](auto word) { return used(word); }))
        offer_values(a, "");
    for (Argument const& a : verb_->arguments) {
      if (a.form != Form::pair || used(a.name)) continue;
      std::string const key = std::string(a.name) + "=";
      if (last_.starts_with(key))
        offer_values(a, key);
      else
        offer(key);
    }
  }

  void offer_values(Argument const& argument, std::string const& before) {
    for (auto const word : argument.words) offer(before + std::string(word));
    if (argument.kind == Kind::rate) offer(before + "unlimited");
    if (argument.kind == Kind::bursts) offer(before + "none");
    if (argument.kind == Kind::port) out_.ports = true;
    if (argument.kind == Kind::path) out_.files = true;
    if (verb_ && verb_->name == "help")
      for (Verb const& verb : table()) offer(std::string(verb.name));
  }

  std::span<std::string const> words_;
  std::string_view last_;
  Verb const* verb_ = nullptr;
  size_t operands_ = 0;
  std::vector<std::string> used_;
  Suggestions out_;
};

}  // namespace

Suggestions suggest(std::span<std::string const> words) { return Suggester(words).run(); }

}  // namespace offhook::verbs
