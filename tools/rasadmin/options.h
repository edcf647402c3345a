// The command line: one table of verbs, and what a line of words asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"

namespace offhook::rasadmin {

enum class Does : uint8_t { ask, watch, capture, lease, completion, help };
enum class Takes : uint8_t { nothing, port, port_and_text, port_and_file, port_and_program, shell, verb };

struct Verb {
  std::string_view name;  // the method's name too, where it asks
  Takes takes;
  Does does;
  std::string_view summary;
};
std::span<Verb const> verbs();
Verb const* find(std::string_view name);

struct Options {
  Verb const* verb = nullptr;  // none with `help` or `version` alone
  std::string dir, port, text;
  std::vector<std::string> rest;  // lease: PROGRAM ARGS...; completion: the words so far
  std::optional<Duration> length;
  bool json = false, help = false, version = false;
  bool operator==(Options const&) const = default;
};
/// `words`: without the program's name. The error says what is accepted.
Result<Options> parse(std::span<std::string const> words);
/// Asked for in a line that parse() may have refused.
bool wants_json(std::span<std::string const> words);

std::string overview();
std::string help(Verb const& verb);

}  // namespace offhook::rasadmin
