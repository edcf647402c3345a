// Bytes as text for people: escapes, and the comparison the command line needs.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "emulator/base/byte_queue.h"

namespace offhook {

/// Bytes as printable ASCII: \r \n \t \\ \" by name, everything else outside 0x20-0x7e as \xHH. For logs and
/// traces.
std::string escaped(Bytes bytes);
std::string escaped(std::string_view text);

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

}  // namespace offhook
