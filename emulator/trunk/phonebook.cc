#include "emulator/trunk/phonebook.h"

#include <algorithm>

namespace offhook::trunk {
namespace {

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return low;
}

bool usable_name(std::string_view name) {
  return name.size() <= longest_name &&
         std::ranges::all_of(name, [](char c) { return c >= 0x20 && c < 0x7f && c != '"'; });
}

}  // namespace

Result<void> Phonebook::add(Entry entry) {
  if (entries_.size() >= most_entries)
    return error("a phonebook has at most ", std::to_string(most_entries), " entries");
  if (entry.number.empty() && entry.name.empty()) return error("number or name is missing");
  if (entry.target.has_value() != entry.program.empty()) return error("one of target and program is wanted");
  if (entry.program.empty() && (entry.lines != 0 || entry.restart != Duration::zero()))
    return error("lines and restart are a program's");
  if (entry.lines > most_lines) return error("lines: at most ", std::to_string(most_lines));
  if (entry.restart < Duration::zero() || entry.restart > longest_restart)
    return error("restart: between 0 and 1 hour");
  if (!usable_name(entry.name))
    return error("name: at most ", std::to_string(longest_name), " printable ASCII characters, no quotes");
  if (numbers_.contains(entry.number)) return error("number: ", entry.number, " stands twice");
  if (entry.restart > Duration::zero() && entry.lines == 0) entry.lines = 1;
  std::string const name = lower(entry.name);
  if (names_.contains(name)) return error("name: ", entry.name, " stands twice");
  if (!entry.number.empty()) numbers_.emplace(entry.number, entries_.size());
  if (!name.empty()) names_.emplace(name, entries_.size());
  entries_.push_back(std::move(entry));
  return {};
}

Entry const* Phonebook::by_number(std::string_view number) const {
  auto const found = numbers_.find(number);
  return found == numbers_.end() ? nullptr : &entries_[found->second];
}

Entry const* Phonebook::by_name(std::string_view name) const {
  auto const found = names_.find(lower(name));
  return found == names_.end() ? nullptr : &entries_[found->second];
}

std::vector<std::string> Phonebook::numbers() const {
  std::vector<std::string> all;
  for (auto const& [number, index] : numbers_) all.push_back(number);
  return all;
}

}  // namespace offhook::trunk
