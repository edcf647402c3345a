// Completion in a shell: the script it sources, and what the script asks for.
#pragma once

#include "emulator/verbs/call.h"

namespace offhook::app {

/// `vmodem completion SHELL`: prints the script; with words after "--", what may stand for the last of them.
void print_completion(verbs::Call const& call);

}  // namespace offhook::app
