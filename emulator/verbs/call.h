// One use of a verb: its arguments read and checked, from a command line or from JSON-RPC parameters.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/verbs/table.h"
#include "emulator/verbs/values.h"

namespace offhook::verbs {

/// true (a flag), a count, mode or rate, a duration, an amount, a share, bursts, or a text (ports, numbers,
/// choices, paths).
using Value = std::variant<bool, uint64_t, Duration, Amount, double, Bursts, std::string>;

/// A parameter as plain text, as JSON-RPC carries it.
using Pair = std::pair<std::string, std::string>;

class Call {
 public:
  explicit Call(Verb const* verb) : verb_(verb) {}

  /// Null only where no verb was named: then --help or --version was.
  Verb const* verb() const { return verb_; }

  /// The value of an argument, given or its fallback; null where there is none. T is one of Value's.
  template <class T>
  T const* get(std::string_view name) const {
    for (Bound const& bound : bound_)
      if (bound.argument->name == name) return std::get_if<T>(&bound.value);
    return nullptr;
  }
  bool flag(std::string_view name) const { return get<bool>(name) != nullptr; }
  /// The text of an argument of a text kind; empty where there is none.
  std::string text(std::string_view name) const {
    auto const* const found = get<std::string>(name);
    return found ? *found : std::string();
  }
  std::optional<uint64_t> count(std::string_view name) const {
    auto const* const found = get<uint64_t>(name);
    return found ? std::optional(*found) : std::nullopt;
  }
  bool given(std::string_view name) const;

  /// What followed "--".
  std::vector<std::string> const& rest() const { return rest_; }
  /// What was given and is meant for the bank, in the table's order.
  std::vector<Pair> parameters() const;

  /// Reads one argument and adds it; the error says which it was and what is accepted.
  Result<void> add(Argument const& argument, std::string_view text);
  void add_rest(std::span<std::string const> words) { rest_.assign(words.begin(), words.end()); }
  /// Checks that what must be given was, and fills in the fallbacks.
  Result<void> complete();

 private:
  struct Bound {
    Argument const* argument;
    std::string text;
    Value value;
    bool given;
  };
  Verb const* verb_;
  std::vector<Bound> bound_;
  std::vector<std::string> rest_;
};

/// A command line without the program's name. Options may stand anywhere before "--", as --name VALUE or
/// --name=VALUE; -h is --help. With --help or --version the rest need not be complete.
Result<Call> parse(std::span<std::string const> words);

/// A verb and its parameters by name, as JSON-RPC gives them; only arguments meant for the bank are accepted.
Result<Call> read_parameters(Verb const& verb, std::span<Pair const> parameters);

/// The kind's value, or what it accepts.
Result<Value> read_value(Argument const& argument, std::string_view text);
/// What stands for the value in usage lines: PORT, N, near|far|both.
std::string metavar(Argument const& argument);

}  // namespace offhook::verbs
