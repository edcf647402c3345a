// The keys of [service.NAME.ppp]. For the reader of the configuration alone.
#pragma once

#include <cstdint>
#include <span>

#include "emulator/toml/keys.h"
#include "rasd/app/ppp_config.h"

namespace offhook::rasd {

std::span<keys::Key<PppConfig> const> ppp_keys();
/// What the keys mean together; defaults that depend on others are set.
keys::Complaint complete(PppConfig& config);

}  // namespace offhook::rasd
