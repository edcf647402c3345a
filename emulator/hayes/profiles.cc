#include "emulator/hayes/profiles.h"

#include <charconv>

#include "emulator/hayes/family.h"

namespace offhook::hayes {
namespace {

std::string command_name(BasicRow const& row) {
  std::string name;
  if (row.prefix != 0) name += row.prefix;
  return name += row.letter;
}

void write_settings(Family const& family, Settings const& settings, std::string& out) {
  Settings const factory = factory_settings(family);
  auto const line = [&out](std::string const& name, uint32_t value) {
    out += name + "=" + std::to_string(value) + "\n";
  };
  for (size_t i = 0; i < register_count; ++i)
    if (settings.registers[i] != factory.registers[i])
      line("S" + std::to_string(register_rows()[i].number), settings.registers[i]);
  for (size_t i = 0; i < basic_count; ++i)
    if (settings.basics[i] != factory.basics[i]) line(command_name(basic_rows[i]), settings.basics[i]);
  for (size_t i = 0; i < extended_slots; ++i)
    if (settings.extended[i] != factory.extended[i]) line("+" + std::to_string(i), settings.extended[i]);
}

bool number(std::string_view text, uint32_t& value) {
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && end == text.data() + text.size();
}

void read_extended(Settings& settings, uint32_t slot, uint32_t value) {
  for (auto const& row : extended_rows()) {
    size_t const first = static_cast<size_t>(row.first);
    if (slot >= first && slot < first + row.values.size() && row.values[slot - first].accepts(value))
      settings.extended[slot] = value;
  }
}

/// "S7=60", "&K=3", "+5=1".
void read_setting(Family const& family, Settings& settings, std::string_view line) {
  size_t const equals = line.find('=');
  uint32_t value = 0, index = 0;
  if (equals == 0 || equals == std::string_view::npos || !number(line.substr(equals + 1), value)) return;
  std::string_view const name = line.substr(0, equals);
  if (name.front() == 'S' && number(name.substr(1), index)) {
    auto const row = find_register(index, family.bit);
    if (row && register_rows()[*row].accepts(value, family.bit))
      settings.registers[*row] = static_cast<uint8_t>(value);
  } else if (name.front() == '+' && number(name.substr(1), index)) {
    read_extended(settings, index, value);
  } else if (name.size() <= 2) {
    char const prefix = name.size() == 2 ? name.front() : '\0';
    auto const* row = find_basic(prefix, name.back(), family.bit);
    bool const pulse = row != nullptr && row->effect == Effect::pulse && value <= 1;
    if (row != nullptr && (row->accepts(value) || pulse))
      settings.basics[basic_slot(prefix, name.back())] = static_cast<uint8_t>(value);
  }
}

}  // namespace

Profiles factory_profiles(Family const& family) {
  unsigned const hardware_flow = family.bit == in_usr ? 1 : 0;  // USR's non-volatile memory starts as &F1
  return {{factory_settings(family, hardware_flow), factory_settings(family, hardware_flow)}, {}, 0};
}

std::string to_text(Family const& family, Profiles const& profiles) {
  std::string out = "startup " + std::to_string(profiles.startup) + "\n";
  for (size_t i = 0; i < profiles.numbers.size(); ++i)
    if (!profiles.numbers[i].empty()) out += "number " + std::to_string(i) + " " + profiles.numbers[i] + "\n";
  for (size_t i = 0; i < profiles.stored.size(); ++i) {
    out += "profile " + std::to_string(i) + "\n";
    write_settings(family, profiles.stored[i], out);
  }
  return out;
}

Profiles profiles_from_text(Family const& family, std::string_view text) {
  Profiles profiles = factory_profiles(family);
  Settings* current = nullptr;
  while (!text.empty()) {
    size_t const end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    uint32_t index = 0;
    if (line.starts_with("profile ")) {
      bool const known = number(line.substr(8), index) && index < profiles.stored.size();
      current = known ? &profiles.stored[index] : nullptr;
      if (known) *current = factory_settings(family);
    } else if (line.starts_with("startup ")) {
      if (number(line.substr(8), index) && index < profiles.stored.size())
        profiles.startup = static_cast<uint8_t>(index);
    } else if (line.starts_with("number ") && line.size() > 9 && line[8] == ' ') {
      index = static_cast<uint32_t>(line[7] - '0');
      if (index < profiles.numbers.size()) profiles.numbers[index] = line.substr(9, stored_number_limit);
    } else if (current != nullptr) {
      read_setting(family, *current, line);
    }
  }
  return profiles;
}

}  // namespace offhook::hayes
