// What commands set and profiles keep: S-registers, basic commands' values and + parameters, as small
// integers.
#pragma once

#include <array>
#include <cstdint>

#include "emulator/hayes/basic_commands.h"
#include "emulator/hayes/extended_commands.h"
#include "emulator/hayes/registers.h"

namespace offhook::hayes {

struct Settings {
  std::array<uint8_t, register_count> registers{};
  std::array<uint8_t, basic_count> basics{};
  std::array<uint32_t, extended_slots> extended{};

  /// By a compile-time name: setting<'&', 'C'>(), s<7>().
  template <char prefix, char letter>
  uint8_t value() const {
    return std::get<basic_slot(prefix, letter)>(basics);
  }
  template <uint8_t number>
  uint8_t s() const {
    return std::get<register_slot(number)>(registers);
  }
  template <uint8_t number>
  uint8_t& s() {
    return std::get<register_slot(number)>(registers);
  }
  uint32_t parameter(Parameter p) const { return extended[static_cast<size_t>(p)]; }
  void set_parameter(Parameter p, uint32_t value) { extended[static_cast<size_t>(p)] = value; }

  bool operator==(Settings const&) const = default;
};

struct Family;
/// As the family leaves the factory; `set` is &F's number.
Settings factory_settings(Family const& family, unsigned set = 0);

/// A register's value, bit-mapped ones from the commands they show.
uint8_t read_register(Settings const& settings, size_t row, uint8_t family_bit);
/// False, and nothing changed, where the row does not take the value.
bool write_register(Settings& settings, size_t row, uint32_t value, uint8_t family_bit);
/// Sets a command's value and whatever other parameters it stands for (\N for +ES, &K for +IFC ...).
void set_basic(Settings& settings, char prefix, char letter, uint8_t value, uint8_t family_bit);

}  // namespace offhook::hayes
