#include "dialer/app/background.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>

#include "dialer/app/console.h"

namespace offhook::dialer {
namespace {

/// What the holder tells, one line each: a letter, then text without line ends.
namespace tells {
constexpr char progress = 'p', connected = 'c', failed = 'f';
}

constexpr auto patience = std::chrono::seconds(12);  // for a port that is given back

// ---- the holder ----

void report(int to, char kind, std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  text = kind + text + "\n";
  // Who does not read, or is gone, goes without.
  (void)::send(to, text.data(), text.size(), MSG_NOSIGNAL);
}

/// Nothing of the terminal, the session, the directory or the descriptors of who typed the command is kept,
/// but the way to him: returns its new number.
int leave_the_terminal(int parent) {
  ::setsid();
  int const null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (null >= 0) ::dup2(null, fd);
  constexpr int kept = STDERR_FILENO + 1;
  if (parent != kept) ::dup3(parent, kept, O_CLOEXEC);
  ::close_range(kept + 1, ~0u, 0);
  // Where it may not go there, it stays where it is.
  (void)!::chdir("/");
  return kept;
}

[[noreturn]] void hold(SessionConfig config, LineUseConfig use, int from) {
  int const parent = leave_the_terminal(from);
  Listener listener;
  listener.leash = ::fcntl(parent, F_DUPFD_CLOEXEC, 3);
  listener.progress = [parent](std::string const& line) { report(parent, tells::progress, line); };
  listener.connected = [parent](std::string const& line) {
    report(parent, tells::connected, line);
    ::close(parent);
  };
  listener.ended = [parent](call::Result const& result, Ending ending) {
    if (ending == Ending::never_stood)
      report(parent, tells::failed, std::to_string(result.ras_error) + " " + result.text);
  };
  ::_exit(run_call(std::move(config), std::move(use), std::move(listener)));
}

// ---- who waits for it ----

class Waiting {
 public:
  Waiting(pid_t holder, io::Fd from, io::Fd signals)
      : holder_(holder), from_(std::move(from)), signals_(std::move(signals)) {}

  int run() {
    while (!status_) {
      std::array<pollfd, 2> fds{{{from_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
      int const n = ::poll(fds.data(), fds.size(), cancelled_ ? milliseconds_left() : -1);
      if (n < 0 && errno != EINTR) break;
      if (n == 0) return give_up();
      if (n > 0 && fds[1].revents != 0) on_signal();
      if (n > 0 && fds[0].revents != 0) read();
    }
    return status_.value_or(1);
  }

 private:
  int milliseconds_left() const {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(*cancelled_ + patience -
                                                                   std::chrono::steady_clock::now());
    return std::max<int>(0, static_cast<int>(left.count()));
  }
  void on_signal() {
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
    if (cancelled_) {  // the lease ends with the process
      ::kill(holder_, SIGKILL);
      Voice::complain("left at once; the port manager takes the port back");
      status_ = 128 + static_cast<int>(info.ssi_signo);
      return;
    }
    cancelled_ = std::chrono::steady_clock::now();
    ::kill(holder_, SIGTERM);
  }
  int give_up() {
    ::kill(holder_, SIGKILL);
    Voice::failure(638, "The port was not given back in time; the lease has ended with its process.");
    return 1;
  }
  void read() {
    std::array<char, 4096> bytes;
    ssize_t const n = ::read(from_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) {
      Voice::failure(668, "The process that dialled has died; the port manager takes the port back.");
      status_ = 1;
      return;
    }
    text_.append(bytes.data(), static_cast<size_t>(n));
    for (size_t end; !status_ && (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1))
      heard(text_.substr(0, end));
  }
  void heard(std::string const& line) {
    std::string const text = line.substr(1);
    if (line[0] == tells::progress) return voice_.say(text);
    status_ = line[0] == tells::connected ? 0 : 1;
    if (*status_ == 0) return voice_.success(text);
    unsigned code = 0;
    auto const [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), code);
    Voice::failure(code, std::string(rest + 1, text.data() + text.size()));
  }

  pid_t holder_;
  io::Fd from_, signals_;
  Voice voice_{STDOUT_FILENO};
  std::string text_;
  std::optional<std::chrono::steady_clock::time_point> cancelled_;
  std::optional<int> status_;
};

}  // namespace

int dial_in_background(SessionConfig config, LineUseConfig use) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return Voice::complain(std::string("a pair of sockets: ") + std::strerror(errno)), 1;
  io::Fd ours(ends[0]), holders(ends[1]);
  sigset_t signals;
  ::sigemptyset(&signals);
  for (int const signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  pid_t const holder = ::fork();
  if (holder < 0) return Voice::complain(std::string("a process: ") + std::strerror(errno)), 1;
  if (holder == 0) {
    ours = io::Fd();
    ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
    hold(std::move(config), std::move(use), holders.release());
  }
  holders = io::Fd();
  io::Fd watched(::signalfd(-1, &signals, SFD_CLOEXEC));
  return Waiting(holder, std::move(ours), std::move(watched)).run();
}

}  // namespace offhook::dialer
