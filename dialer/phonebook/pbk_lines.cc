#include "dialer/phonebook/pbk_lines.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "dialer/phonebook/pbk_keys.h"
#include "emulator/base/text.h"

namespace offhook::phonebook {
namespace {

using Kind = Device::Kind;
using Part = PbkLine::Part;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto const first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

class EntryReader {
 public:
  EntryReader(std::string_view file, size_t first) : file_(file), number_(first) {}

  Outcome<Entry> read(std::vector<PbkLine>& lines) {
    size_t const first = number_;
    for (PbkLine& line : lines) {
      place(line);
      if (auto const wrong = line.key.empty() ? std::nullopt : take(line))
        return Failure{Ras::corrupt, where(number_) + line.key + ": " + *wrong};
      ++number_;
    }
    if (auto const sound = check(entry_); !sound)
      return Failure{Ras::corrupt, where(first) + sound.error().message};
    return std::move(entry_);
  }

 private:
  using Wrong = std::optional<std::string>;

  std::string where(size_t line) const {
    return file_ + ":" + std::to_string(line) + ": [" + escaped(entry_.name.substr(0, longest_name)) + "] ";
  }

  /// Which part the line belongs to: subsections begin with their own key and end where the next begins.
  void place(PbkLine& line) {
    if (line.header) {
      entry_.name = line.value;
    } else if (line.key == "MEDIA") {
      part_ = media_++ == 0 ? Part::medium : Part::other;
    } else if (line.key == "NETCOMPONENTS" && part_ == Part::general) {
      part_ = Part::other;
    } else if (line.key == "DEVICE" && media_ < 2) {
      part_ = Part::device;
      entry_.devices.push_back({kind(line.value), line.value, {}, {}, {}, {}, {}});
    } else if (line.key == "PhoneNumber" && (part_ == Part::device || part_ == Part::number)) {
      part_ = Part::number;
      entry_.numbers.emplace_back();
    } else if (part_ == Part::number && !line.key.empty() && !belongs_to_number(line.key)) {
      part_ = Part::device;
    }
    line.part = part_;
    line.index = part_ == Part::device   ? entry_.devices.size() - 1
                 : part_ == Part::number ? entry_.numbers.size() - 1
                                         : 0;
  }

  Kind kind(std::string_view type) const {
    if (equal_but_for_case(type, "modem")) return Kind::modem;
    if (equal_but_for_case(type, "pad")) return Kind::x25_pad;
    if (!equal_but_for_case(type, "switch")) return Kind::other;
    return entry_.devices.empty() ? Kind::pre_connect_switch : Kind::post_connect_switch;
  }

  Wrong take(PbkLine const& line) {
    switch (line.part) {
      case Part::general:
        return take(line, general_keys(), entry_);
      case Part::medium:
        return take(line, medium_keys(), entry_);
      case Part::device:
        if (entry_.devices.size() > most_devices) return "an entry has at most 4 devices";
        if (auto wrong = take(line, dialling_keys(), entry_)) return wrong;
        return take(line, device_keys(), entry_.devices.back());
      case Part::number:
        if (entry_.numbers.size() > most_numbers) return "an entry has at most 64 numbers";
        return take(line, number_keys(), entry_.numbers.back());
      case Part::other:
        break;
    }
    return std::nullopt;
  }

  template <class T, size_t n>
  Wrong take(PbkLine const& line, std::array<PbkKey<T>, n> const& keys, T& target) {
    auto const key = std::ranges::find(keys, line.key, &PbkKey<T>::name);
    if (key == keys.end()) return std::nullopt;
    if (!seen_.emplace(line.part, line.index, line.key).second) return "stands twice; once is accepted";
    return key->take(line.value, target);
  }

  std::string file_;
  size_t number_;
  Entry entry_;
  Part part_ = Part::general;
  size_t media_ = 0;
  std::set<std::tuple<Part, size_t, std::string>> seen_;
};

}  // namespace

Result<PbkLine> read_line(std::string_view raw) {
  PbkLine line;
  line.raw = raw;
  if (raw.size() > longest_line) return error("a line has at most 65536 bytes");
  if (raw.starts_with(byte_order_mark)) raw.remove_prefix(byte_order_mark.size());
  std::string_view const text = trimmed(raw);
  if (text.empty() || text[0] == ';') return line;
  if (text[0] == '[') {
    line.header = true;
    line.value = text.back() == ']' ? trimmed(text.substr(1, text.size() - 2)) : std::string_view();
    if (line.value.empty() || line.value.size() > longest_name)
      return error("'", escaped(text.substr(0, 60)), "': an entry begins with [its name], 1 to 256 bytes");
    return line;
  }
  auto const equals = text.find('=');
  if (equals == 0 || equals == text.npos)
    return error("'", escaped(text.substr(0, 60)), "': [entry] or KEY=value is accepted");
  line.key = trimmed(text.substr(0, equals));
  line.value = trimmed(text.substr(equals + 1));
  return line;
}

Outcome<Entry> read_entry(std::vector<PbkLine>& lines, std::string_view file, size_t first) {
  return EntryReader(file, first).read(lines);
}

std::string default_type(Kind kind) {
  return kind == Kind::modem ? "modem" : kind == Kind::x25_pad ? "Pad" : "Switch";
}

}  // namespace offhook::phonebook
