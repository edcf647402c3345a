// A program in our foreground: in our process group and on our terminal, so that Ctrl-C reaches it.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <termios.h>

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace offhook::rasadmin {

/// The terminal as it was: its settings and its foreground.
class TerminalKeeper {
 public:
  TerminalKeeper();
  /// Idempotent.
  void restore();

 private:
  io::Fd terminal_;
  termios settings_{};
  pid_t foreground_ = -1;
};

class Program {
 public:
  /// `port` becomes descriptors 0 and 1. `signals`: what is blocked in the program. It dies with us (SIGHUP).
  static Result<Program> start(std::vector<std::string> const& command, int port, std::string const& path,
                               sigset_t const& signals);
  /// Readable once it has ended.
  int exit_fd() const { return exit_.get(); }
  void signal(int number);
  /// As a shell says it. Nothing: it runs.
  std::optional<int> exit_status();

 private:
  pid_t pid_ = -1;
  io::Fd exit_;
};

}  // namespace offhook::rasadmin
