// What the table says to a person and to a shell.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "emulator/verbs/table.h"

namespace offhook::verbs {

/// "vmodem ring PORT [--from NUMBER] ...", one line.
std::string usage(Verb const& verb);
/// All there is to say of one verb, and of the program with its verbs, in lines of at most 80 columns.
std::string help(Verb const& verb);
std::string overview();

/// What may stand for the last of `words` (the words so far, without the program's name; the last may be
/// empty).
struct Suggestions {
  std::vector<std::string> words;  // those that begin with what the last word holds
  bool ports = false;              // names of ports fit as well
  bool files = false;              // names of files fit as well
  bool operator==(Suggestions const&) const = default;
};
Suggestions suggest(std::span<std::string const> words);

}  // namespace offhook::verbs
