// The words of the bank's files in TOML that more than one of them has.
#pragma once

#include "emulator/toml/keys.h"
#include "emulator/trunk/phonebook.h"

namespace offhook::app {

using namespace keys;

inline constexpr std::array<std::pair<std::string_view, trunk::Protocol>, 2> protocols{
    {{"raw", trunk::Protocol::raw}, {"telnet", trunk::Protocol::telnet}}};

}  // namespace offhook::app
