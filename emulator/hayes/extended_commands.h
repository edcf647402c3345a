// The commands in extended syntax (V.250 5.4.4) as tables: parameters with their ranges and defaults, and the
// identification commands. Test, read and set forms are made from the tables. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "emulator/hayes/registers.h"

namespace offhook::hayes {

/// Where each subparameter is kept, in the order of the table's rows.
enum class Parameter : uint8_t {
  ms_carrier,
  ms_automode,
  ms_min_tx,
  ms_max_tx,
  ms_min_rx,
  ms_max_rx,
  mr,
  es_originate,
  es_fallback,
  es_answer,
  er,
  eb_break,
  eb_timed,
  eb_length,
  etbm_sending,
  etbm_receiving,
  etbm_timer,
  efcs,
  ewind_tx,
  ewind_rx,
  efram_tx,
  efram_rx,
  ds_direction,
  ds_required,
  ds_dictionary,
  ds_string,
  dr,
  ilrr,
  icf_format,
  icf_parity,
  ifc_dce,
  ifc_dte,
  ipr,
  gci,
  fclass,
  vcid,
  sdr,
  count_,
};
inline constexpr size_t extended_slots = static_cast<size_t>(Parameter::count_);

/// One value of a parameter.
struct SubParameter {
  uint32_t min, max, initial;
  std::span<std::string_view const> words{};  // values are words: the number kept is the word's place
  std::span<uint32_t const> list{};           // only these numbers; with words: numbers that stand for them
  bool hexadecimal = false;

  bool accepts(uint32_t value) const;
};

/// What a command in extended syntax is.
enum class Extended : uint8_t {
  parameter,
  manufacturer,
  model,
  revision,
  serial,
  capabilities,
  object_id,
  store_number,
  repeat_caller_id
};

struct ExtendedRow {
  std::string_view name;
  Extended kind;
  uint8_t families;
  Parameter first = Parameter::count_;
  std::span<SubParameter const> values{};
};
/// Null: the family has no such command. #CID is +VCID by another name.
ExtendedRow const* find_extended(std::string_view name, uint8_t family_bit);
std::span<ExtendedRow const> extended_rows();

/// "+ES: (0-4),(0-4),(0-6)" and "+ES: 3,0,2".
std::string test_text(ExtendedRow const& row);
std::string read_text(ExtendedRow const& row, std::span<uint32_t const> values);

/// Sets what `text` says; omitted values stay as they are (5.4.4.2). False, and nothing changed, where one is
/// wrong.
bool set_values(ExtendedRow const& row, std::string_view text, std::span<uint32_t> values);

}  // namespace offhook::hayes
