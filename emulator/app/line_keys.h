// What a line is like, by the keys of `vmodem line`, of [line] and of a [[modem]]'s line: one table.
#pragma once

#include <span>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/line/parameters.h"

namespace offhook::app {

struct LineKey {
  std::string_view name;
  Result<void> (*take)(std::string_view text, line::Parameters& target);
};
std::span<LineKey const> line_keys();

/// Takes one value; the error says what is accepted. There is a key of that name.
Result<void> take_line(std::string_view key, std::string_view text, line::Parameters& target);

}  // namespace offhook::app
