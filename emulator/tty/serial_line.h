// What system calls do to a serial line: settings, circuits and their edges. No event loop, no memory.
#pragma once

#include <termios.h>

#include <cstdint>
#include <optional>

#include "emulator/base/result.h"
#include "emulator/v24/circuits.h"

namespace offhook::tty {

/// Raw, 8N1, CREAD CLOCAL HUPCL at the speed given; an error where termios has no such speed.
Result<termios> raw_settings(termios like, uint32_t rate_bps, bool rts_cts);

/// The circuits by TIOCMGET; nothing where the tty has none (ENOTTY).
std::optional<v24::Circuits> read_circuits(int fd);
/// 105 or 108 by TIOCMBIS and TIOCMBIC; false with errno.
bool write_circuit(int fd, v24::Circuit circuit, bool on);

/// The kernel's count of edges (TIOCGICOUNT): 125's trailing ones, both of 109.
struct EdgeCounts {
  uint32_t ri = 0, dcd = 0;
  bool operator==(EdgeCounts const&) const = default;
};
std::optional<EdgeCounts> read_edges(int fd);

}  // namespace offhook::tty
