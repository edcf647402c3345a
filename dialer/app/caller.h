// One call from its dialling to its end, in one process: the session, what the line is used for, and the
// signals that end it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "dialer/app/line_use.h"
#include "dialer/app/session.h"

namespace offhook::dialer {

enum class Ending : uint8_t {
  never_stood,
  in_order,  // by this end, or by the far end of a call whose bytes were the user's own
  dropped,   // the call stood, and was lost to who used it
};

/// Whom the call is told to.
struct Listener {
  std::function<void(std::string const& line)> progress;
  std::function<void(std::string const& line)> connected;
  std::function<void(call::Result const& result, Ending ending)> ended;
  /// A descriptor whose end cancels a call that is being made; -1: none. It is closed once the call stands.
  int leash = -1;
};

/// Returns when all is over: the program's exit status, 1 where that is 0 and its network was dropped.
/// SIGINT, SIGTERM and SIGHUP cancel or hang up; a second one ends this process at once.
int run_call(SessionConfig config, LineUseConfig use, Listener listener);

}  // namespace offhook::dialer
