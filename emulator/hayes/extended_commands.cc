#include "emulator/hayes/extended_commands.h"

#include <algorithm>
#include <array>

#include "emulator/hayes/parser.h"

namespace offhook::hayes {
namespace {

using P = Parameter;

/// V.250 table 7; the places are loop::Modulation's.
constexpr std::string_view carriers[]{"B103", "V21", "B212", "V22", "V22B", "V32", "V32B", "V34", "V90"};
constexpr uint32_t dte_rates[]{0,     300,   1200,  2400,  4800,   7200,   9600,   12000, 14400,
                               19200, 28800, 38400, 57600, 115200, 230400, 460800, 921600};
/// What Rockwell's first V.34 modems called the same places in +MS, before V.250 gave them names; still
/// accepted.
constexpr uint32_t rockwell_carriers[]{64, 0, 69, 1, 2, 9, 10, 11, 12};

constexpr SubParameter ms[]{{0, 8, 7, carriers}, {0, 1, 1},     {0, 56000, 0},
                            {0, 56000, 0},       {0, 56000, 0}, {0, 56000, 0}};
constexpr SubParameter ms_rockwell[]{{0, 8, 7, carriers, rockwell_carriers},
                                     {0, 1, 1},
                                     {0, 56000, 0},
                                     {0, 56000, 0},
                                     {0, 56000, 0},
                                     {0, 56000, 0}};
constexpr SubParameter zero_to_two[]{{0, 2, 0}};
constexpr SubParameter zero_or_one[]{{0, 1, 0}};
constexpr SubParameter es[]{{0, 4, 3}, {0, 4, 0}, {0, 6, 2}};
constexpr SubParameter eb[]{{0, 3, 1}, {0, 1, 0}, {0, 254, 30}};
constexpr SubParameter etbm[]{{0, 2, 1}, {0, 2, 1}, {0, 30, 20}};
constexpr SubParameter efcs[]{{0, 2, 0}};
constexpr SubParameter ewind[]{{1, 127, 15}, {1, 127, 15}};
constexpr SubParameter efram[]{{8, 1024, 128}, {8, 1024, 128}};
constexpr SubParameter ds[]{{0, 3, 3}, {0, 1, 0}, {512, 65535, 2048}, {6, 250, 6}};
constexpr SubParameter icf[]{{0, 6, 3}, {0, 3, 3}};
constexpr SubParameter ifc[]{{0, 3, 2}, {0, 2, 2}};
constexpr SubParameter ipr[]{{0, 921600, 0, {}, dte_rates}};
constexpr SubParameter gci[]{{0, 255, 0xB5, {}, {}, true}};
constexpr SubParameter fclass[]{{0, 0, 0}};
constexpr SubParameter sdr[]{{0, 7, 0}};

constexpr ExtendedRow rows[]{
    {"+GMI", Extended::manufacturer, in_modern},
    {"+GMM", Extended::model, in_modern},
    {"+GMR", Extended::revision, in_modern},
    {"+GSN", Extended::serial, in_modern},
    {"+GCAP", Extended::capabilities, in_modern},
    {"+GOI", Extended::object_id, in_v250},
    {"+FMI", Extended::manufacturer, in_modern},
    {"+FMM", Extended::model, in_modern},
    {"+FMR", Extended::revision, in_modern},
    {"+GCI", Extended::parameter, in_modern, P::gci, gci},
    {"+MS", Extended::parameter, in_v250 | in_usr, P::ms_carrier, ms},
    {"+MS", Extended::parameter, in_rockwell, P::ms_carrier, ms_rockwell},
    {"+MR", Extended::parameter, in_modern, P::mr, zero_to_two},
    {"+ES", Extended::parameter, in_modern, P::es_originate, es},
    {"+ER", Extended::parameter, in_modern, P::er, zero_or_one},
    {"+EB", Extended::parameter, in_modern, P::eb_break, eb},
    {"+ETBM", Extended::parameter, in_modern, P::etbm_sending, etbm},
    {"+EFCS", Extended::parameter, in_modern, P::efcs, efcs},
    {"+EWIND", Extended::parameter, in_modern, P::ewind_tx, ewind},
    {"+EFRAM", Extended::parameter, in_modern, P::efram_tx, efram},
    {"+DS", Extended::parameter, in_modern, P::ds_direction, ds},
    {"+DR", Extended::parameter, in_modern, P::dr, zero_or_one},
    {"+ILRR", Extended::parameter, in_modern, P::ilrr, zero_or_one},
    {"+ICF", Extended::parameter, in_modern, P::icf_format, icf},
    {"+IFC", Extended::parameter, in_modern, P::ifc_dce, ifc},
    {"+IPR", Extended::parameter, in_modern, P::ipr, ipr},
    {"+ASTO", Extended::store_number, in_modern},
    {"+FCLASS", Extended::parameter, in_modern, P::fclass, fclass},
    {"+VCID", Extended::parameter, in_modern, P::vcid, zero_to_two},
    {"#CID", Extended::parameter, in_modern, P::vcid, zero_to_two},
    {"+VRID", Extended::repeat_caller_id, in_modern},
    {"-SDR", Extended::parameter, in_v250 | in_rockwell, P::sdr, sdr},
};

std::string one(SubParameter const& sub, uint32_t value) {
  if (!sub.words.empty()) return std::string(sub.words[value]);
  if (!sub.hexadecimal) return std::to_string(value);
  constexpr char digits[] = "0123456789ABCDEF";
  return {digits[(value >> 4) & 15], digits[value & 15]};
}

std::string range(SubParameter const& sub) {
  std::string text = "(";
  if (!sub.words.empty()) {
    for (auto const& word : sub.words) (text += word) += ',';
    text.pop_back();
  } else if (!sub.list.empty()) {
    for (uint32_t const value : sub.list) text += std::to_string(value) + ",";
    text.pop_back();
  } else {
    text += one(sub, sub.min);
    if (sub.max != sub.min) text += "-" + one(sub, sub.max);
  }
  return text + ")";
}

bool hexadecimal(std::string_view text, uint32_t& value) {
  value = 0;
  if (text.empty() || text.size() > 2) return false;
  for (char const c : text) {
    if (c >= '0' && c <= '9')
      value = value * 16 + static_cast<uint32_t>(c - '0');
    else if (c >= 'A' && c <= 'F')
      value = value * 16 + static_cast<uint32_t>(c - 'A' + 10);
    else
      return false;
  }
  return true;
}

bool take(SubParameter const& sub, Value const& value, uint32_t& into) {
  uint32_t number = value.number;
  if (value.kind == Value::Kind::empty) return true;
  if (!sub.words.empty()) {
    auto const word = std::find(sub.words.begin(), sub.words.end(), value.text);
    auto const alias = std::find(sub.list.begin(), sub.list.end(), value.number);
    if (word != sub.words.end())
      number = static_cast<uint32_t>(word - sub.words.begin());
    else if (value.kind == Value::Kind::number && alias != sub.list.end())
      number = static_cast<uint32_t>(alias - sub.list.begin());
    else
      return false;
  } else if (sub.hexadecimal) {
    if (!hexadecimal(value.text, number)) return false;
  } else if (value.kind != Value::Kind::number) {
    return false;
  }
  if (!sub.accepts(number)) return false;
  into = number;
  return true;
}

}  // namespace

bool SubParameter::accepts(uint32_t value) const {
  if (words.empty() && !list.empty()) return std::find(list.begin(), list.end(), value) != list.end();
  return value >= min && value <= max;
}

ExtendedRow const* find_extended(std::string_view name, uint8_t family_bit) {
  for (auto const& row : rows)
    if (row.name == name && (row.families & family_bit)) return &row;
  return nullptr;
}
std::span<ExtendedRow const> extended_rows() { return rows; }

std::string test_text(ExtendedRow const& row) {
  // Service classes are listed bare: T.32 8.2.1.2, and what mgetty and pppd's scripts read.
  if (row.first == P::fclass) return "0";
  std::string text(row.name);
  text += ": ";
  for (auto const& sub : row.values) text += range(sub) + ",";
  text.pop_back();
  return text;
}

std::string read_text(ExtendedRow const& row, std::span<uint32_t const> values) {
  std::string text;
  if (row.first != P::fclass) (text += row.name) += ": ";
  for (size_t i = 0; i < row.values.size(); ++i)
    text += one(row.values[i], values[static_cast<size_t>(row.first) + i]) + ",";
  text.pop_back();
  return text;
}

bool set_values(ExtendedRow const& row, std::string_view text, std::span<uint32_t> values) {
  std::array<Value, 8> given;
  size_t count = 0;
  if (!split_values(text, row.values.size(), given.data(), count)) return false;
  std::array<uint32_t, 8> set{};
  size_t const first = static_cast<size_t>(row.first);
  for (size_t i = 0; i < row.values.size(); ++i) set[i] = values[first + i];
  for (size_t i = 0; i < count; ++i)
    if (!take(row.values[i], given[i], set[i])) return false;
  for (size_t i = 0; i < row.values.size(); ++i) values[first + i] = set[i];
  return true;
}

}  // namespace offhook::hayes
