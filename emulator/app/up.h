// `vmodem up`: a bank in the foreground, from its configuration to its end by a signal.
#pragma once

#include "emulator/app/config.h"
#include "emulator/app/dirs.h"
#include "emulator/verbs/call.h"

namespace offhook::app {

/// What a bank runs with: the configuration, with the command line before it and the defaults after it.
struct Setup {
  io::RunDir dir;
  driver::BankConfig bank;
  std::string phonebook;  // its file; empty: none
  std::string log = "warn";
  bool seed_given = false;  // by the configuration or the command line
};
Result<Setup> make_setup(verbs::Call const& call);

/// An error where the system's limits (pseudo-terminals, descriptors) are below what so many modems need,
/// which says how to raise them. Raises this process's own limit as far as it may.
Result<void> make_room(size_t modems);

/// Runs the bank until SIGTERM or SIGINT.
Result<void> run_bank(Setup const& setup);

}  // namespace offhook::app
