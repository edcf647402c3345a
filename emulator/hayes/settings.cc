#include "emulator/hayes/settings.h"

#include <algorithm>

#include "emulator/hayes/family.h"

namespace offhook::hayes {
namespace {

/// Commands that are another way to say an extended parameter: the last one given counts.
struct StandsFor {
  char prefix, letter;
  uint8_t value;
  uint8_t families;
  Parameter parameter;
  uint32_t set;
};
using P = Parameter;
constexpr uint32_t v21 = 1, v22 = 3, v22bis = 4, v32 = 5, v32bis = 6, v34 = 7;
constexpr uint8_t rockwell_like = in_v250 | in_rockwell;
constexpr StandsFor stands_for[]{
    // &K and USR's &H and &I: flow control is +IFC (V.250 6.2.12: DCE by DTE, DTE by DCE).
    {'&', 'K', 0, rockwell_like, P::ifc_dce, 0},
    {'&', 'K', 0, rockwell_like, P::ifc_dte, 0},
    {'&', 'K', 3, rockwell_like, P::ifc_dce, 2},
    {'&', 'K', 3, rockwell_like, P::ifc_dte, 2},
    {'&', 'K', 4, rockwell_like, P::ifc_dce, 1},
    {'&', 'K', 4, rockwell_like, P::ifc_dte, 1},
    {'&', 'K', 5, rockwell_like, P::ifc_dce, 3},
    {'&', 'K', 5, rockwell_like, P::ifc_dte, 1},
    {'&', 'K', 6, rockwell_like, P::ifc_dce, 1},
    {'&', 'K', 6, rockwell_like, P::ifc_dte, 1},
    {'&', 'H', 0, in_usr, P::ifc_dte, 0},
    {'&', 'H', 1, in_usr, P::ifc_dte, 2},
    {'&', 'H', 2, in_usr, P::ifc_dte, 1},
    {'&', 'H', 3, in_usr, P::ifc_dte, 2},
    {'&', 'R', 1, in_usr, P::ifc_dce, 0},
    {'&', 'R', 2, in_usr, P::ifc_dce, 2},
    {'&', 'I', 1, in_usr, P::ifc_dce, 3},
    {'&', 'I', 2, in_usr, P::ifc_dce, 1},
    // \N and &Q: error control is +ES (6.5.1).
    {'\\', 'N', 0, rockwell_like, P::es_originate, 1},
    {'\\', 'N', 0, rockwell_like, P::es_answer, 1},
    {'\\', 'N', 1, rockwell_like, P::es_originate, 0},
    {'\\', 'N', 1, rockwell_like, P::es_answer, 0},
    {'\\', 'N', 2, rockwell_like, P::es_originate, 3},
    {'\\', 'N', 2, rockwell_like, P::es_fallback, 2},
    {'\\', 'N', 2, rockwell_like, P::es_answer, 4},
    {'\\', 'N', 3, rockwell_like, P::es_originate, 3},
    {'\\', 'N', 3, rockwell_like, P::es_fallback, 0},
    {'\\', 'N', 3, rockwell_like, P::es_answer, 2},
    {'\\', 'N', 4, rockwell_like, P::es_originate, 3},
    {'\\', 'N', 4, rockwell_like, P::es_fallback, 3},
    {'\\', 'N', 4, rockwell_like, P::es_answer, 5},
    {'\\', 'N', 5, rockwell_like, P::es_originate, 4},
    {'\\', 'N', 5, rockwell_like, P::es_fallback, 4},
    {'\\', 'N', 5, rockwell_like, P::es_answer, 6},
    {'&', 'Q', 0, rockwell_like, P::es_originate, 0},
    {'&', 'Q', 0, rockwell_like, P::es_answer, 0},
    {'&', 'Q', 5, rockwell_like, P::es_originate, 3},
    {'&', 'Q', 5, rockwell_like, P::es_fallback, 0},
    {'&', 'Q', 5, rockwell_like, P::es_answer, 2},
    {'&', 'Q', 6, rockwell_like, P::es_originate, 1},
    {'&', 'Q', 6, rockwell_like, P::es_answer, 1},
    {'&', 'M', 0, in_usr, P::es_originate, 1},
    {'&', 'M', 0, in_usr, P::es_answer, 1},
    {'&', 'M', 4, in_usr, P::es_originate, 3},
    {'&', 'M', 4, in_usr, P::es_fallback, 0},
    {'&', 'M', 4, in_usr, P::es_answer, 2},
    {'&', 'M', 5, in_usr, P::es_originate, 3},
    {'&', 'M', 5, in_usr, P::es_fallback, 2},
    {'&', 'M', 5, in_usr, P::es_answer, 4},
    // %C and USR's &K: compression is +DS (6.6.1).
    {'%', 'C', 0, rockwell_like, P::ds_direction, 0},
    {'%', 'C', 1, rockwell_like, P::ds_direction, 0},
    {'%', 'C', 2, rockwell_like, P::ds_direction, 3},
    {'%', 'C', 3, rockwell_like, P::ds_direction, 3},
    {'&', 'K', 0, in_usr, P::ds_direction, 0},
    {'&', 'K', 1, in_usr, P::ds_direction, 3},
    {'&', 'K', 2, in_usr, P::ds_direction, 3},
    {'&', 'K', 3, in_usr, P::ds_direction, 3},
    // N: automode, or the one modulation (6.4.1).
    {0, 'N', 0, rockwell_like, P::ms_automode, 0},
    {0, 'N', 1, rockwell_like, P::ms_automode, 1},
};

/// F names the line's modulation and so all of +MS (Rockwell); F2 and F3 are of modulations that there are
/// not here.
struct LineModulation {
  uint8_t f;
  uint32_t carrier, automode, max_rate_bps;
};
constexpr LineModulation line_modulations[]{
    {0, v34, 1, 0},       {1, v21, 0, 300},  {4, v22, 0, 1200},     {5, v22bis, 0, 2400},   {6, v32, 0, 4800},
    {7, v32bis, 0, 7200}, {8, v32, 0, 9600}, {9, v32bis, 0, 12000}, {10, v32bis, 0, 14400},
};

void set_line_modulation(Settings& settings, uint8_t f) {
  for (auto const& row : line_modulations) {
    if (row.f != f) continue;
    settings.set_parameter(P::ms_carrier, row.carrier);
    settings.set_parameter(P::ms_automode, row.automode);
    for (P const min : {P::ms_min_tx, P::ms_min_rx}) settings.set_parameter(min, 0);
    for (P const max : {P::ms_max_tx, P::ms_max_rx}) settings.set_parameter(max, row.max_rate_bps);
  }
}

uint8_t from_field(RegisterField const& field, uint8_t bits) {
  if (field.letter == 'X') return bits < 4 ? 0 : static_cast<uint8_t>(bits - 3);
  return bits;
}
uint8_t to_field(RegisterField const& field, uint8_t value) {
  uint8_t const bits = field.letter == 'X' && value > 0 ? static_cast<uint8_t>(value + 3) : value;
  return static_cast<uint8_t>(bits & ((1u << field.width) - 1));
}
uint8_t mask(RegisterField const& field) {
  return static_cast<uint8_t>(((1u << field.width) - 1) << field.shift);
}

}  // namespace

Settings factory_settings(Family const& family, unsigned set) {
  Settings settings;
  for (size_t i = 0; i < register_count; ++i) settings.registers[i] = register_rows()[i].initial;
  for (auto const& row : extended_rows())
    for (size_t i = 0; i < row.values.size(); ++i)
      settings.extended[static_cast<size_t>(row.first) + i] = row.values[i].initial;
  for (auto const& row : basic_rows)
    if (row.families & family.bit) settings.basics[basic_slot(row.prefix, row.letter)] = row.initial;
  for (auto const& [prefix, letter, number, value] : family.initials) {
    if (prefix == 'S') {
      if (auto const row = find_register(number, family.bit)) settings.registers[*row] = value;
    } else {
      settings.basics[basic_slot(prefix, letter)] = value;
    }
  }
  // V.90 needs a digital modem at one end (V.90 1): it is had where both ends ask for it.
  settings.set_parameter(P::ms_carrier, static_cast<uint32_t>(std::min(family.best, loop::Modulation::v34)));
  if (!family.flow_control) {
    settings.set_parameter(P::ifc_dce, 0);
    settings.set_parameter(P::ifc_dte, 0);
  }
  // &F1 and &F2 of the families that have them are the templates with hardware and software flow control; &F0
  // of USR is the one without.
  if (family.bit == in_usr && set != 1) {
    uint8_t const flow = set == 2 ? 2 : 0;
    set_basic(settings, '&', 'H', flow, family.bit);
    set_basic(settings, '&', 'I', flow, family.bit);
    set_basic(settings, '&', 'R', 1, family.bit);
  }
  return settings;
}

uint8_t read_register(Settings const& settings, size_t row, uint8_t family_bit) {
  uint8_t value = settings.registers[row];
  for (auto const& field : register_fields()) {
    if (field.number != register_rows()[row].number || family_bit == in_usr) continue;
    uint8_t const held = settings.basics[basic_slot(field.prefix, field.letter)];
    value = static_cast<uint8_t>((value & ~mask(field)) | (to_field(field, held) << field.shift));
  }
  return value;
}

bool write_register(Settings& settings, size_t row, uint32_t value, uint8_t family_bit) {
  RegisterRow const& r = register_rows()[row];
  if (!r.accepts(value, family_bit)) return false;
  Settings changed = settings;
  for (auto const& field : register_fields()) {
    if (field.number != r.number || family_bit == in_usr) continue;
    uint8_t const bits = static_cast<uint8_t>((value & mask(field)) >> field.shift);
    auto const* command = find_basic(field.prefix, field.letter, family_bit);
    bool const dialling = field.letter == 'P';  // the field holds what T and P set
    if (!dialling && (command == nullptr || !command->accepts(from_field(field, bits)))) {
      if (bits != 0) return false;
      continue;
    }
    set_basic(changed, field.prefix, field.letter, from_field(field, bits), family_bit);
  }
  changed.registers[row] = static_cast<uint8_t>(value);
  settings = changed;
  return true;
}

void set_basic(Settings& settings, char prefix, char letter, uint8_t value, uint8_t family_bit) {
  settings.basics[basic_slot(prefix, letter)] = value;
  if (prefix == 0 && letter == 'F' && (rockwell_like & family_bit)) set_line_modulation(settings, value);
  for (auto const& row : stands_for)
    if (row.prefix == prefix && row.letter == letter && row.value == value && (row.families & family_bit))
      settings.set_parameter(row.parameter, row.set);
}

}  // namespace offhook::hayes
