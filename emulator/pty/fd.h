#pragma once

#include "emulator/io/fd.h"

namespace offhook::pty {
using io::Fd;
}
