// The codes of the Com Port Control Option (RFC 2217), by the names it gives them.
#pragma once

#include <cstdint>

#include "emulator/v24/format.h"

namespace offhook::rfc2217 {

/// Section 1: as the client sends them; the access server adds 100.
enum class Command : uint8_t {
  signature = 0,
  set_baudrate = 1,
  set_datasize = 2,
  set_parity = 3,
  set_stopsize = 4,
  set_control = 5,
  notify_linestate = 6,
  notify_modemstate = 7,
  flowcontrol_suspend = 8,
  flowcontrol_resume = 9,
  set_linestate_mask = 10,
  set_modemstate_mask = 11,
  purge_data = 12,
};
inline constexpr uint8_t from_server = 100;

/// Section 4. The low half of a modem state says what changed since the one before; of RI, that it went off.
namespace modem_state {
inline constexpr uint8_t dcd = 128, ri = 64, dsr = 32, cts = 16, levels = 0xf0;
inline constexpr uint8_t dcd_changed = 8, ri_fell = 4, dsr_changed = 2, cts_changed = 1;
}  // namespace modem_state
namespace line_state {
inline constexpr uint8_t break_detected = 16;
}  // namespace line_state

/// Section 2. A value of 0 asks for the one in force.
using v24::Parity;
using v24::StopBits;

/// Section 3, SET-CONTROL: the values that stand for a flow control, outbound (and both ways) ...
enum class Outbound : uint8_t { none = 1, xon_xoff = 2, hardware = 3, dcd = 17, dsr = 19 };
/// ... and inbound. DTR (18) is not among ours: it would hang up.
enum class Inbound : uint8_t { none = 14, xon_xoff = 15, hardware = 16 };

}  // namespace offhook::rfc2217
