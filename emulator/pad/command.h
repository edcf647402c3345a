// One PAD command signal (X.28 3.5), read from the line the DTE typed. Pure: what it does is the PAD's
// affair.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"

namespace offhook::pad {

/// What a command asks for.
enum class Verb : uint8_t {
  none,  // an empty line
  status,
  clear,
  invite_to_clear,
  reset,
  interrupt,
  read,          // PAR?
  set,           // SET
  set_and_read,  // SET?
  profile,
  select,
};

/// "2:1" of a SET, "2" of a PAR?. A reference or value beyond any that exists is kept as out_of_range.
struct Setting {
  static constexpr unsigned out_of_range = 999;
  unsigned ref = 0, value = 0;
  bool operator==(Setting const&) const = default;
};

struct Command {
  Verb verb = Verb::none;
  std::vector<Setting> settings;  // read, set, set_and_read; empty with read: all
  unsigned profile = 0;
  std::string address;    // select: digits
  std::string user_data;  // select
  std::string refused;    // select: the code of a facility this PAD does not offer
  bool operator==(Command const&) const = default;
};

inline constexpr size_t command_limit = 128;   // characters
inline constexpr size_t address_limit = 15;    // X.121: 14 digits and a prefix
inline constexpr size_t user_data_limit = 12;  // X.28 3.5.15.3
inline constexpr size_t settings_limit = 64;   // in one command

/// The error names what is wrong with the line, or that it is longer than command_limit; to the DTE all of
/// them are ERR.
Result<Command> read_command(std::string_view line);

/// True where `next`, typed behind `line`, must not be echoed: it belongs to a network user identity (after
/// N) or to protected user data (after P) (X.28 3.5.15).
bool secret(std::string_view line, char next);

}  // namespace offhook::pad
