// The S-registers as a table: number, default, range, unit, which families have them, and which are only
// another view of settings that commands hold (the bit-mapped ones). Pure data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace offhook::hayes {

/// Which families a row belongs to, as a set of bits.
enum FamilyBit : uint8_t {
  in_v250 = 1,
  in_hayes = 2,
  in_rockwell = 4,
  in_usr = 8,
  in_all = 15,
  in_modern = 13
};

struct RegisterRow {
  uint8_t number;
  uint8_t initial;  // v250's; a family may say otherwise
  uint8_t min, max;
  uint8_t families;
  uint8_t reserved = 0;      // bits that must be 0
  std::string_view meaning;  // with its unit

  constexpr bool accepts(uint32_t value, uint8_t family_bit) const {
    bool const mapped = family_bit != in_usr;
    return value >= min && value <= max && !(mapped && (value & reserved) != 0);
  }
};
std::span<RegisterRow const> register_rows();
inline constexpr size_t register_count = 51;

/// The row's index, or nothing where the family has no such register.
std::optional<size_t> find_register(uint32_t number, uint8_t family_bit);

/// For registers known by number here: its place, checked when compiled.
constexpr size_t register_slot(uint8_t number);

/// One field of a bit-mapped register: the value of a command, seen through a register. USR's registers of
/// these numbers mean other things.
struct RegisterField {
  uint8_t number, shift, width;
  char prefix, letter;  // the command that holds it
};
std::span<RegisterField const> register_fields();

namespace detail {
inline constexpr std::array<uint8_t, register_count> register_numbers{
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 14, 15, 16, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 46, 48, 54, 56, 69, 82, 86, 91, 95};
}
constexpr size_t register_slot(uint8_t number) {
  for (size_t i = 0; i < register_count; ++i)
    if (detail::register_numbers[i] == number) return i;
  return register_count;  // out of bounds: refused where it is used in a constant expression
}

}  // namespace offhook::hayes
