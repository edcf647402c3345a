#include "dialer/app/raw_terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "emulator/io/descriptor.h"

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

namespace {

/// A secret as it is typed, a character at a time.
class Typed {
 public:
  enum class Now { goes_on, entered, broken_off };
  Now type(char c) {
    if (c == '\x03' || c == '\x1c') return Now::broken_off;
    if (c == '\r' || c == '\n' || c == '\x04') return Now::entered;
    if (c == '\x7f' || c == '\b') {
      if (!secret_.empty()) secret_.pop_back();
    } else if (c == '\x15') {
      secret_.clear();
    } else if (secret_.size() < longest) {
      secret_ += c;
    }
    return Now::goes_on;
  }
  std::string const& secret() const { return secret_; }

 private:
  static constexpr size_t longest = 256;
  std::string secret_;
};

/// The controlling terminal, which shows nothing of what is typed.
class MuteTerminal {
 public:
  static Result<MuteTerminal> take(int flags) {
    io::Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | flags));
    if (!terminal) return error("a password '*' is asked for on a terminal, and there is none");
    termios before{};
    if (::tcgetattr(terminal.get(), &before) != 0) return error("the terminal: ", std::strerror(errno));
    termios mute = before;
    // Signals are taken as characters, so that none ends us before the echo is back.
    mute.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    ::tcsetattr(terminal.get(), TCSAFLUSH, &mute);
    return MuteTerminal(std::move(terminal), before);
  }
  MuteTerminal(MuteTerminal&&) noexcept = default;
  MuteTerminal& operator=(MuteTerminal&&) = delete;
  ~MuteTerminal() {
    if (!fd_) return;
    ::tcsetattr(fd_.get(), TCSAFLUSH, &before_);
    (void)say("\n");
  }
  bool say(std::string_view text) const { return ::write(fd_.get(), text.data(), text.size()) >= 0; }
  int fd() const { return fd_.get(); }

 private:
  MuteTerminal(io::Fd fd, termios const& before) : fd_(std::move(fd)), before_(before) {}
  io::Fd fd_;
  termios before_;
};

class Prompt : public SecretPrompt {
 public:
  Prompt(boost::asio::io_context& context, MuteTerminal terminal,
         std::function<void(std::optional<std::string>)> answered)
      : context_(context),
        terminal_(std::move(terminal)),
        answered_(std::move(answered)),
        typing_(
            context, [this] { read(); }, [] {}) {}
  Result<void> start(std::string const& question) {
    io::Fd copy(::fcntl(terminal_->fd(), F_DUPFD_CLOEXEC, 3));
    if (!copy) return error("the terminal: ", std::strerror(errno));
    if (auto const assigned = typing_.assign(std::move(copy)); !assigned) return assigned.error();
    if (!terminal_->say(question)) return error("the terminal: ", std::strerror(errno));
    typing_.await_readable();
    return {};
  }

 private:
  void read() {
    for (char c = 0;;) {
      ssize_t const n = ::read(typing_.fd(), &c, 1);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return typing_.await_readable();
      auto const now = n == 1 ? typed_.type(c) : Typed::Now::broken_off;
      if (now == Typed::Now::entered) return finish(typed_.secret());
      if (now == Typed::Now::broken_off) return finish(std::nullopt);
    }
  }
  /// Whoever is told may end us.
  void finish(std::optional<std::string> answer) {
    typing_.close();
    terminal_.reset();
    boost::asio::post(context_, [answered = std::move(answered_), answer = std::move(answer)]() mutable {
      answered(std::move(answer));
    });
  }

  boost::asio::io_context& context_;
  std::optional<MuteTerminal> terminal_;
  std::function<void(std::optional<std::string>)> answered_;
  io::Descriptor typing_;
  Typed typed_;
};

}  // namespace

Result<std::string> ask_secret(std::string const& question) {
  auto const terminal = MuteTerminal::take(0);
  if (!terminal) return terminal.error();
  Typed typed;
  auto now = terminal->say(question) ? Typed::Now::goes_on : Typed::Now::broken_off;
  for (char c = 0; now == Typed::Now::goes_on;) {
    ssize_t const n = ::read(terminal->fd(), &c, 1);
    if (n < 0 && errno == EINTR) continue;
    now = n == 1 ? typed.type(c) : Typed::Now::broken_off;
  }
  if (now == Typed::Now::broken_off) return error("no password was given");
  return {boost::system::in_place_value, typed.secret()};
}

bool somebody_is_there() {
  io::Fd const terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  return terminal && ::tcgetpgrp(terminal.get()) == ::getpgrp();
}

Result<std::unique_ptr<SecretPrompt>> SecretPrompt::ask(
    boost::asio::io_context& context, std::string const& question,
    std::function<void(std::optional<std::string>)> answered) {
  if (!somebody_is_there()) return error("nobody is at a terminal");
  auto terminal = MuteTerminal::take(O_NONBLOCK);
  if (!terminal) return terminal.error();
  auto prompt = std::make_unique<Prompt>(context, *std::move(terminal), std::move(answered));
  if (auto const started = prompt->start(question); !started) return started.error();
  return std::unique_ptr<SecretPrompt>(std::move(prompt));
}

}  // namespace offhook::dialer
