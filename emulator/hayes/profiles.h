// The stored profiles of &W, which of them a power cycle loads (&Y), and the stored telephone numbers (&Z,
// +ASTO): a modem's non-volatile memory, as a value and as the text that the driver keeps. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/hayes/settings.h"

namespace offhook::hayes {

inline constexpr size_t stored_number_limit = 60;

struct Profiles {
  std::array<Settings, 2> stored;
  std::array<std::string, 4> numbers;
  uint8_t startup = 0;

  bool operator==(Profiles const&) const = default;
};

Profiles factory_profiles(Family const& family);
/// One setting a line, those that differ from the factory's.
std::string to_text(Family const& family, Profiles const& profiles);
/// Lines that say nothing known or allowed are skipped: a damaged file costs what it damaged.
Profiles profiles_from_text(Family const& family, std::string_view text);

}  // namespace offhook::hayes
