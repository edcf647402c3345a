// The configuration of a bank: TOML, checked whole. Every error names file:line:column, the key and what it
// accepts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/driver/bank.h"

namespace offhook::app {

struct Config {
  /// dir and group are left alone; mode is the default where `mode` below is not given.
  driver::BankConfig bank;
  std::optional<std::string> dir, group, log, phonebook;
  std::optional<unsigned> mode;
};

inline constexpr uint64_t default_modems = 4;
inline constexpr size_t longest_config = 1024 * 1024;

/// The bank that the text describes. `modems`: how many there are to be, whatever the text says. Modems that
/// the text does not list are ttyVM0 with number 5550100, ttyVM1 with 5550101, and so on. Never throws.
Result<Config> parse_config(std::string_view text, std::string_view file_name,
                            std::optional<uint64_t> modems = std::nullopt);

}  // namespace offhook::app
