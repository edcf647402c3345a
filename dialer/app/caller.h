// One call from its dialling to its end, in one process: the session, what the line is used for, and the
// signals that end it.
#pragma once

#include <functional>
#include <string>

#include "dialer/app/line_use.h"
#include "dialer/app/session.h"

namespace offhook::dialer {

/// Whom the call is told to.
struct Listener {
  std::function<void(std::string const& line)> progress;
  std::function<void(std::string const& line)> connected;
  /// The end of the call: of one that never stood, or of one that did.
  std::function<void(call::Result const& result, bool was_connected)> ended;
  /// A descriptor whose end cancels a call that is being made; -1: none. It is closed once the call stands.
  int leash = -1;
};

/// Returns when all is over: the program's exit status. SIGINT, SIGTERM and SIGHUP cancel or hang up; a
/// second one ends this process at once.
int run_call(SessionConfig config, LineUseConfig use, Listener listener);

}  // namespace offhook::dialer
