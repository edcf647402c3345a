// Writing an entry's values into its lines, so that all others stay as they are.
#include <algorithm>

#include "dialer/phonebook/pbk_keys.h"
#include "dialer/phonebook/pbk_lines.h"

namespace offhook::phonebook {
namespace {

using Part = PbkLine::Part;
using Lines = std::vector<PbkLine>;

class Editor {
 public:
  Editor(Lines lines, std::string_view eol) : lines_(std::move(lines)), eol_(eol) {}

  Lines const& lines() const { return lines_; }
  Lines finish() { return std::move(lines_); }

  template <class T, size_t n>
  void set(Part part, size_t index, std::array<PbkKey<T>, n> const& keys, T const& old, T const& wanted) {
    for (PbkKey<T> const& key : keys)
      if (key.give(old) != key.give(wanted)) set(part, index, key.name, key.give(wanted));
  }

  void set(Part part, size_t index, std::string_view key, std::string const& value) {
    auto const at = std::ranges::find_if(
        lines_, [&](PbkLine const& line) { return line.is_in(part, index) && line.key == key; });
    if (at != lines_.end())
      write(*at, key, value);
    else
      insert(end_of(part, index), part, index, key, value);
  }

  bool has(Part part, size_t index) const {
    return std::ranges::any_of(lines_, [&](PbkLine const& line) { return line.is_in(part, index); });
  }

  /// The place after the last line of a part; where it has none, after all that stands before the devices.
  size_t end_of(Part part, size_t index) const {
    for (size_t i = lines_.size(); i > 0; --i)
      if (lines_[i - 1].is_in(part, index)) return i;
    auto const begins = [](PbkLine const& line) { return line.key == "MEDIA" || line.key == "DEVICE"; };
    auto at = static_cast<size_t>(std::ranges::find_if(lines_, begins) - lines_.begin());
    while (at > 0 && !lines_[at - 1].header && lines_[at - 1].key.empty()) --at;
    return at;
  }

  /// Puts a line in, and gives back the place after it.
  size_t insert(size_t at, Part part, size_t index, std::string_view key, std::string const& value) {
    if (at > 0 && !lines_[at - 1].raw.ends_with('\n')) lines_[at - 1].raw += eol_;
    PbkLine line;
    line.part = part;
    line.index = index;
    write(line, key, value);
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), std::move(line));
    return at + 1;
  }

  void erase(auto const& unwanted) {
    std::erase_if(lines_, [&](PbkLine const& line) { return !line.header && unwanted(line); });
  }

 private:
  void write(PbkLine& line, std::string_view key, std::string const& value) const {
    line.key = key;
    line.value = value;
    line.raw = std::string(key) + "=" + value + std::string(eol_);
  }

  Lines lines_;
  std::string_view eol_;
};

bool same_kinds(Entry const& a, Entry const& b) {
  return std::ranges::equal(a.devices, b.devices, {}, &Device::type, &Device::type) &&
         std::ranges::equal(a.devices, b.devices, {}, &Device::kind, &Device::kind);
}

/// The device whose subsection holds the phone numbers.
size_t dialling_device(Entry const& entry) {
  auto const modem = std::ranges::find(entry.devices, Device::Kind::modem, &Device::kind);
  return modem == entry.devices.end() ? 0 : static_cast<size_t>(modem - entry.devices.begin());
}

/// The place where the first number is put in: the top of its device.
size_t top_of_device(Lines const& lines, size_t device) {
  for (size_t i = 0; i < lines.size(); ++i)
    if (lines[i].is_in(Part::device, device) && lines[i].key == "DEVICE") return i + 1;
  return lines.size();
}

void edit_numbers(Editor& editor, Entry const& old, Entry const& wanted) {
  size_t const both = std::min(old.numbers.size(), wanted.numbers.size());
  for (size_t i = 0; i < both; ++i)
    editor.set(Part::number, i, number_keys(), old.numbers[i], wanted.numbers[i]);
  if (both < old.numbers.size())
    editor.erase([&](PbkLine const& line) { return line.part == Part::number && line.index >= both; });
  if (both == wanted.numbers.size()) return;
  size_t at = both == 0 ? top_of_device(editor.lines(), dialling_device(wanted))
                        : editor.end_of(Part::number, both - 1);
  for (size_t i = both; i < wanted.numbers.size(); ++i) {
    at = editor.insert(at, Part::number, i, "PhoneNumber", wanted.numbers[i].text);
    if (!wanted.numbers[i].comment.empty())
      at = editor.insert(at, Part::number, i, "Comment", wanted.numbers[i].comment);
  }
}

/// The subsections of medium and devices, as a new entry has them.
void write_devices(Editor& editor, Entry const& entry) {
  size_t at = editor.insert(editor.end_of(Part::medium, 0), Part::medium, 0, "MEDIA", "serial");
  for (auto const& key : medium_keys()) at = editor.insert(at, Part::medium, 0, key.name, key.give(entry));
  for (size_t i = 0; i < entry.devices.size(); ++i) {
    at = editor.insert(at, Part::device, i, "DEVICE", entry.devices[i].type);
    for (size_t n = 0; i == dialling_device(entry) && n < entry.numbers.size(); ++n) {
      at = editor.insert(at, Part::number, n, "PhoneNumber", entry.numbers[n].text);
      if (!entry.numbers[n].comment.empty())
        at = editor.insert(at, Part::number, n, "Comment", entry.numbers[n].comment);
    }
    for (auto const& key : device_keys())
      if (auto const value = key.give(entry.devices[i]); !value.empty())
        at = editor.insert(at, Part::device, i, key.name, value);
    if (i == dialling_device(entry) && !entry.try_alternates)
      at = editor.insert(at, Part::device, i, "TryNextAlternateOnFail", "0");
  }
}

}  // namespace

std::vector<PbkLine> new_lines(Entry const& entry, std::string_view eol) {
  PbkLine header;
  header.raw = "[" + entry.name + "]" + std::string(eol);
  header.header = true;
  header.value = entry.name;
  Editor editor({header}, eol);
  for (auto const& key : general_keys())
    if (auto const value = key.give(entry); !value.empty()) editor.set(Part::general, 0, key.name, value);
  write_devices(editor, entry);
  return editor.finish();
}

std::vector<PbkLine> edited_lines(std::vector<PbkLine> lines, Entry const& old, Entry const& wanted,
                                  std::string_view eol) {
  Editor editor(lines, eol);
  editor.set(Part::general, 0, general_keys(), old, wanted);
  if (!same_kinds(old, wanted)) {
    editor.erase([](PbkLine const& line) {
      return line.part == Part::medium || line.part == Part::device || line.part == Part::number;
    });
    write_devices(editor, wanted);
    return editor.finish();
  }
  if ((old.port != wanted.port || old.device != wanted.device) && !editor.has(Part::medium, 0))
    editor.set(Part::medium, 0, "MEDIA", "serial");
  editor.set(Part::medium, 0, medium_keys(), old, wanted);
  for (size_t i = 0; i < wanted.devices.size(); ++i)
    editor.set(Part::device, i, device_keys(), old.devices[i], wanted.devices[i]);
  auto dialling = dialling_device(wanted);
  for (PbkLine const& line : lines)
    if (line.part == Part::device && line.key == "TryNextAlternateOnFail") dialling = line.index;
  editor.set(Part::device, dialling, dialling_keys(), old, wanted);
  edit_numbers(editor, old, wanted);
  return editor.finish();
}

}  // namespace offhook::phonebook
