// rasd's control socket from the dialer's side: the list of connections, and their end.
#pragma once

#include <string>
#include <string_view>

#include "dialer/app/options.h"
#include "emulator/base/result.h"
#include "emulator/io/run_dir.h"

namespace offhook::dialer {

io::RunDir rasd_dir(Options const& options);

/// Why the manager could not be asked, or would not: 711 or 606, and a sentence.
struct ControlError {
  unsigned ras_error;
  std::string text;
};
[[noreturn]] void throw_exception_from_error(ControlError const& error, boost::source_location const&);
template <class T>
using ControlResult = boost::system::result<T, ControlError>;

/// Prints the list, or says that there is none.
ControlResult<void> list_connections(Options const& options);
/// Returns when the ports listen again.
ControlResult<void> disconnect(Options const& options);

/// The list as a table; `body` is the answer to "connections".
Result<std::string> connections_table(std::string_view body, bool colour);

}  // namespace offhook::dialer
