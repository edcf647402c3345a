// A call that stays up when rasdial has returned: a process of its own dials and holds it, and tells its
// parent how it goes until it stands.
#pragma once

#include "dialer/app/caller.h"

namespace offhook::dialer {

/// The exit status of the process that was typed: 0 once the call stands. Ctrl-C cancels: this returns when
/// the port was given back.
int dial_in_background(SessionConfig config, LineUseConfig use);

}  // namespace offhook::dialer
