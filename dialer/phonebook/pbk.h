// rasphone.pbk (MS-RRASM 2.2.2): "[entry]", then KEY=value a line; MEDIA, DEVICE and PhoneNumber begin
// subsections. Keys that we do not know are kept where they stand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialer/phonebook/entry.h"
#include "dialer/phonebook/pbk_lines.h"

namespace offhook::phonebook {

/// A rasphone.pbk as it is edited: what nobody touches is written as it was read, byte for byte.
class Pbk {
 public:
  /// 622 where it is too large or no text of bytes, 625 where a line or an entry is wrong; never throws.
  static Outcome<Pbk> parse(std::string_view text, std::string_view file_name);

  std::vector<Entry> const& entries() const { return entries_; }
  std::string text() const;

  /// Puts the entry in the place of the one of its name, or at the end. Only the keys whose values changed
  /// are written; where the kinds of the devices change, those subsections are written anew. 624 where it
  /// cannot be held.
  Outcome<void> put(Entry const& entry);
  /// 623 where there is none.
  Outcome<void> remove(std::string_view name);

  bool operator==(Pbk const&) const = default;

 private:
  std::string end_of_line() const;

  std::vector<PbkLine> preamble_;             // before the first entry
  std::vector<std::vector<PbkLine>> blocks_;  // one an entry
  std::vector<Entry> entries_;
};

}  // namespace offhook::phonebook
