// An entry of rasphone.pbk as its lines: what each says, where it belongs, and how an entry's values are
// written into them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialer/phonebook/entry.h"

namespace offhook::phonebook {

struct PbkLine {
  /// Where a line belongs: keys of the entry, of its first medium, of a device, of a phone number; `other` is
  /// what we only keep: NETCOMPONENTS, and the media of a second link on.
  enum class Part : uint8_t { general, medium, device, number, other };
  std::string raw;         // with its end
  bool header = false;     // "[name]"; then the name is the value
  std::string key, value;  // empty: a blank line or a comment
  Part part = Part::general;
  size_t index = 0;  // of the device or number, from 0

  bool operator==(PbkLine const&) const = default;
  bool is_in(Part p, size_t i) const { return part == p && index == i && (header || !key.empty()); }
};

Result<PbkLine> read_line(std::string_view raw);

/// The entry that the lines make, each of which learns where it belongs. `first` is the number of the first
/// line.
Outcome<Entry> read_entry(std::vector<PbkLine>& lines, std::string_view file, size_t first);

/// The lines of an entry that is new.
std::vector<PbkLine> new_lines(Entry const& entry, std::string_view eol);
/// The lines of `old` with what is different in `wanted`.
std::vector<PbkLine> edited_lines(std::vector<PbkLine> lines, Entry const& old, Entry const& wanted,
                                  std::string_view eol);

/// What DEVICE= says of a kind: "modem".
std::string default_type(Device::Kind kind);

}  // namespace offhook::phonebook
