// A verb of the table, asked of a running bank by its control socket, and shown to a person or printed as
// JSON.
#pragma once

#include <string>
#include <vector>

#include "emulator/verbs/call.h"

namespace offhook::app {

/// The exit status: 0 done, 1 what was asked for failed.
int run_on_bank(verbs::Call const& call);

/// The names of a running bank's ports; none where no bank runs. For completion: it says nothing and waits
/// little.
std::vector<std::string> port_names(std::string const& dir_option);

}  // namespace offhook::app
