// The circuits as Linux's modem-line ioctls say them: TIOCM bits, edge counters, TIOCGSERIAL. Pure.
#pragma once

#include <linux/serial.h>

#include <cstdint>
#include <string_view>

#include "emulator/v24/side_channel.h"

namespace offhook::supervise {

/// What TIOCMGET says of these circuits.
int to_tiocm(v24::Circuits circuits);
/// The circuits of a port whose bank is gone, or whose pty was replaced: the DCE shows nothing.
v24::Circuits without_dce(v24::Circuits circuits);

/// 105 and 108 as TIOCMSET, TIOCMBIS or TIOCMBIC with these bits want them; the mask is empty where none of
/// the two is named.
struct Wish {
  v24::Circuits mask, values;
};
Wish wish(uint32_t request, int bits);

/// How often each circuit changed, as struct serial_icounter_struct counts: both edges of 106, 107 and 109;
/// of 125 when it comes ON.
struct Counts {
  uint32_t cts = 0, dsr = 0, dcd = 0, ri = 0;
  bool operator==(Counts const&) const = default;
};
Counts counts(v24::Circuits circuits, v24::OnEdges const& on_edges);
/// Whether one of the lines that TIOCMIWAIT awaits changed.
bool edge(Counts const& before, Counts const& now, uint64_t awaited);

/// What a termios' c_cflag says of characters, and that it says it: a pty forgets CSIZE and PARENB.
v24::Format format_of(uint32_t cflag);
uint32_t with_format(uint32_t cflag, v24::Format const& format);

serial_icounter_struct icounter(Counts const& counts);
/// A 16550A, at the line number that the port's name ends in.
serial_struct serial(std::string_view port);

}  // namespace offhook::supervise
