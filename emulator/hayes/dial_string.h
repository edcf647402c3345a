// A dial string (V.250 6.3.1) as the steps that it asks for. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace offhook::hayes {

struct DialStep {
  enum class Kind : uint8_t {
    digits,
    pause,         // ',' for S8
    short_pause,   // '/' for 125 ms
    dial_tone,     // 'W', for S7 at the most
    quiet_answer,  // '@'
    bong,          // '$': the tone of a calling card service
    flash,         // '!'
    address,       // the rest is no telephone number
  };
  Kind kind;
  bool pulse = false;  // digits
  std::string text{};  // digits, address
  bool operator==(DialStep const&) const = default;
};

struct DialString {
  std::vector<DialStep> steps;
  bool answer_mode = false;  // R: originates a call but answers the carrier
  bool more = false;         // ';': back to command state, off-hook
  bool pulse = false;        // how it dialled last
  bool redialled = false;    // L was in it
  size_t used = 0;  // characters of the string that were the dial command's; the rest of the line follows
  bool operator==(DialString const&) const = default;
};

/// What the string cannot know: the numbers that S=n and L name, and how digits go unless it says.
struct DialContext {
  bool pulse = false;
  std::string_view last{};       // L
  std::string_view stored[4]{};  // S=n
};

/// Nothing where the string names a stored number that there is not. Characters that mean nothing are
/// ignored.
std::optional<DialString> parse_dial_string(std::string_view text, DialContext const& context);

}  // namespace offhook::hayes
