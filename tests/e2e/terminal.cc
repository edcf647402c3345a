#include "tests/e2e/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "emulator/base/text.h"

namespace offhook::e2e {

namespace {
int milliseconds_until(Clock::time_point until) {
  auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}
}  // namespace

void Talk::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

testing::AssertionResult Talk::type(std::string_view text, Clock::duration limit) {
  auto const until = Clock::now() + limit;
  while (!text.empty()) {
    ssize_t const n = write(fd_, text.data(), text.size());
    if (n > 0) {
      text.remove_prefix(static_cast<size_t>(n));
      continue;
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return testing::AssertionFailure() << "write: " << std::strerror(errno);
    pollfd fd{fd_, POLLOUT, 0};
    if (poll(&fd, 1, milliseconds_until(until)) <= 0)
      return testing::AssertionFailure() << text.size() << " bytes could not be written in time";
  }
  return testing::AssertionSuccess();
}

Talk::Got Talk::read_some(Clock::time_point until) {
  for (;;) {
    pollfd fd{fd_, POLLIN, 0};
    if (poll(&fd, 1, milliseconds_until(until)) <= 0) return Got::nothing;
    char buffer[65536];
    ssize_t const n = read(fd_, buffer, sizeof buffer);
    if (n > 0) {
      unseen_.append(buffer, static_cast<size_t>(n));
      return Got::bytes;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    return Got::end;
  }
}

testing::AssertionResult Talk::expect(std::string_view text, Clock::duration limit) {
  auto const until = Clock::now() + limit;
  for (;;) {
    if (size_t const at = unseen_.find(text); at != unseen_.npos) {
      unseen_.erase(0, at + text.size());
      return testing::AssertionSuccess();
    }
    Got const got = read_some(until);
    if (got == Got::bytes) continue;
    return testing::AssertionFailure()
           << '"' << escaped(text) << "\" did not come " << (got == Got::end ? "before the end" : "in time")
           << "; what came: \"" << escaped(unseen_) << '"';
  }
}

std::optional<std::string> Talk::until(std::string_view text, Clock::duration limit) {
  auto const end = Clock::now() + limit;
  for (size_t at;;) {
    if (at = unseen_.find(text); at != unseen_.npos) {
      std::string before = unseen_.substr(0, at);
      unseen_.erase(0, at + text.size());
      return before;
    }
    if (read_some(end) != Got::bytes) return std::nullopt;
  }
}

std::string Talk::expect_one_of(std::vector<std::string> const& texts, Clock::duration limit) {
  auto const until = Clock::now() + limit;
  for (;;) {
    std::string const* first = nullptr;
    size_t at = unseen_.npos;
    for (auto const& text : texts)
      if (size_t const found = unseen_.find(text); found < at) at = found, first = &text;
    if (first != nullptr) {
      unseen_.erase(0, at + first->size());
      return *first;
    }
    if (read_some(until) != Got::bytes) return {};
  }
}

std::string Talk::take(size_t n, Clock::duration limit) {
  auto const until = Clock::now() + limit;
  while (unseen_.size() < n && read_some(until) == Got::bytes) {
  }
  std::string taken = unseen_.substr(0, n);
  unseen_.erase(0, n);
  return taken;
}

std::string Talk::listen(Clock::duration time) {
  auto const until = Clock::now() + time;
  while (read_some(until) == Got::bytes) {
  }
  return std::exchange(unseen_, {});
}

testing::AssertionResult Talk::expect_end(Clock::duration limit) {
  auto const until = Clock::now() + limit;
  for (;;) {
    Got const got = read_some(until);
    if (got == Got::end) return testing::AssertionSuccess();
    if (got == Got::nothing)
      return testing::AssertionFailure() << "no hang-up in time; what came: \"" << escaped(unseen_) << '"';
  }
}

Terminal::Terminal(Argv const& argv, Spawn const& spawn) {
  winsize size{24, 80, 0, 0};
  int master = -1;
  pid_t const pid = forkpty(&master, nullptr, nullptr, &size);
  if (pid == 0) {
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    become_child(spawn);
    exec(argv);
  }
  fcntl(master, F_SETFL, O_NONBLOCK);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  adopt(master);
  process_ = Process(pid);
}

Terminal::~Terminal() {
  close();
  process_.wait(500ms);
}

testing::AssertionResult Terminal::reaches_modem() {
  auto answered = testing::AssertionFailure();
  for (int tries = 0; tries < 15 && !answered; ++tries)
    answered = type("AT\r") ? expect("OK", 2s) : testing::AssertionFailure() << "the terminal is gone";
  return answered;
}

PortFile::PortFile(std::string const& path, Modem modem)
    : Talk(open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
  termios settings{};
  if (!is_open() || tcgetattr(fd(), &settings) != 0) return;
  cfmakeraw(&settings);
  cfsetspeed(&settings, B115200);
  settings.c_cflag |= CREAD | HUPCL | CLOCAL;
  if (modem == Modem::controls) settings.c_cflag &= ~static_cast<tcflag_t>(CLOCAL);
  tcsetattr(fd(), TCSANOW, &settings);
}

testing::AssertionResult PortFile::command(std::string_view line) {
  if (auto typed = type(std::string(line) + "\r"); !typed) return typed;
  return expect("\r\nOK\r\n");
}

void PortFile::make_blocking() { fcntl(fd(), F_SETFL, 0); }

}  // namespace offhook::e2e
