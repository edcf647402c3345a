// When somebody may call: days of the week and times of the day, as an administrator writes them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"

namespace offhook::auth {

/// The wall clock where the ports are.
struct LocalTime {
  uint8_t weekday = 0;  // 0: Monday
  uint16_t minute = 0;  // of the day
  int32_t date = 0;     // days since 1970-01-01
  bool operator==(LocalTime const&) const = default;
};

inline constexpr uint16_t minutes_a_day = 24 * 60;

/// "mon-fri 08:00-18:00", "sat,sun", "22:00-06:00": a span that goes on after midnight belongs to the day on
/// which it begins.
class Hours {
 public:
  /// The error says what is accepted.
  static Result<Hours> parse(std::string_view text);
  bool contains(LocalTime const& now) const;
  bool operator==(Hours const&) const = default;

 private:
  uint8_t days_ = 0x7f;  // bit 0: Monday
  uint16_t from_ = 0, to_ = minutes_a_day;
};

/// Whether any of them does; none: at any time.
bool contains(std::vector<Hours> const& any, LocalTime const& now);

}  // namespace offhook::auth
