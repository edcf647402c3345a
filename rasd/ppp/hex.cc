#include "rasd/ppp/hex.h"

#include <charconv>

namespace offhook::ppp {

std::string hex(Bytes bytes) {
  std::string out;
  for (auto byte : bytes)
    for (int shift : {4, 0}) out += "0123456789ABCDEF"[static_cast<unsigned>(byte) >> shift & 15];
  return out;
}

std::optional<Buffer> unhex(std::string_view text, size_t size) {
  if (text.size() < 2 * size) return std::nullopt;
  Buffer out;
  for (size_t i = 0; i < size; ++i) {
    auto const digits = text.substr(2 * i, 2);
    unsigned value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    put8(out, value);
  }
  return out;
}

}  // namespace offhook::ppp
