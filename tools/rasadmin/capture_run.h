// The frames of a port's links into a file, until Ctrl-C.
#pragma once

#include "tools/rasadmin/console.h"
#include "tools/rasadmin/options.h"

namespace offhook::rasadmin {

/// The file is whole whenever it ends. It is for its owner alone, and never takes another's place without
/// --force.
Status capture(Options const& options);

}  // namespace offhook::rasadmin
