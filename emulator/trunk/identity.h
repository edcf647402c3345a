// Who calls from the network, as caller identity.
#pragma once

#include <string_view>

#include "emulator/loop/loop.h"

namespace offhook::trunk {

/// The name is the address without its port, of a longer one than 15 characters its end; there is no number
/// to call back, so that is unavailable ('O').
loop::CallerId identity(std::string_view address);

}  // namespace offhook::trunk
