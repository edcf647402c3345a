// Our own form of the phonebook: TOML, a list of [[entry]]. Errors name file:line:column and what is
// accepted.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialer/phonebook/entry.h"

namespace offhook::phonebook {

/// 622 where it is too large or no TOML, 625 where an entry is wrong; never throws. Names are unique.
Outcome<std::vector<Entry>> parse_toml(std::string_view text, std::string_view file_name);

/// The entries as parse_toml() reads them; 624 for what TOML or our keys cannot hold: text that is no UTF-8,
/// devices of other kinds.
Outcome<std::string> write_toml(std::span<Entry const> entries);

}  // namespace offhook::phonebook
