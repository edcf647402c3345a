// A terminal in raw mode, as long as this object lives.
#pragma once

#include <termios.h>

#include "emulator/base/result.h"

namespace offhook::dialer {

class RawTerminal {
 public:
  /// An error where the descriptor is no terminal.
  static Result<RawTerminal> take(int fd);
  RawTerminal(RawTerminal&& other) noexcept;
  RawTerminal& operator=(RawTerminal&&) = delete;
  ~RawTerminal();

 private:
  RawTerminal(int fd, termios const& before) : fd_(fd), before_(before) {}
  int fd_;
  termios before_;
};

/// Asks on the controlling terminal, without an echo. An error where there is none, or the user broke off.
Result<std::string> ask_secret(std::string const& question);

}  // namespace offhook::dialer
