// The basic commands (V.250 5.4.1: one character, a value) and their & \ % families as a table: what values
// each takes, what it starts with, which families have it, and what it does beyond being remembered. Pure
// data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/hayes/registers.h"

namespace offhook::hayes {

/// What a command does; `store` is all that most of them do.
enum class Effect : uint8_t {
  store,
  circuits,        // stored, and the circuits are presented anew
  tone,            // T: dial by tones from now on
  pulse,           // P
  answer,          // A
  hook,            // H
  identify,        // I
  online,          // O
  reset,           // Z
  factory,         // &F
  view,            // &V
  write,           // &W
  startup,         // &Y: which profile a power cycle loads; kept at once
  store_number,    // &Z
  report_level,    // %L
  report_quality,  // %Q
};

struct BasicRow {
  char prefix;  // 0 & \ % or #
  char letter;
  uint32_t values;  // bit n: value n is accepted; 0: up to `max`
  uint8_t max;
  uint8_t initial;
  uint8_t families;
  Effect effect = Effect::store;

  constexpr bool accepts(uint32_t value) const {
    if (values == 0) return value <= max;
    return value < 32 && ((values >> value) & 1) != 0;
  }
};

constexpr uint32_t up_to(unsigned n) { return n >= 31 ? ~0u : (1u << (n + 1)) - 1; }
constexpr uint32_t only(auto... n) { return ((1u << n) | ...); }

/// One letter has several rows where families differ; the first row's index is where its value is kept.
inline constexpr BasicRow basic_rows[]{
    {0, 'A', only(0), 0, 0, in_all, Effect::answer},
    {0, 'B', only(0, 1), 0, 1, in_hayes | in_usr | in_rockwell},
    {0, 'B', only(0, 1, 2, 3, 15, 16), 0, 1, in_v250},
    {0, 'C', only(1), 0, 1, in_all},
    {0, 'E', up_to(1), 0, 1, in_all},
    {0, 'F', up_to(1), 0, 1, in_hayes | in_usr},
    {0, 'F', up_to(10), 0, 0, in_v250 | in_rockwell},
    {0, 'H', up_to(1), 0, 0, in_all, Effect::hook},
    {0, 'I', up_to(2), 0, 0, in_hayes, Effect::identify},
    {0, 'I', up_to(11), 0, 0, in_modern, Effect::identify},
    {0, 'L', up_to(3), 0, 2, in_all},
    {0, 'M', up_to(3), 0, 1, in_all},
    {0, 'N', up_to(1), 0, 1, in_v250 | in_rockwell},
    {0, 'O', up_to(1), 0, 0, in_hayes | in_usr, Effect::online},
    {0, 'O', up_to(3), 0, 0, in_v250 | in_rockwell, Effect::online},
    {0, 'P', only(0), 0, 0, in_all, Effect::pulse},
    {0, 'Q', up_to(1), 0, 0, in_v250 | in_hayes | in_rockwell},
    {0, 'Q', up_to(2), 0, 0, in_usr},  // Q2: quiet when answering only
    {0, 'T', only(0), 0, 0, in_all, Effect::tone},
    {0, 'V', up_to(1), 0, 1, in_all},
    {0, 'W', up_to(2), 0, 0, in_v250 | in_rockwell},
    {0, 'X', up_to(4), 0, 4, in_v250 | in_hayes | in_rockwell},
    {0, 'X', up_to(7), 0, 4, in_usr},
    {0, 'Y', up_to(1), 0, 0, in_all},
    {0, 'Z', up_to(1), 0, 0, in_v250 | in_hayes | in_rockwell, Effect::reset},
    {0, 'Z', up_to(5), 0, 0, in_usr, Effect::reset},
    {'&', 'A', up_to(3), 0, 3, in_usr},
    {'&', 'B', up_to(2), 0, 1, in_v250 | in_usr},
    {'&', 'C', up_to(1), 0, 1, in_all, Effect::circuits},
    {'&', 'D', up_to(3), 0, 2, in_all, Effect::circuits},
    {'&', 'E', up_to(1), 0, 0, in_v250},
    {'&', 'F', only(0), 0, 0, in_hayes, Effect::factory},
    {'&', 'F', up_to(1), 0, 0, in_v250 | in_rockwell, Effect::factory},
    {'&', 'F', up_to(2), 0, 0, in_usr, Effect::factory},
    {'&', 'G', up_to(2), 0, 0, in_all},
    {'&', 'H', up_to(3), 0, 1, in_usr},
    {'&', 'I', up_to(5), 0, 0, in_usr},
    {'&', 'J', up_to(1), 0, 0, in_v250 | in_hayes | in_rockwell},
    {'&', 'K', only(0, 3, 4, 5, 6), 0, 3, in_v250 | in_rockwell, Effect::circuits},
    {'&', 'K', up_to(3), 0, 1, in_usr},  // compression, not flow control
    {'&', 'L', up_to(1), 0, 0, in_all},
    {'&', 'M', up_to(3), 0, 0, in_v250 | in_hayes | in_rockwell},
    {'&', 'M', only(0, 1, 4, 5), 0, 4, in_usr},
    {'&', 'N', up_to(25), 0, 0, in_v250 | in_usr},
    {'&', 'P', up_to(3), 0, 0, in_all},
    {'&', 'Q', up_to(3), 0, 0, in_hayes},
    {'&', 'Q', up_to(6), 0, 5, in_v250 | in_rockwell},
    {'&', 'R', up_to(1), 0, 1, in_v250 | in_hayes | in_rockwell, Effect::circuits},
    {'&', 'R', up_to(2), 0, 2, in_usr},  // RTS holds received data back under &R2 alone
    {'&', 'S', up_to(1), 0, 0, in_all, Effect::circuits},
    {'&', 'T', only(0, 4, 5), 0, 4, in_all},  // the loop-back tests have no loop to test here
    {'&', 'U', up_to(1), 0, 0, in_v250 | in_usr},
    {'&', 'V', up_to(1), 0, 0, in_v250 | in_hayes | in_rockwell, Effect::view},
    {'&', 'W', up_to(1), 0, 0, in_all, Effect::write},
    {'&', 'X', up_to(2), 0, 0, in_all},
    {'&', 'Y', up_to(1), 0, 0, in_all, Effect::startup},
    {'&', 'Z', up_to(3), 0, 0, in_all, Effect::store_number},
    {'\\', 'A', up_to(3), 0, 1, in_v250 | in_rockwell},
    {'\\', 'B', up_to(9), 0, 3, in_v250 | in_rockwell},
    {'\\', 'C', up_to(2), 0, 0, in_v250},
    {'\\', 'G', up_to(1), 0, 0, in_v250 | in_rockwell},
    {'\\', 'J', up_to(1), 0, 0, in_v250 | in_rockwell},
    {'\\', 'K', up_to(5), 0, 5, in_v250 | in_rockwell},
    {'\\', 'L', up_to(1), 0, 0, in_v250 | in_rockwell},
    {'\\', 'N', up_to(7), 0, 3, in_v250 | in_rockwell},
    {'\\', 'Q', only(0, 1, 2, 3), 0, 3, in_v250},
    {'\\', 'T', 0, 90, 0, in_v250},
    {'\\', 'V', up_to(1), 0, 0, in_v250 | in_rockwell},
    {'\\', 'X', up_to(1), 0, 0, in_v250},
    {'%', 'B', 0, 11, 0, in_v250},
    {'%', 'C', up_to(3), 0, 3, in_v250 | in_rockwell},
    {'%', 'E', up_to(3), 0, 2, in_v250 | in_rockwell},
    {'%', 'G', up_to(1), 0, 1, in_v250},
    {'%', 'L', only(0), 0, 0, in_v250 | in_rockwell, Effect::report_level},
    {'%', 'M', up_to(3), 0, 0, in_v250},
    {'%', 'Q', only(0), 0, 0, in_v250 | in_rockwell, Effect::report_quality},
    {'%', 'R', up_to(1), 0, 0, in_usr},
    {'%', 'T', only(0), 0, 0, in_usr},
};
inline constexpr size_t basic_count = std::size(basic_rows);

/// Where the value of a command is kept.
constexpr size_t basic_slot(char prefix, char letter) {
  for (size_t i = 0; i < basic_count; ++i)
    if (basic_rows[i].prefix == prefix && basic_rows[i].letter == letter) return i;
  return basic_count;
}

/// The row a family has for a command; null: it has none.
constexpr BasicRow const* find_basic(char prefix, char letter, uint8_t family_bit) {
  for (auto const& row : basic_rows)
    if (row.prefix == prefix && row.letter == letter && (row.families & family_bit)) return &row;
  return nullptr;
}

}  // namespace offhook::hayes
