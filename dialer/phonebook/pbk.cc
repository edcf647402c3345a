#include "dialer/phonebook/pbk.h"

#include <algorithm>
#include <set>

#include "emulator/base/text.h"

namespace offhook::phonebook {

Outcome<Pbk> Pbk::parse(std::string_view text, std::string_view file_name) {
  std::string const file(file_name);
  if (text.size() > longest_file) return Failure{Ras::cannot_load, file + ": a phonebook has at most 1 MiB"};
  if (text.find('\0') != text.npos)
    return Failure{Ras::cannot_load,
                   file + ": has zero bytes; text of one byte a character or UTF-8 is accepted"};
  Pbk book;
  std::set<std::string, std::less<>> names;
  size_t number = 0;
  auto* block = &book.preamble_;
  size_t first = 1;  // the line that `block` begins with
  auto const finish = [&]() -> Outcome<void> {
    if (block == &book.preamble_) return {};
    auto entry = read_entry(*block, file, first);
    if (!entry) return entry.error();
    if (!names.insert(entry->name).second)
      return Failure{Ras::corrupt, file + ":" + std::to_string(first) + ": [" + escaped(entry->name) +
                                       "] stands twice; every entry has a name of its own"};
    book.entries_.push_back(*std::move(entry));
    return {};
  };
  for (std::string_view left = text; !left.empty();) {
    std::string_view const raw = left.substr(0, std::min(left.find('\n'), left.size() - 1) + 1);
    left.remove_prefix(raw.size());
    ++number;
    auto line = read_line(raw);
    if (!line)
      return Failure{Ras::corrupt, file + ":" + std::to_string(number) + ": " + line.error().message};
    if (line->header) {
      if (auto done = finish(); !done) return done.error();
      if (book.blocks_.size() >= most_entries)
        return Failure{Ras::cannot_load, file + ": a phonebook has at most 10000 entries"};
      block = &book.blocks_.emplace_back();
      first = number;
    } else if (block == &book.preamble_ && !line->key.empty()) {
      return Failure{Ras::corrupt, file + ":" + std::to_string(number) + ": '" +
                                       escaped(line->key.substr(0, 60)) +
                                       "' stands before the first [entry]"};
    }
    block->push_back(*std::move(line));
  }
  if (auto done = finish(); !done) return done.error();
  return book;
}

std::string Pbk::text() const {
  std::string text;
  for (PbkLine const& line : preamble_) text += line.raw;
  for (auto const& block : blocks_)
    for (PbkLine const& line : block) text += line.raw;
  return text;
}

/// As the file's first line has it; MS-RRASM 2.2.2.2 wants CR and LF.
std::string Pbk::end_of_line() const {
  auto const& first = preamble_.empty() && !blocks_.empty() ? blocks_.front() : preamble_;
  bool const bare = !first.empty() && first[0].raw.ends_with('\n') && !first[0].raw.ends_with("\r\n");
  return bare ? "\n" : "\r\n";
}

Outcome<void> Pbk::put(Entry const& given) {
  Entry wanted = given;
  if (wanted.devices.empty()) wanted.devices.emplace_back();
  for (Device& device : wanted.devices)
    if (device.type.empty()) device.type = default_type(device.kind);
  auto const refuse = [&](std::string const& why) {
    return Failure{Ras::cannot_write, "[" + escaped(wanted.name.substr(0, longest_name)) + "]: " + why};
  };
  if (auto const sound = check(wanted); !sound) return refuse(sound.error().message);
  auto const at = std::ranges::find(entries_, wanted.name, &Entry::name);
  auto const index = static_cast<size_t>(at - entries_.begin());
  if (at != entries_.end() && *at == wanted) return {};
  if (at == entries_.end() && entries_.size() >= most_entries)
    return refuse("a phonebook has at most 10000 entries");

  std::string const eol = end_of_line();
  auto block = at == entries_.end() ? new_lines(wanted, eol) : edited_lines(blocks_[index], *at, wanted, eol);
  auto const reread = read_entry(block, "phonebook", 1);
  if (!reread) return refuse(reread.error().message);
  if (*reread != wanted) return refuse("rasphone.pbk cannot hold it");

  if (at != entries_.end()) {
    blocks_[index] = std::move(block);
    entries_[index] = std::move(wanted);
    return {};
  }
  auto& before = blocks_.empty() ? preamble_ : blocks_.back();
  if (!before.empty()) {
    std::string& last = before.back().raw;
    if (!last.ends_with('\n')) last += eol;
    if (last != eol) before.push_back(*read_line(eol));
  }
  blocks_.push_back(std::move(block));
  entries_.push_back(std::move(wanted));
  return {};
}

Outcome<void> Pbk::remove(std::string_view name) {
  auto const found = find(entries_, name);
  if (!found) return found.error();
  auto const index = *found - entries_.data();
  blocks_.erase(blocks_.begin() + index);
  entries_.erase(entries_.begin() + index);
  return {};
}

}  // namespace offhook::phonebook
