// What the network says of a call that did not come about, as a clearing cause.
#pragma once

#include "emulator/loop/loop.h"

namespace offhook::trunk {

/// Of an errno that connect() or what precedes it met. A refused port is a busy line: somebody is there and
/// takes no more.
loop::Cause cause_of_errno(int error);
/// Of what getaddrinfo() returned.
loop::Cause cause_of_lookup(int error);

}  // namespace offhook::trunk
