// Comparing what devices say: ASCII without regard to case.
#pragma once

#include <algorithm>
#include <string_view>

namespace offhook::at {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

constexpr bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}
constexpr bool begins_with(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && same_word(text.substr(0, with.size()), with);
}
constexpr bool ends_with(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && same_word(text.substr(text.size() - with.size()), with);
}
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace offhook::at
