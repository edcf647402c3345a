#include "dialer/app/raw_terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "emulator/io/fd.h"

namespace offhook::dialer {

Result<RawTerminal> RawTerminal::take(int fd) {
  termios before{};
  if (::tcgetattr(fd, &before) != 0) return error("standard input is no terminal: --stdio is for those");
  termios raw = before;
  ::cfmakeraw(&raw);
  if (::tcsetattr(fd, TCSADRAIN, &raw) != 0) return error("the terminal: ", std::strerror(errno));
  return RawTerminal(fd, before);
}

RawTerminal::RawTerminal(RawTerminal&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), before_(other.before_) {}

RawTerminal::~RawTerminal() {
  if (fd_ >= 0) ::tcsetattr(fd_, TCSANOW, &before_);  // a stopped terminal must not hold us up
}

Result<std::string> ask_secret(std::string const& question) {
  constexpr size_t longest = 256;
  io::Fd const terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (!terminal) return error("a password '*' is asked for on a terminal, and there is none");
  termios before{};
  if (::tcgetattr(terminal.get(), &before) != 0) return error("the terminal: ", std::strerror(errno));
  termios mute = before;
  // Signals are taken as characters, so that none ends us before the echo is back.
  mute.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
  ::tcsetattr(terminal.get(), TCSAFLUSH, &mute);
  std::string secret;
  bool broken_off = ::write(terminal.get(), question.data(), question.size()) < 0;
  for (char c = 0; !broken_off;) {
    ssize_t const n = ::read(terminal.get(), &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || c == '\x03' || c == '\x1c') broken_off = true;
    if (n <= 0 || c == '\r' || c == '\n' || c == '\x04') break;
    if (c == '\x7f' || c == '\b') {
      if (!secret.empty()) secret.pop_back();
    } else if (c == '\x15') {
      secret.clear();
    } else if (secret.size() < longest) {
      secret += c;
    }
  }
  ::tcsetattr(terminal.get(), TCSAFLUSH, &before);
  if (::write(terminal.get(), "\n", 1) < 0 || broken_off) return error("no password was given");
  return {boost::system::in_place_value, std::move(secret)};
}

}  // namespace offhook::dialer
