// The phonebook's file: TOML, a list of [[entry]]. Errors name file:line:column and what is accepted.
#pragma once

#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/trunk/phonebook.h"

namespace offhook::app {

inline constexpr size_t longest_phonebook = 1024 * 1024;

/// Never throws.
Result<trunk::Phonebook> parse_phonebook(std::string_view text, std::string_view file_name);
Result<trunk::Phonebook> read_phonebook(std::string const& path);

}  // namespace offhook::app
