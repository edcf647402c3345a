// Starts a program under the filter: the front stays where the shell put it and ends, stops and goes on as
// the program does; the supervisor is the program's parent, in a session of its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace offhook::supervise {

/// A started program, as its parent has it.
struct Launched {
  pid_t pid = -1;
  io::Fd listener;
};

/// Why a program was not started.
struct Obstacle {
  std::string text;
  int status;  // to exit with: 127 no such program, 126 it cannot be run, 1 anything else
};

/// Forks, installs the filter, and runs the program with these signals blocked. Only where it does not run is
/// there an obstacle. `opens`: its blocking opens are asked about, too.
struct Launch {
  Launched program;
  Obstacle obstacle;  // of pid -1
};
Launch launch(std::vector<std::string> const& words, sigset_t const& blocked, bool opens);

/// What will not work for this program as this user, as one line; empty where nothing is known.
std::string caveat(std::string const& program);

}  // namespace offhook::supervise
