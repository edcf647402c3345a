#pragma once

#include "emulator/io/alarm.h"

namespace offhook::driver {
using io::Alarm;
using io::now;
using io::seconds;
}  // namespace offhook::driver
