#include "dialer/app/escape.h"

namespace offhook::dialer {
namespace {

constexpr struct {
  char letter;
  Escape::Command command;
} rows[] = {
    {'.', Escape::Command::hang_up}, {'#', Escape::Command::send_break}, {'?', Escape::Command::help}};

Escape::Command command_of(char letter) {
  for (auto const& row : rows)
    if (row.letter == letter) return row.command;
  return Escape::Command::none;
}

}  // namespace

Escape::Typed Escape::type(std::string_view text) {
  Typed typed;
  for (char const c : text) {
    if (state_ == State::tilde) {
      Command const command = command_of(c);
      state_ = command == Command::none ? State::within_line : State::line_start;
      if (command == Command::hang_up) return typed.command = command, typed;
      if (command != Command::none) {
        typed.command = command;
        continue;
      }
      if (c != '~') typed.to_line += '~';  // two of them are one
    } else if (state_ == State::line_start && c == '~') {
      state_ = State::tilde;
      continue;
    }
    typed.to_line += c;
    state_ = c == '\r' || c == '\n' ? State::line_start : State::within_line;
  }
  return typed;
}

std::string_view escape_help() {
  return "\r\n  ~.  hang up        ~#  break\r\n  ~~  a tilde        ~?  this\r\n"
         "At the start of a line alone.\r\n";
}

}  // namespace offhook::dialer
