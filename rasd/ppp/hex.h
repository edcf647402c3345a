// Bytes as hexadecimal digits: what MS-CHAP's texts are made of (RFC 2759 5, 6), and the RFCs' test vectors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rasd/ppp/packet.h"

namespace offhook::ppp {

/// Two capital digits a byte.
std::string hex(Bytes bytes);
/// The first `size` bytes out of twice as many digits, in either case; nothing where there are fewer, or
/// others.
std::optional<Buffer> unhex(std::string_view text, size_t size);

}  // namespace offhook::ppp
