#include "rasd/auth/hours.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace offhook::auth {
namespace {

constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<unsigned> parse_day(std::string_view text) {
  auto const found = std::ranges::find(day_names, text);
  if (found == day_names.end()) return {};
  return static_cast<unsigned>(found - day_names.begin());
}

/// What stands before the first `separator`; takes both off `text`.
std::string_view take_part(std::string_view& text, char separator) {
  size_t const end = std::min(text.find(separator), text.size());
  std::string_view const part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// "mon-fri", "sat,sun", "fri-mon"; nothing where that is no list of days.
std::optional<uint8_t> parse_days(std::string_view text) {
  if (text.ends_with(',') || text.ends_with('-')) return {};
  unsigned days = 0;
  while (!text.empty()) {
    std::string_view range = take_part(text, ',');
    auto const first = parse_day(take_part(range, '-'));
    auto const last = range.empty() ? first : parse_day(range);
    if (!first || !last) return {};
    for (unsigned day = *first;; day = (day + 1) % day_names.size()) {
      days |= 1u << day;
      if (day == *last) break;
    }
  }
  return static_cast<uint8_t>(days);
}

/// "08:30", up to "24:00".
std::optional<uint16_t> parse_time(std::string_view text) {
  unsigned hour = 0, minute = 0;
  if (text.size() != 5 || text[2] != ':') return {};
  char const* const colon = text.data() + 2;
  bool const read = std::from_chars(text.data(), colon, hour).ptr == colon &&
                    std::from_chars(colon + 1, text.data() + 5, minute).ptr == text.data() + 5;
  unsigned const sum = hour * 60 + minute;
  if (!read || minute > 59 || sum > minutes_a_day) return {};
  return static_cast<uint16_t>(sum);
}

}  // namespace

Result<Hours> Hours::parse(std::string_view text) {
  auto const wrong = [] {
    return error("days, times or both are wanted: \"mon-fri 08:00-18:00\", \"sat,sun\", \"22:00-06:00\"");
  };
  Hours made;
  if (!text.empty() && text[0] >= 'a') {
    auto const days = parse_days(take_part(text, ' '));
    if (!days) return wrong();
    made.days_ = *days;
    if (text.empty()) return made;
  }
  auto const from = parse_time(take_part(text, '-'));
  auto const to = parse_time(text);
  if (!from || !to || *from == *to || *from == minutes_a_day) return wrong();
  made.from_ = *from;
  made.to_ = *to;
  return made;
}

bool Hours::contains(LocalTime const& now) const {
  auto const on = [this](unsigned day) { return (days_ >> day & 1u) != 0; };
  bool const today = on(now.weekday), yesterday = on((now.weekday + 6u) % 7u);
  if (from_ < to_) return today && now.minute >= from_ && now.minute < to_;
  return (today && now.minute >= from_) || (yesterday && now.minute < to_);
}

bool contains(std::vector<Hours> const& any, LocalTime const& now) {
  return any.empty() || std::ranges::any_of(any, [&](Hours const& each) { return each.contains(now); });
}

}  // namespace offhook::auth
