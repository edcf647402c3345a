// `vmodem run`: finds the bank, and runs the program with its circuits.
#pragma once

#include "emulator/verbs/call.h"

namespace offhook::app {

/// The program's exit status; 1 where it could not be run with a bank's circuits, which is said.
int run_program(verbs::Call const& call);

}  // namespace offhook::app
