#include "emulator/tty/serial_line.h"

#include <linux/serial.h>
#include <sys/ioctl.h>

namespace offhook::tty {
namespace {

using v24::Circuit;

struct Speed {
  uint32_t bps;
  speed_t code;
};
constexpr Speed speeds[] = {
    {300, B300},        {600, B600},         {1200, B1200},       {1800, B1800},       {2400, B2400},
    {4800, B4800},      {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},
    {115200, B115200},  {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},
    {921600, B921600},  {1000000, B1000000}, {1500000, B1500000}, {2000000, B2000000}, {3000000, B3000000},
    {4000000, B4000000}};

struct Line {
  Circuit circuit;
  int bit;
};
constexpr Line lines[] = {{Circuit::rts, TIOCM_RTS}, {Circuit::cts, TIOCM_CTS}, {Circuit::dsr, TIOCM_DSR},
                          {Circuit::dtr, TIOCM_DTR}, {Circuit::dcd, TIOCM_CD},  {Circuit::ri, TIOCM_RI}};

}  // namespace

Result<termios> raw_settings(termios like, uint32_t rate_bps, bool rts_cts) {
  ::cfmakeraw(&like);
  like.c_cflag &= ~static_cast<tcflag_t>(CSIZE | CSTOPB | PARENB | CRTSCTS);
  like.c_cflag |= CS8 | CREAD | CLOCAL | HUPCL;
  if (rts_cts) like.c_cflag |= CRTSCTS;
  like.c_iflag &= ~static_cast<tcflag_t>(IXON | IXOFF);
  like.c_cc[VMIN] = 1;
  like.c_cc[VTIME] = 0;
  for (auto const& speed : speeds) {
    if (speed.bps != rate_bps) continue;
    ::cfsetispeed(&like, speed.code);
    ::cfsetospeed(&like, speed.code);
    return like;
  }
  return error("speed ", std::to_string(rate_bps),
               ": a serial line has 300 to 4000000 bit/s in the usual steps");
}

std::optional<v24::Circuits> read_circuits(int fd) {
  int bits = 0;
  if (::ioctl(fd, TIOCMGET, &bits) != 0) return std::nullopt;
  v24::Circuits circuits;
  for (auto const& line : lines) circuits.set(line.circuit, (bits & line.bit) != 0);
  return circuits;
}

bool write_circuit(int fd, Circuit circuit, bool on) {
  for (auto const& line : lines)
    if (line.circuit == circuit) return ::ioctl(fd, on ? TIOCMBIS : TIOCMBIC, &line.bit) == 0;
  return false;
}

std::optional<EdgeCounts> read_edges(int fd) {
  serial_icounter_struct counts{};
  if (::ioctl(fd, TIOCGICOUNT, &counts) != 0) return std::nullopt;
  return EdgeCounts{static_cast<uint32_t>(counts.rng), static_cast<uint32_t>(counts.dcd)};
}

}  // namespace offhook::tty
