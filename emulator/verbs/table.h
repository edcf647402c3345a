// vmodem's verbs as one table: what each does, what it takes, whether it streams. The command line, the
// JSON-RPC parameters, the help and the shell completion are made from it, and so will scenarios be.
//
// Pure. It does not know how a verb is carried out.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace offhook::verbs {

/// What an argument's text must be. kinds() says how each is read and described.
enum class Kind : uint8_t {
  port,
  number,
  caller,
  text,
  count,
  duration,
  amount,
  rate,
  share,
  bursts,
  mode,
  choice,
  path,
  flag
};

/// How an argument is written: ttyVM0, --rings 3, rate=33600, a bare word such as default, or whatever
/// follows "--".
enum class Form : uint8_t { positional, option, pair, word, rest };

struct Argument {
  std::string_view name;
  Kind kind = Kind::text;
  Form form = Form::option;
  bool required = false;
  bool local = false;              // for the program that was typed, not for the bank: no JSON-RPC parameter
  uint64_t max = 0;                // the greatest count, or the longest text
  std::string_view fallback = {};  // stands where none is given; empty: then there is none
  std::span<std::string_view const> words = {};  // the choices
  std::string_view help = {};
};

struct Verb {
  std::string_view name;
  std::string_view summary;      // one line
  std::string_view description;  // what a person must know, in paragraphs
  std::string_view example;
  std::span<Argument const> arguments;
  bool local = false;       // carried out by the program that was typed, not by a running bank
  bool streams = false;     // after its answer, notifications follow
  bool wants_pair = false;  // at least one KEY=VALUE or bare word must be given
};

std::span<Verb const> table();
/// Null: there is no such verb.
Verb const* find(std::string_view name);
/// Options that every verb takes: --dir, --help, --version.
std::span<Argument const> common_options();
/// Null: neither the verb nor the common options have an argument of that name. `verb` may be null.
Argument const* find_argument(Verb const* verb, std::string_view name);

}  // namespace offhook::verbs
