#include "emulator/verbs/call.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "emulator/base/text.h"

namespace offhook::verbs {
namespace {

constexpr size_t most_words = 256;     // of a command line
constexpr size_t longest_path = 4096;  // PATH_MAX

template <class T>
Result<Value> as_value(Result<T> result) {
  if (!result) return result.error();
  return Value(*std::move(result));
}

Result<Value> read_text(Argument const& argument, std::string_view text) {
  auto const printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (text.empty() || text.size() > argument.max || !std::ranges::all_of(text, printable))
    return error("'", escaped(text.substr(0, 60)), "' is not a text of 1 to ", std::to_string(argument.max),
                 " printable ASCII characters");
  return Value(std::string(text));
}

Result<Value> read_path(Argument const&, std::string_view text) {
  if (text.empty() || text.size() >= longest_path || text.find('\0') != text.npos)
    return error("a path of 1 to 4095 bytes is wanted");
  return Value(std::string(text));
}

std::string listed(std::span<std::string_view const> words) {
  std::string out;
  for (auto const word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

Result<Value> read_choice(Argument const& argument, std::string_view text) {
  if (std::ranges::find(argument.words, text) == argument.words.end())
    return error("'", escaped(text.substr(0, 60)), "' is not one of: ", listed(argument.words));
  return Value(std::string(text));
}

Result<Value> read_caller(Argument const&, std::string_view text) {
  if (text == "withheld" || text == "unavailable") return Value(std::string(text));
  if (auto number = parse_number(text)) return Value(*std::move(number));
  return error("'", escaped(text.substr(0, 60)), "' is not a telephone number, 'withheld' or 'unavailable'");
}

Result<Value> read_flag(Argument const&, std::string_view text) {
  if (text == "true") return Value(true);
  return error("a flag takes no value (in JSON: true or false)");
}

Result<Value> read_rate(Argument const&, std::string_view text) {
  auto const rate = parse_rate(text);
  if (!rate) return rate.error();
  return Value(uint64_t{*rate});
}

Result<Value> read_mode(Argument const&, std::string_view text) {
  auto const mode = parse_mode(text);
  if (!mode) return mode.error();
  return Value(uint64_t{*mode});
}

struct KindRow {
  Kind kind;
  std::string_view metavar;
  Result<Value> (*read)(Argument const&, std::string_view);
};
constexpr std::array kinds{
    KindRow{Kind::port, "PORT", [](Argument const&, std::string_view t) { return as_value(parse_port(t)); }},
    KindRow{Kind::number, "NUMBER",
            [](Argument const&, std::string_view t) { return as_value(parse_number(t)); }},
    KindRow{Kind::caller, "NUMBER", read_caller},
    KindRow{Kind::text, "TEXT", read_text},
    KindRow{Kind::count, "N",
            [](Argument const& a, std::string_view t) { return as_value(parse_count(t, a.max)); }},
    KindRow{Kind::duration, "TIME",
            [](Argument const&, std::string_view t) { return as_value(parse_duration(t)); }},
    KindRow{Kind::amount, "BYTES|TIME",
            [](Argument const&, std::string_view t) { return as_value(parse_amount(t)); }},
    KindRow{Kind::rate, "BPS|unlimited", read_rate},
    KindRow{Kind::share, "SHARE",
            [](Argument const&, std::string_view t) { return as_value(parse_share(t)); }},
    KindRow{Kind::bursts, "GAP,LENGTH,DENSITY|none",
            [](Argument const&, std::string_view t) { return as_value(parse_bursts(t)); }},
    KindRow{Kind::mode, "MODE", read_mode},
    KindRow{Kind::choice, "", read_choice},
    KindRow{Kind::path, "PATH", read_path},
    KindRow{Kind::flag, "", read_flag},
};
KindRow const& row(Kind kind) { return kinds[static_cast<size_t>(kind)]; }

/// As it is written on a command line: --rings, PORT, rate=.
std::string written(Argument const& argument) {
  std::string const name(argument.name);
  if (argument.form == Form::option) return "--" + name;
  if (argument.form == Form::pair) return name + "=";
  return metavar(argument);
}

std::string place(Verb const* verb, Argument const& argument) {
  return (verb ? std::string(verb->name) + ": " : std::string()) + written(argument) + ": ";
}

/// The verb's arguments of some forms as a list for an error, e.g. "--from, --rings"; the common options too.
std::string accepted(Verb const* verb, std::initializer_list<Form> forms) {
  std::string out;
  auto const list = [&](Argument const& a) {
    if (std::ranges::find(forms, a.form) != forms.end())
      out.append(out.empty() ? "" : ", ").append(written(a));
  };
  if (verb) std::ranges::for_each(verb->arguments, list);
  std::ranges::for_each(common_options(), list);
  return out;
}

std::string verb_names() {
  std::string out;
  for (Verb const& verb : table()) out.append(out.empty() ? "" : ", ").append(verb.name);
  return out;
}

/// An option by its name, whatever verb it belongs to: before the verb is known, what counts is whether a
/// value follows, and the table keeps that the same for a name.
Argument const* any_option(std::string_view name) {
  for (Verb const& verb : table())
    for (Argument const& a : verb.arguments)
      if (a.form == Form::option && a.name == name) return &a;
  return find_argument(nullptr, name);
}

std::string_view option_name(std::string_view word) {
  if (word == "-h") return "help";
  word.remove_prefix(std::min<size_t>(2, word.size()));
  return word.substr(0, word.find('='));
}
bool is_option(std::string_view word) { return word == "-h" || (word.size() > 2 && word.starts_with("--")); }

/// Reads a command line word by word into a Call.
class Reader {
 public:
  explicit Reader(std::span<std::string const> words) : words_(words) {}

  Result<Call> read() {
    if (words_.size() > most_words) return error("a command line has at most 256 words");
    size_t const verb_at = find_verb();
    Verb const* verb = nullptr;
    if (verb_at < words_.size()) {
      verb = find(words_[verb_at]);
      if (!verb)
        return error("'", escaped(words_[verb_at].substr(0, 60)),
                     "' is not a verb; the verbs are: ", verb_names());
    }
    Call call(verb);
    for (next_ = 0; next_ < words_.size();) {
      if (next_ == verb_at) {
        ++next_;
        continue;
      }
      if (words_[next_] == "--") {
        if (auto done = read_rest(call); !done) return done.error();
        break;
      }
      auto done = is_option(words_[next_]) ? read_option(call) : read_operand(call);
      if (!done) return done.error();
    }
    if (call.flag("help") || call.flag("version")) return call;
    if (!verb) return error("a verb is wanted; the verbs are: ", verb_names());
    if (auto done = call.complete(); !done) return done.error();
    return call;
  }

 private:
  size_t find_verb() const {
    for (size_t i = 0; i < words_.size() && words_[i] != "--"; ++i) {
      if (!is_option(words_[i])) return i;
      bool const inline_value = words_[i].find('=') != std::string::npos;
      Argument const* const option = any_option(option_name(words_[i]));
      if (option && option->kind != Kind::flag && !inline_value) ++i;
    }
    return words_.size();
  }

  Result<void> read_option(Call& call) {
    std::string const& word = words_[next_++];
    Argument const* const option = find_argument(call.verb(), option_name(word));
    if (!option || option->form != Form::option)
      return error(call.verb() ? std::string(call.verb()->name) + ": " : std::string(),
                   "there is no option '", escaped(word.substr(0, 60)),
                   "'; accepted: ", accepted(call.verb(), {Form::option}));
    auto const equals = word.find('=');
    if (equals != word.npos && option->kind == Kind::flag)
      return error(place(call.verb(), *option), "takes no value");
    if (option->kind == Kind::flag) return call.add(*option, "true");
    if (equals != word.npos) return call.add(*option, std::string_view(word).substr(equals + 1));
    if (next_ == words_.size() || words_[next_] == "--")
      return error(place(call.verb(), *option), metavar(*option), " is wanted after it");
    return call.add(*option, words_[next_++]);
  }

  Result<void> read_operand(Call& call) {
    std::string_view const word = words_[next_++];
    bool pairs = false;
    for (Argument const& a : call.verb()->arguments) {
      if (a.form == Form::positional && !call.given(a.name)) return call.add(a, word);
      if (a.form == Form::word && std::ranges::find(a.words, word) != a.words.end()) return call.add(a, word);
      pairs = pairs || a.form == Form::pair;
    }
    if (!pairs) return error(call.verb()->name, ": '", escaped(word.substr(0, 60)), "' is one word too many");
    auto const equals = word.find('=');
    Argument const* const key = find_argument(call.verb(), word.substr(0, equals));
    if (equals == word.npos || !key || key->form != Form::pair)
      return error(
          call.verb()->name, ": '", escaped(word.substr(0, 60)),
          "' is not a KEY=VALUE it knows; accepted: ", accepted(call.verb(), {Form::word, Form::pair}));
    return call.add(*key, word.substr(equals + 1));
  }

  Result<void> read_rest(Call& call) {
    bool const taken = call.verb() && std::ranges::any_of(call.verb()->arguments, [](Argument const& a) {
                         return a.form == Form::rest;
                       });
    if (!taken) return error(call.verb() ? call.verb()->name : "vmodem", ": nothing may follow '--'");
    call.add_rest(words_.subspan(next_ + 1));
    return {};
  }

  std::span<std::string const> words_;
  size_t next_ = 0;
};

}  // namespace

Result<Value> read_value(Argument const& argument, std::string_view text) {
  return row(argument.kind).read(argument, text);
}

std::string metavar(Argument const& argument) {
  if (argument.kind == Kind::choice) {
    std::string out;
    for (auto const word : argument.words) out.append(out.empty() ? "" : "|").append(word);
    return out;
  }
  if (argument.form == Form::option || argument.form == Form::pair)
    return std::string(row(argument.kind).metavar);
  std::string out(argument.name);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  return out;
}

bool Call::given(std::string_view name) const {
  return std::ranges::any_of(bound_, [&](Bound const& b) { return b.argument->name == name && b.given; });
}

std::vector<Pair> Call::parameters() const {
  std::vector<Pair> out;
  for (Argument const& argument : verb_->arguments)
    for (Bound const& bound : bound_)
      if (bound.argument == &argument && bound.given && !argument.local)
        out.emplace_back(argument.name, bound.text);
  return out;
}

Result<void> Call::add(Argument const& argument, std::string_view text) {
  if (given(argument.name)) return error(place(verb_, argument), "is given twice");
  auto value = read_value(argument, text);
  if (!value) return error(place(verb_, argument), value.error().message);
  bound_.push_back({&argument, std::string(text), *std::move(value), true});
  return {};
}

Result<void> Call::complete() {
  bool pair_given = false;
  for (Argument const& argument : verb_->arguments) {
    bool const present = given(argument.name);
    pair_given = pair_given || (present && (argument.form == Form::pair || argument.form == Form::word));
    if (present) continue;
    if (argument.required) return error(verb_->name, ": ", written(argument), " is missing");
    if (argument.fallback.empty()) continue;
    auto value = read_value(argument, argument.fallback);
    if (!value) return error(place(verb_, argument), value.error().message);
    bound_.push_back({&argument, std::string(argument.fallback), *std::move(value), false});
  }
  if (verb_->wants_pair && !pair_given)
    return error(verb_->name,
                 ": KEY=VALUE is missing; accepted: ", accepted(verb_, {Form::word, Form::pair}));
  return {};
}

Result<Call> parse(std::span<std::string const> words) { return Reader(words).read(); }

Result<Call> read_parameters(Verb const& verb, std::span<Pair const> parameters) {
  Call call(&verb);
  for (auto const& [name, text] : parameters) {
    Argument const* const argument = find_argument(&verb, name);
    if (!argument || argument->local) {
      std::string names;
      for (Argument const& a : verb.arguments)
        if (!a.local) names.append(names.empty() ? "" : ", ").append(a.name);
      return error(verb.name, ": there is no parameter '", escaped(name.substr(0, 60)),
                   "'; accepted: ", names);
    }
    if (argument->kind == Kind::flag && text == "false") continue;
    if (auto done = call.add(*argument, text); !done) return done.error();
  }
  if (auto done = call.complete(); !done) return done.error();
  return call;
}

}  // namespace offhook::verbs
