#include "emulator/verbs/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "emulator/base/text.h"

namespace offhook::verbs {
namespace {

struct TimeUnit {
  std::string_view suffix;
  Duration one;
};
constexpr std::array time_units{TimeUnit{"us", 1us}, TimeUnit{"ms", 1ms},  TimeUnit{"s", 1s},
                                TimeUnit{"m", 60s},  TimeUnit{"h", 3600s}, TimeUnit{"", 1s}};

struct ByteUnit {
  std::string_view suffix;
  uint64_t one;
};
constexpr std::array byte_units{ByteUnit{"", 1},       ByteUnit{"B", 1},
                                ByteUnit{"kB", 1000},  ByteUnit{"MB", 1000'000},
                                ByteUnit{"KiB", 1024}, ByteUnit{"MiB", 1024 * 1024}};

constexpr uint64_t longest_seconds = 366u * 24 * 3600;
constexpr uint64_t most_bytes = uint64_t{1} << 50;
constexpr uint32_t slowest_bps = 75, fastest_bps = 10'000'000;
constexpr size_t longest_number = 20, longest_port = 31;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<uint64_t> whole_number(std::string_view text, int base = 10) {
  uint64_t value = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (ec != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// "12.5ms" as "12", "5", "ms".
struct Quantity {
  std::string_view whole, fraction, unit;
};
std::optional<Quantity> split_quantity(std::string_view text) {
  auto const digits = [](std::string_view s) {
    return static_cast<size_t>(std::ranges::find_if_not(s, is_digit) - s.begin());
  };
  Quantity q;
  q.whole = text.substr(0, digits(text));
  if (q.whole.empty()) return std::nullopt;
  text.remove_prefix(q.whole.size());
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    q.fraction = text.substr(0, digits(text));
    if (q.fraction.empty()) return std::nullopt;
    text.remove_prefix(q.fraction.size());
  }
  q.unit = text;
  return q;
}

std::optional<Duration> duration_of(Quantity const& q) {
  auto const* unit = std::ranges::find(time_units, q.unit, &TimeUnit::suffix);
  auto const whole = whole_number(q.whole);
  if (unit == time_units.end() || !whole || *whole > longest_seconds) return std::nullopt;
  Duration const limit = std::chrono::seconds(longest_seconds);
  if (static_cast<int64_t>(*whole) > limit / unit->one) return std::nullopt;
  Duration sum = unit->one * static_cast<int64_t>(*whole);
  Duration step = unit->one;
  for (char c : q.fraction) sum += (step /= 10) * (c - '0');
  return sum <= limit ? std::optional(sum) : std::nullopt;
}

/// A decimal number, perhaps with an exponent; no sign, no "inf", no hexadecimal.
std::optional<double> decimal(std::string_view text) {
  double value = 0;
  if (text.empty() || !(is_digit(text.front()) || text.front() == '.')) return std::nullopt;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error refuse(std::string_view text, std::string_view what) {
  return error("'", escaped(text.substr(0, 60)), "' is not ", what);
}

}  // namespace

Result<uint64_t> parse_count(std::string_view text, uint64_t max) {
  auto const value = whole_number(text);
  if (!value || *value > max) return refuse(text, "a whole number from 0 to " + std::to_string(max));
  return *value;
}

Result<Duration> parse_duration(std::string_view text) {
  if (auto const q = split_quantity(text))
    if (auto const duration = duration_of(*q)) return *duration;
  return refuse(text,
                "a duration: a number with us, ms, s, m or h, such as 250ms, 2s or 1m, at most 366 days");
}

Result<Amount> parse_amount(std::string_view text) {
  if (auto const q = split_quantity(text)) {
    auto const* unit = std::ranges::find(byte_units, q->unit, &ByteUnit::suffix);
    auto const whole = whole_number(q->whole);
    if (unit != byte_units.end() && q->fraction.empty() && whole && *whole <= most_bytes / unit->one)
      return Amount(*whole * unit->one);
    if (unit == byte_units.end())
      if (auto const duration = duration_of(*q)) return Amount(*duration);
  }
  return refuse(text, "an amount: bytes, such as 4096, 10kB or 64KiB, or a time, such as 250ms, 2s or 1m");
}

Result<uint32_t> parse_rate(std::string_view text) {
  if (text == "unlimited") return 0u;
  auto const value = whole_number(text);
  if (!value || *value < slowest_bps || *value > fastest_bps)
    return refuse(text, "a rate: bit/s from 75 to 10000000, such as 33600, or unlimited");
  return static_cast<uint32_t>(*value);
}

Result<double> parse_share(std::string_view text) {
  bool const percent = text.ends_with('%');
  auto value = decimal(text.substr(0, text.size() - (percent ? 1 : 0)));
  if (value && percent) *value /= 100;
  if (!value || *value > 1) return refuse(text, "a share: from 0 to 1, such as 0.001, 1e-5 or 0.1%");
  return *value;
}

Result<Bursts> parse_bursts(std::string_view text) {
  if (text == "none") return Bursts{};
  std::array<std::optional<double>, 3> parts{std::nullopt, std::nullopt, 0.5};
  size_t count = 0;
  for (std::optional<std::string_view> rest = text; rest; ++count) {
    auto const comma = rest->find(',');
    if (count < parts.size()) parts[count] = decimal(rest->substr(0, comma));
    rest = comma == rest->npos ? std::nullopt : std::optional(rest->substr(comma + 1));
  }
  constexpr double longest = 1e12;
  auto const bits = [](std::optional<double> const& part) { return part && *part >= 1 && *part <= longest; };
  if (count < 2 || count > 3 || !bits(parts[0]) || !bits(parts[1]) || !parts[2] || *parts[2] > 1)
    return refuse(text,
                  "bursts: GAP,LENGTH,DENSITY, such as 1e6,50,0.3 (means of 1 to 1e12 bits; of those within, "
                  "0 to 1 wrong, 0.5 where left out), or none");
  return Bursts{*parts[0], *parts[1], *parts[2]};
}

Result<unsigned> parse_mode(std::string_view text) {
  auto const value = text.size() <= 5 ? whole_number(text, 8) : std::nullopt;
  if (!value || *value > 0777) return refuse(text, "a mode: permission bits in octal, such as 0660");
  return static_cast<unsigned>(*value);
}

Result<std::string> parse_number(std::string_view text) {
  auto const dialled = [](char c) { return is_digit(c) || c == '*' || c == '#' || (c >= 'A' && c <= 'D'); };
  if (text.empty() || text.size() > longest_number || !std::ranges::all_of(text, dialled))
    return refuse(text, "a telephone number: 1 to 20 of the digits 0-9, *, # and A-D");
  return {boost::system::in_place_value, text};
}

Result<std::string> parse_port(std::string_view text) {
  auto const permitted = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
           c == '-';
  };
  if (text.empty() || text.size() > longest_port || !std::ranges::all_of(text, permitted) ||
      text.front() == '.' || text.front() == '-')
    return refuse(text, "the name of a port, such as ttyVM0: 1 to 31 letters, digits, '_', '.' and '-'");
  return {boost::system::in_place_value, text};
}

}  // namespace offhook::verbs
