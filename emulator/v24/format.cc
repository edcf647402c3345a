#include "emulator/v24/format.h"

#include <bit>
#include <string_view>

namespace offhook::v24 {
namespace {

bool parity_bit(Parity parity, unsigned data) {
  bool const odd = std::popcount(data) % 2 != 0;
  switch (parity) {
    case Parity::odd:
      return !odd;
    case Parity::even:
      return odd;
    case Parity::space:
      return false;
    case Parity::mark:
    case Parity::none:  // a stop bit stands there
      return true;
  }
  return true;
}

constexpr unsigned data_mask(Format const& format) { return (1u << format.data_bits) - 1; }

}  // namespace

std::string text(Format const& format) {
  static constexpr char parities[] = " NOEMS";
  static constexpr std::string_view stops[] = {"", "1", "2", "1.5"};
  return std::to_string(format.data_bits) + parities[static_cast<size_t>(format.parity)] +
         std::string(stops[static_cast<size_t>(format.stop_bits)]);
}

void to_dce(Format const& format, std::span<std::byte> bytes) {
  if (!alters(format)) return;
  unsigned const mask = data_mask(format), next = mask + 1, rest = 0xff & ~(mask | next);
  for (std::byte& b : bytes) {
    unsigned const data = std::to_integer<unsigned>(b) & mask;
    b = static_cast<std::byte>(data | rest | (parity_bit(format.parity, data) ? next : 0));
  }
}

void to_dte(Format const& format, std::span<std::byte> bytes) {
  auto const mask = static_cast<std::byte>(data_mask(format));
  for (std::byte& b : bytes) b &= mask;
}

}  // namespace offhook::v24
