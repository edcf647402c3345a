// The escapes of a terminal's user, as cu and ssh have them: '~' at the start of a line, then a letter.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace offhook::dialer {

class Escape {
 public:
  enum class Command { none, hang_up, send_break, help };
  /// What goes to the line of what was typed. A command ends the reading: `command` says which came, and the
  /// rest of the text is dropped with hang_up.
  struct Typed {
    std::string to_line;
    Command command = Command::none;
  };
  Typed type(std::string_view text);
  bool operator==(Escape const&) const = default;

 private:
  enum class State { line_start, within_line, tilde } state_ = State::line_start;
};

std::string_view escape_help();

}  // namespace offhook::dialer
