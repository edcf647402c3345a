// Passwords as Microsoft's protocols have them: UTF-16, the low byte first.
#pragma once

#include <string>
#include <string_view>

#include "rasd/ppp/packet.h"

namespace offhook::ppp {

/// `text` is UTF-8; a byte that is not stands for itself.
Buffer utf16(std::string_view text);
/// And back. A surrogate without its other half stays what it is.
std::string utf8(Bytes text);

}  // namespace offhook::ppp
