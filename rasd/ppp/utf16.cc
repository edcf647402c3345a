#include "rasd/ppp/utf16.h"

namespace offhook::ppp {
namespace {

void put16_low_first(Buffer& out, uint32_t value) {
  put8(out, value & 0xff);
  put8(out, value >> 8 & 0xff);
}

struct Character {
  uint32_t value;
  size_t length;
};
Character next_character(std::string_view text) {
  auto const byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned const first = byte(0);
  size_t const more = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
  if (first < 0xc2 || first >= 0xf5 || text.size() <= more) return {first, 1};
  uint32_t value = first & (0x3fu >> more);
  for (size_t i = 1; i <= more; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {first, 1};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  return {value, 1 + more};
}

void put_utf8(std::string& out, uint32_t value) {
  auto const put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (value < 0x80) return put(value);
  if (value < 0x800) {
    put(0xc0 | value >> 6);
  } else {
    if (value < 0x10000) {
      put(0xe0 | value >> 12);
    } else {
      put(0xf0 | value >> 18);
      put(0x80 | (value >> 12 & 0x3f));
    }
    put(0x80 | (value >> 6 & 0x3f));
  }
  put(0x80 | (value & 0x3f));
}

}  // namespace

Buffer utf16(std::string_view text) {
  Buffer out;
  while (!text.empty()) {
    auto const [value, length] = next_character(text);
    text.remove_prefix(length);
    if (value < 0x10000) {
      put16_low_first(out, value);
    } else {
      put16_low_first(out, 0xd800 + ((value - 0x10000) >> 10));
      put16_low_first(out, 0xdc00 + ((value - 0x10000) & 0x3ff));
    }
  }
  return out;
}

std::string utf8(Bytes text) {
  std::string out;
  auto const unit = [&](size_t i) {
    return static_cast<uint32_t>(text[i]) | static_cast<uint32_t>(text[i + 1]) << 8;
  };
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    uint32_t value = unit(i);
    bool const pair = value >= 0xd800 && value < 0xdc00 && i + 3 < text.size() && unit(i + 2) >= 0xdc00 &&
                      unit(i + 2) < 0xe000;
    if (pair) {
      value = 0x10000 + ((value - 0xd800) << 10) + (unit(i + 2) - 0xdc00);
      i += 2;
    }
    put_utf8(out, value);
  }
  return out;
}

}  // namespace offhook::ppp
