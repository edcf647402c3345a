// What a device says, as lines: CR, LF or both end one, in any order; the eighth bit is parity and is
// dropped, so are control characters.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace offhook::at {

inline constexpr size_t line_limit = 256;

class LineReader {
 public:
  /// The line that this byte ended, without what ended it; nothing where it went on or was empty. What goes
  /// beyond line_limit is dropped, and the line is still one.
  std::optional<std::string> on_byte(char byte);
  /// What has come of a line that is not ended.
  std::string_view partial() const { return line_; }
  void clear() { line_.clear(); }
  bool operator==(LineReader const&) const = default;

 private:
  std::string line_;
};

}  // namespace offhook::at
