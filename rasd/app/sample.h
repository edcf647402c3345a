// A configuration with every key: what `rasd --sample` prints.
#pragma once

#include <string_view>

namespace offhook::rasd {

std::string_view sample_config();

}  // namespace offhook::rasd
