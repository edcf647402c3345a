#include "emulator/supervise/run.h"

#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "emulator/supervise/front.h"
#include "emulator/supervise/keep.h"
#include "emulator/supervise/launch.h"
#include "emulator/supervise/supervisor.h"

namespace offhook::supervise {
namespace {

int complain(std::string const& why) {
  std::fprintf(stderr, "vmodem: %s\n", why.c_str());
  return 1;
}

/// The supervisor's process: until the program has ended and nobody it started is left; or until the front is
/// killed.
class Process {
 public:
  Process(std::string dir, io::Fd front, Launched program)
      : front_fd_(front.get()),
        pid_(program.pid),
        supervisor_(io_, std::move(dir),
                    {[this] { end(nobody_left_); },
                     [this](std::string const& text) { send_word(front_fd_, Word::Kind::notice, 0, text); }}),
        children_(
            io_, [this] { on_child(); }, [] {}),
        front_(
            io_, [this] { on_front(); }, [] {}) {
    auto const child = set_of_child();
    bool const ready =
        supervisor_.start(std::move(program.listener)).has_value() &&
        children_.assign(io::Fd(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK))).has_value() &&
        front_.assign(std::move(front)).has_value();
    if (!ready) ::_exit(1);
    front_.await_readable();
    on_child();
  }

  void run() { io_.run(); }

 private:
  static sigset_t set_of_child() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    return set;
  }

  void on_child() {
    signalfd_siginfo each{};
    while (::read(children_.fd(), &each, sizeof each) == sizeof each) {
    }
    int status = 0;
    pid_t who = 0;
    while ((who = ::waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
      if (who != pid_) continue;
      send_word(front_fd_, Word::Kind::changed, status);
      if (WIFEXITED(status) || WIFSIGNALED(status)) end(program_over_);
    }
    children_.await_readable();
  }

  /// It has nothing to say: it ended, with the program or before it.
  void on_front() {
    if (!program_over_) io_.stop();
  }

  void end(bool& what) {
    what = true;
    if (nobody_left_ && program_over_) io_.stop();
  }

  boost::asio::io_context io_{1};
  int front_fd_;
  pid_t pid_;
  bool program_over_ = false, nobody_left_ = false;
  Supervisor supervisor_;
  io::Descriptor children_, front_;
};

[[noreturn]] void become_supervisor(Options const& options, std::vector<std::string> const& words,
                                    sigset_t const& blocked, io::Fd front) {
  auto launched = launch(words, blocked, options.wait_carrier);
  if (launched.program.pid < 0) {
    send_word(front.get(), Word::Kind::failed, launched.obstacle.status, launched.obstacle.text);
    ::_exit(0);
  }
  send_word(front.get(), Word::Kind::started, launched.program.pid);
  // Neither the terminal nor the shell reaches it: the program needs its lines until its own end.
  ::setsid();
  if (::chdir("/") != 0) ::_exit(1);
  keep_only({front.get(), launched.program.listener.get()});
  Process(options.dir, std::move(front), std::move(launched.program)).run();
  ::_exit(0);
}

}  // namespace

int run(Options const& options, std::vector<std::string> const& words) {
#ifndef __x86_64__
  return complain("'run' works on x86-64 only so far");
#endif
  if (auto const text = caveat(words.front()); !text.empty()) complain(text);
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return complain(std::string("a socket: ") + std::strerror(errno));
  io::Fd ours(ends[0]), theirs(ends[1]);
  sigset_t blocked;
  take_signals(blocked);
  pid_t const pid = ::fork();
  if (pid < 0) return complain(std::string("a process: ") + std::strerror(errno));
  if (pid == 0) {
    ours = io::Fd();
    become_supervisor(options, words, blocked, std::move(theirs));
  }
  theirs = io::Fd();
  return mirror(std::move(ours), words.front());
}

}  // namespace offhook::supervise
