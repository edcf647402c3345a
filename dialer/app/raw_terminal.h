// A terminal in raw mode, as long as this object lives; and secrets that are asked for on one.
#pragma once

#include <termios.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace boost::asio {
class io_context;
}

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

/// Whether there is somebody who can be asked: a controlling terminal, and we are in its foreground.
bool somebody_is_there();

/// The same question from within an event loop, which goes on meanwhile. Its end puts the terminal back.
class SecretPrompt {
 public:
  /// `answered` runs once, from the event loop: nothing where the user broke off, or the terminal is gone.
  static Result<std::unique_ptr<SecretPrompt>> ask(boost::asio::io_context& context,
                                                   std::string const& question,
                                                   std::function<void(std::optional<std::string>)> answered);
  virtual ~SecretPrompt() = default;
};

}  // namespace offhook::dialer
