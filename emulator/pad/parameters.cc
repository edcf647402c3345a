#include "emulator/pad/parameters.h"

#include <iterator>

namespace offhook::pad {
namespace {

/// A run of values; `step` as in 32 to 126, or a single value.
struct Range {
  uint8_t from, to;
};
struct ParameterRow {
  Ref ref;
  std::string_view name;
  std::array<Range, 5> offered;  // unused ones have from > to
  uint8_t simple, transparent;   // X.28 table 1
};

constexpr Range none{1, 0};
constexpr Range graphic{32, 126};
constexpr Range only(uint8_t value) { return {value, value}; }
constexpr std::array<Range, 5> of(Range a, Range b = none, Range c = none, Range d = none, Range e = none) {
  return {a, b, c, d, e};
}

// X.3 section 3. Parameter 6: 8-15 and the extended dialogue (16 on) are not offered. Parameter 7: the single
// functions, 5 and 21. Parameter 21: 1 checks, 2 generates, 3 does both.
constexpr ParameterRow rows[] = {
    {Ref::recall, "PAD recall", of({0, 1}, graphic), 1, 0},
    {Ref::echo, "echo", of({0, 1}), 1, 0},
    {Ref::forwarding, "data forwarding characters", of({0, 127}), 126, 0},
    {Ref::idle_timer, "idle timer delay", of({0, 255}), 0, 20},
    {Ref::device_control, "ancillary device control", of({0, 2}), 1, 0},
    {Ref::service_signals, "PAD service signals", of({0, 1}, {4, 5}), 1, 0},
    {Ref::break_action, "action on break", of({0, 2}, {4, 5}, only(8), only(16), only(21)), 2, 2},
    {Ref::discard_output, "discard output", of({0, 1}), 0, 0},
    {Ref::cr_padding, "padding after CR", of({0, 255}), 0, 0},
    {Ref::line_folding, "line folding", of({0, 255}), 0, 0},
    {Ref::speed, "binary speed", of(none), 14, 14},
    {Ref::flow_control, "flow control of the PAD", of({0, 1}), 1, 0},
    {Ref::lf_insertion, "LF insertion after CR", of({0, 7}), 0, 0},
    {Ref::lf_padding, "padding after LF", of({0, 255}), 0, 0},
    {Ref::editing, "editing", of({0, 1}), 0, 0},
    {Ref::character_delete, "character delete", of({0, 127}), 127, 127},
    {Ref::line_delete, "line delete", of({0, 127}), 24, 24},
    {Ref::line_display, "line display", of({0, 127}), 18, 18},
    {Ref::editing_signals, "editing PAD service signals", of({0, 2}, only(8), graphic), 1, 1},
    {Ref::echo_mask, "echo mask", of({0, 255}), 0, 0},
    {Ref::parity, "parity treatment", of({0, 3}), 0, 0},
    {Ref::page_wait, "page wait", of({0, 255}), 0, 0},
};
static_assert(std::size(rows) == last_ref);

constexpr ParameterRow const& row(Ref ref) { return rows[static_cast<size_t>(ref) - 1]; }

/// X.3 table for parameter 11, in ascending order of speed.
struct SpeedRow {
  uint32_t bps;
  uint8_t value;
};
constexpr SpeedRow speeds[] = {{50, 10},   {75, 5},    {100, 9},    {110, 0},    {134, 1},    {150, 6},
                               {200, 8},   {300, 2},   {600, 4},    {1200, 3},   {1800, 7},   {2400, 12},
                               {4800, 13}, {9600, 14}, {19200, 15}, {48000, 16}, {56000, 17}, {64000, 18}};

/// One function of a parameter that is a sum of functions: the characters it stands for.
struct CharacterClass {
  uint8_t bit;
  std::string_view characters;
};
constexpr std::string_view editing_controls("\x7f\x18\x12", 3);  // DEL CAN DC2
constexpr CharacterClass forwarding_classes[] = {                // X.3 3.3
    {2, "\r"},
    {4, "\x1b\x07\x05\x06"},
    {8, editing_controls},
    {16, "\x03\x04"},
    {32, "\t\n\v\f"}};
constexpr CharacterClass echo_classes[] = {  // X.3 3.20
    {1, "\r"},       {2, "\n"},        {4, "\v\t\f"},
    {8, "\x07\x08"}, {16, "\x1b\x05"}, {32, "\x06\x15\x02\x01\x04\x17\x03"}};
constexpr uint8_t forwards_alphanumeric = 1, forwards_other_control = 64;
constexpr uint8_t masks_editing = 64, masks_other_control = 128;

bool control(char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f; }
bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

template <size_t n>
uint8_t class_of(CharacterClass const (&classes)[n], char c) {
  for (auto const& each : classes)
    if (each.characters.find(c) != std::string_view::npos) return each.bit;
  return 0;
}

}  // namespace

std::string_view name(Ref ref) { return row(ref).name; }

bool offered(Ref ref, unsigned value) {
  for (auto const& range : row(ref).offered)
    if (range.from <= value && value <= range.to) return true;
  return false;
}

std::optional<Profile> find_profile(unsigned identifier) {
  for (auto const profile : {Profile::simple, Profile::transparent})
    if (identifier == static_cast<unsigned>(profile)) return profile;
  return std::nullopt;
}

Parameters::Parameters(Profile profile) {
  values_[static_cast<size_t>(Ref::speed)] = row(Ref::speed).simple;
  load(profile);
}

bool Parameters::set(unsigned ref, unsigned value) {
  if (ref < first_ref || ref > last_ref || !offered(static_cast<Ref>(ref), value)) return false;
  values_[ref] = static_cast<uint8_t>(value);
  return true;
}

void Parameters::load(Profile profile) {
  for (auto const& each : rows)
    if (each.ref != Ref::speed)
      values_[static_cast<size_t>(each.ref)] = profile == Profile::simple ? each.simple : each.transparent;
}

/// The table ends at 64 kbit/s: a DTE reads as the highest speed that is not above its own.
void Parameters::set_speed(uint32_t bps) {
  if (bps == 0) return;  // not known
  uint8_t value = speeds[0].value;
  for (auto const& each : speeds)
    if (each.bps <= bps) value = each.value;
  values_[static_cast<size_t>(Ref::speed)] = value;
}

bool forwards(Parameters const& parameters, char c) {
  c = static_cast<char>(c & 0x7f);
  uint8_t const wanted = parameters[Ref::forwarding];
  if (alphanumeric(c)) return wanted & forwards_alphanumeric;
  if (!control(c)) return false;
  uint8_t const bit = class_of(forwarding_classes, c);
  return wanted & (bit != 0 ? bit : forwards_other_control);
}

bool echoes(Parameters const& parameters, char c, bool edits) {
  if (parameters[Ref::echo] == 0) return false;
  c = static_cast<char>(c & 0x7f);
  uint8_t const masked = parameters[Ref::echo_mask];
  if (edits) return !(masked & masks_editing);
  if (!control(c)) return true;
  uint8_t const bit = class_of(echo_classes, c);
  return !(masked & (bit != 0 ? bit : masks_other_control));
}

}  // namespace offhook::pad
