// Where a bank lives, and what a killed bank left there.
#pragma once

#include <string>

#include "emulator/io/run_dir.h"

namespace offhook::app {

/// The bank's directory: `option` (--dir) or else VMODEM_DIR or else the user's own.
io::RunDir bank_dir(std::string const& option);

/// Why a socket of the bank could not be connected to.
Error no_way_in(io::RunDir const& dir, std::string const& socket, boost::system::error_code code);

/// Removes the sockets and the ports' names of a bank that did not end in order. Call it with the lock held.
void remove_leftovers(std::string const& dir);

}  // namespace offhook::app
