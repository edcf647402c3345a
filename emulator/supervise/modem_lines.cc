#include "emulator/supervise/modem_lines.h"

#include <linux/tty_flags.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <algorithm>

namespace offhook::supervise {
namespace {

using v24::Circuit;

constexpr struct {
  Circuit circuit;
  int bit;
} lines[] = {{Circuit::rts, TIOCM_RTS}, {Circuit::cts, TIOCM_CTS}, {Circuit::dsr, TIOCM_DSR},
             {Circuit::dtr, TIOCM_DTR}, {Circuit::dcd, TIOCM_CAR}, {Circuit::ri, TIOCM_RNG}};

/// A circuit is OFF when a bank comes up: from the edges to ON follow those to OFF.
uint32_t both_edges(uint32_t on_edges, bool on_now) { return 2 * on_edges - (on_now ? 1 : 0); }

constexpr uint32_t stick_parity = 0x40000000;  // CMSPAR, which POSIX does not have

constexpr int port_16550a = 4;  // PORT_16550A of the kernel's serial_core.h

}  // namespace

int to_tiocm(v24::Circuits circuits) {
  int bits = 0;
  for (auto const& line : lines)
    if (circuits.on(line.circuit)) bits |= line.bit;
  return bits;
}

v24::Circuits without_dce(v24::Circuits circuits) {
  for (auto const circuit : v24::all_circuits)
    if (!v24::from_dte(circuit)) circuits.set(circuit, false);
  return circuits;
}

Wish wish(uint32_t request, int bits) {
  Wish wish;
  for (auto const& line : lines) {
    if (!v24::from_dte(line.circuit)) continue;
    bool const named = (bits & line.bit) != 0;
    wish.mask.set(line.circuit, named || request == TIOCMSET);
    wish.values.set(line.circuit, named && request != TIOCMBIC);
  }
  return wish;
}

Counts counts(v24::Circuits circuits, v24::OnEdges const& on_edges) {
  return {both_edges(on_edges.cts, circuits.on(Circuit::cts)),
          both_edges(on_edges.dsr, circuits.on(Circuit::dsr)),
          both_edges(on_edges.dcd, circuits.on(Circuit::dcd)), on_edges.ri};
}

bool edge(Counts const& before, Counts const& now, uint64_t awaited) {
  return ((awaited & TIOCM_CTS) != 0 && before.cts != now.cts) ||
         ((awaited & TIOCM_DSR) != 0 && before.dsr != now.dsr) ||
         ((awaited & TIOCM_CAR) != 0 && before.dcd != now.dcd) ||
         ((awaited & TIOCM_RNG) != 0 && before.ri != now.ri);
}

v24::Format format_of(uint32_t cflag) {
  static constexpr uint32_t sizes[] = {CS5, CS6, CS7, CS8};
  auto const size = std::ranges::find(sizes, cflag & CSIZE);
  bool const odd = (cflag & PARODD) != 0;
  auto const sticky = odd ? v24::Parity::mark : v24::Parity::space;
  auto const counted = odd ? v24::Parity::odd : v24::Parity::even;
  return {.data_bits = static_cast<uint8_t>(5 + (size - sizes)),
          .parity = (cflag & PARENB) == 0         ? v24::Parity::none
                    : (cflag & stick_parity) != 0 ? sticky
                                                  : counted,
          .stop_bits = (cflag & CSTOPB) != 0 ? v24::StopBits::two : v24::StopBits::one};
}

uint32_t with_format(uint32_t cflag, v24::Format const& format) {
  static constexpr uint32_t sizes[] = {CS5, CS6, CS7, CS8};
  cflag &= ~static_cast<uint32_t>(CSIZE | PARENB);
  return cflag | sizes[format.data_bits - 5] | (format.parity == v24::Parity::none ? 0 : PARENB);
}

serial_icounter_struct icounter(Counts const& counts) {
  serial_icounter_struct out{};
  out.cts = static_cast<int>(counts.cts);
  out.dsr = static_cast<int>(counts.dsr);
  out.dcd = static_cast<int>(counts.dcd);
  out.rng = static_cast<int>(counts.ri);
  return out;
}

serial_struct serial(std::string_view port) {
  serial_struct out{};
  out.type = port_16550a;
  auto const digits = port.find_last_not_of("0123456789") + 1;
  for (char const c : port.substr(std::min(digits, port.size())).substr(0, 6))
    out.line = out.line * 10 + (c - '0');
  out.baud_base = 115200;
  out.xmit_fifo_size = 16;
  out.close_delay = 50;     // hundredths of a second, as setserial's 'close_delay' has them
  out.closing_wait = 3000;  // the kernel's own defaults
  return out;
}

}  // namespace offhook::supervise
