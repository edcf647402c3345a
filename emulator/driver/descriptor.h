#pragma once

#include "emulator/io/descriptor.h"
#include "emulator/pty/fd.h"

namespace offhook::driver {
using io::Descriptor;
}
