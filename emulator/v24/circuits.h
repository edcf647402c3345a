// The interchange circuits of V.24 between DTE and DCE, by their ITU numbers, and a set of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace offhook::v24 {

/// ITU-T V.24 (02/2000) section 3. 105-109 and 125 are what a serial port shows.
enum class Circuit : uint8_t {
  rts,  // 105 request to send, from the DTE
  cts,  // 106 ready for sending
  dsr,  // 107 data set ready
  dtr,  // 108/2 data terminal ready, from the DTE
  dcd,  // 109 data channel received line signal detector
  ri,   // 125 calling indicator
};
inline constexpr std::array all_circuits{Circuit::rts, Circuit::cts, Circuit::dsr,
                                         Circuit::dtr, Circuit::dcd, Circuit::ri};

/// "109/DCD", as logs write it.
std::string_view label(Circuit);
/// "dcd", as JSON and the command line write it.
std::string_view name(Circuit);
constexpr bool from_dte(Circuit c) { return c == Circuit::rts || c == Circuit::dtr; }

/// Which circuits are ON.
class Circuits {
 public:
  constexpr Circuits() = default;
  explicit constexpr Circuits(uint8_t bits) : bits_(bits & 0x3f) {}

  constexpr bool on(Circuit c) const { return (bits_ & bit(c)) != 0; }
  /// True where this changed something.
  constexpr bool set(Circuit c, bool on) {
    uint8_t const before = bits_;
    bits_ = static_cast<uint8_t>(on ? bits_ | bit(c) : bits_ & ~bit(c));
    return bits_ != before;
  }
  constexpr uint8_t bits() const { return bits_; }
  bool operator==(Circuits const&) const = default;

 private:
  static constexpr uint8_t bit(Circuit c) { return static_cast<uint8_t>(1u << static_cast<unsigned>(c)); }
  uint8_t bits_ = 0;
};

}  // namespace offhook::v24
