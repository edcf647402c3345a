// A character between DTE and DCE: how many bits, which parity, and what a UART at the DTE's end makes of
// bytes that hold eight. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace offhook::v24 {

// The numbers are RFC 2217's (section 2), and the side channel's.
enum class Parity : uint8_t { none = 1, odd, even, mark, space };
enum class StopBits : uint8_t { one = 1, two, one_and_a_half };

struct Format {
  uint8_t data_bits = 8;  // 5 to 8
  Parity parity = Parity::none;
  StopBits stop_bits = StopBits::one;
  bool operator==(Format const&) const = default;
};
/// "8N1", "7E1", "8N1.5"
std::string text(Format const& format);

/// Bytes are not the same at both ends of such a UART. With eight data bits they are: a DCE finds the speed
/// and the length of a character out (V.250 4.3), and its line carries the eight.
constexpr bool alters(Format const& format) { return format.data_bits != 8; }
/// What the DTE writes, as a DCE has it whose line carries eight bits a character: behind the DTE's own come
/// the parity bit, and stop bits, which are ones.
void to_dce(Format const& format, std::span<std::byte> bytes);
/// What the DCE sends, as the DTE reads it: its own bits.
void to_dte(Format const& format, std::span<std::byte> bytes);

}  // namespace offhook::v24
