// rasd's control socket from the dialer's side: the list of connections, and their end.
#pragma once

#include <string>
#include <string_view>

#include "dialer/app/options.h"
#include "emulator/base/result.h"
#include "emulator/io/run_dir.h"

namespace offhook::dialer {

io::RunDir rasd_dir(Options const& options);

/// Prints the list, or says that there is none.
Result<void> list_connections(Options const& options);
/// Returns when the ports listen again.
Result<void> disconnect(Options const& options);

/// The list as a table; `body` is the answer to "connections".
Result<std::string> connections_table(std::string_view body, bool colour);

}  // namespace offhook::dialer
