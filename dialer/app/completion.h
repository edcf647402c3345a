// What a shell is told so that it completes rasdial's words.
#pragma once

#include <string_view>

namespace offhook::dialer {

/// A script for bash; it asks `rasdial --completion entries` and `options` in its turn.
std::string_view bash_completion();

}  // namespace offhook::dialer
