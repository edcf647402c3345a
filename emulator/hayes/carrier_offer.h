// What a modem offers to the other end when carriers start, from all the commands that bear on it. Pure.
#pragma once

#include "emulator/hayes/family.h"
#include "emulator/hayes/settings.h"
#include "emulator/loop/loop.h"

namespace offhook::hayes {

/// From +MS (and F, N by it), S37 and B, +ES (and \N, &Q, &M), +DS (and %C, &K of USR).
loop::StartCarrier carrier_offer(Family const& family, Settings const& settings, bool originate);

}  // namespace offhook::hayes
