#include "rasd/ppp/fcs.h"

#include <array>
#include <cstddef>

namespace offhook::ppp {
namespace {

constexpr size_t slices = 16;
using Tables = std::array<std::array<uint16_t, 256>, slices>;

/// tables[k][b]: what byte b does to the FCS when k bytes of zero follow it. Sixteen bytes then cost sixteen
/// independent look-ups instead of a chain of sixteen.
constexpr Tables make_tables() {
  Tables tables{};
  for (size_t byte = 0; byte < 256; ++byte) {
    auto value = static_cast<uint16_t>(byte);
    for (int bit = 0; bit < 8; ++bit)
      value = static_cast<uint16_t>(value & 1 ? (value >> 1) ^ 0x8408 : value >> 1);  // x^16 + x^12 + x^5 + 1
    tables[0][byte] = value;
  }
  for (size_t k = 1; k < slices; ++k)
    for (size_t byte = 0; byte < 256; ++byte) {
      uint16_t const before = tables[k - 1][byte];
      tables[k][byte] = static_cast<uint16_t>((before >> 8) ^ tables[0][before & 0xff]);
    }
  return tables;
}
constexpr Tables tables = make_tables();

}  // namespace

uint16_t fcs(uint16_t fcs, Bytes bytes) {
  auto const* at = reinterpret_cast<unsigned char const*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= slices; left -= slices, at += slices)
    fcs = static_cast<uint16_t>(tables[15][at[0] ^ (fcs & 0xff)] ^ tables[14][at[1] ^ (fcs >> 8)] ^
                                tables[13][at[2]] ^ tables[12][at[3]] ^ tables[11][at[4]] ^
                                tables[10][at[5]] ^ tables[9][at[6]] ^ tables[8][at[7]] ^ tables[7][at[8]] ^
                                tables[6][at[9]] ^ tables[5][at[10]] ^ tables[4][at[11]] ^ tables[3][at[12]] ^
                                tables[2][at[13]] ^ tables[1][at[14]] ^ tables[0][at[15]]);
  for (; left > 0; --left, ++at) fcs = static_cast<uint16_t>((fcs >> 8) ^ tables[0][(fcs ^ *at) & 0xff]);
  return fcs;
}

}  // namespace offhook::ppp
