#include "emulator/pty/pty.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/ttydefaults.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace offhook::pty {
namespace {

struct Speed {
  speed_t code;
  uint32_t bps;
};
constexpr std::array speeds{
    Speed{B50, 50},           Speed{B75, 75},           Speed{B110, 110},         Speed{B134, 134},
    Speed{B150, 150},         Speed{B200, 200},         Speed{B300, 300},         Speed{B600, 600},
    Speed{B1200, 1200},       Speed{B1800, 1800},       Speed{B2400, 2400},       Speed{B4800, 4800},
    Speed{B9600, 9600},       Speed{B19200, 19200},     Speed{B38400, 38400},     Speed{B57600, 57600},
    Speed{B115200, 115200},   Speed{B230400, 230400},   Speed{B460800, 460800},   Speed{B500000, 500000},
    Speed{B576000, 576000},   Speed{B921600, 921600},   Speed{B1000000, 1000000}, Speed{B1152000, 1152000},
    Speed{B1500000, 1500000}, Speed{B2000000, 2000000}, Speed{B2500000, 2500000}, Speed{B3000000, 3000000},
    Speed{B3500000, 3500000}, Speed{B4000000, 4000000}};

Error refused(char const* what, int code) {
  std::string hint;
  if (code == ENOSPC) hint = "; raise kernel.pty.max (sysctl -w kernel.pty.max=N)";
  if (code == EMFILE) hint = "; raise the limit of open files (ulimit -n, LimitNOFILE=)";
  return error(what, ": ", std::strerror(code), hint);
}

/// A slave descriptor of our own, whatever the name points to by now.
io::Fd open_slave(int master) {
  return io::Fd(::ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
}

size_t input_waiting(int slave) {
  int n = 0;
  return ::ioctl(slave, FIONREAD, &n) == 0 && n > 0 ? static_cast<size_t>(n) : 0;
}

}  // namespace

termios raw_settings() {
  termios t{};
  ::cfmakeraw(&t);
  t.c_cflag = CS8 | CREAD | HUPCL | CLOCAL;
  // As the kernel makes a tty: who only sets IXON, ICANON or ISIG finds the characters that go with it.
  static constexpr std::pair<int, int> characters[] = {
      {VINTR, CINTR},     {VQUIT, CQUIT},     {VERASE, CERASE}, {VKILL, CKILL},
      {VEOF, CEOF},       {VSTART, CSTART},   {VSTOP, CSTOP},   {VSUSP, CSUSP},
      {VREPRINT, CRPRNT}, {VWERASE, CWERASE}, {VLNEXT, CLNEXT}, {VDISCARD, CDISCARD},
  };
  for (auto const& [index, character] : characters) t.c_cc[index] = static_cast<cc_t>(character);
  t.c_cc[VMIN] = 1;
  t.c_cc[VTIME] = 0;
  ::cfsetispeed(&t, B115200);
  ::cfsetospeed(&t, B115200);
  return t;
}

Result<Pty> Pty::open(termios const& settings, Access const& access) {
  int master_fd = -1, slave_fd = -1;
  if (::openpty(&master_fd, &slave_fd, nullptr, &settings, nullptr) != 0) return refused("openpty", errno);
  io::Fd master(master_fd), slave(slave_fd);
  unsigned index = 0;
  if (::ioctl(master.get(), TIOCGPTN, &index) != 0) return refused("TIOCGPTN", errno);
  if (::fcntl(master.get(), F_SETFD, FD_CLOEXEC) != 0) return refused("FD_CLOEXEC", errno);
  if (::fcntl(master.get(), F_SETFL, O_NONBLOCK) != 0) return refused("O_NONBLOCK", errno);
  if (access.group && ::fchown(slave.get(), static_cast<uid_t>(-1), *access.group) != 0)
    return refused("giving the port to its group", errno);
  if (::fchmod(slave.get(), access.mode) != 0) return refused("setting the port's mode", errno);
  return Pty(std::move(master), index);
}

Presence presence(int master) {
  pollfd p{master, POLLIN, 0};
  if (::poll(&p, 1, 0) < 0) return {};
  return {(p.revents & POLLHUP) == 0, (p.revents & POLLIN) != 0};
}

std::optional<termios> read_termios(int master) {
  termios t{};
  if (::tcgetattr(master, &t) != 0) return std::nullopt;
  return t;
}

Settings settings(termios const& t) {
  Settings s;
  speed_t const code = ::cfgetospeed(&t);
  s.hang_up = code == B0;
  for (auto const& speed : speeds)
    if (speed.code == code) s.rate_bps = speed.bps;
  s.clocal = (t.c_cflag & CLOCAL) != 0;
  s.hupcl = (t.c_cflag & HUPCL) != 0;
  return s;
}

Cleared clear_after_last_close(int master) {
  io::Fd const slave = open_slave(master);
  if (!slave) return {errno == EBUSY, 0};
  Cleared cleared;
  cleared.unread = input_waiting(slave.get());
  // A serial port forgets its unread input with the last close; a pty keeps it for the next program.
  ::tcflush(slave.get(), TCIFLUSH);
  // Only root gets this far past a stale TIOCEXCL.
  int exclusive = 0;
  if (::ioctl(slave.get(), TIOCGEXCL, &exclusive) == 0 && exclusive != 0) ::ioctl(slave.get(), TIOCNXCL);
  return cleared;
}

Result<void> lock_out(int master) {
  io::Fd const slave = open_slave(master);
  if (!slave) return refused("opening the port for ourselves", errno);
  if (::ioctl(slave.get(), TIOCEXCL) != 0) return refused("TIOCEXCL", errno);
  return {};
}

size_t unread(int master) {
  io::Fd const slave = open_slave(master);
  return slave ? input_waiting(slave.get()) : 0;
}

}  // namespace offhook::pty
