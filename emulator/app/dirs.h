// Where a bank lives, and what a killed bank left there.
#pragma once

#include <string>

#include "emulator/io/run_dir.h"

namespace offhook::app {

/// The bank's directory: `option` (--dir) or else VMODEM_DIR or else the user's own.
io::RunDir bank_dir(std::string const& option);

/// Removes the sockets and the ports' names of a bank that did not end in order. Call it with the lock held.
void remove_leftovers(std::string const& dir);

}  // namespace offhook::app
