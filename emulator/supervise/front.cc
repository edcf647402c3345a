#include "emulator/supervise/front.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>

namespace offhook::supervise {
namespace {

/// Faults of our own are not the program's.
constexpr int own_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

sigset_t set_of(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  return set;
}

/// Does to us what the signal did to the program.
void suffer(int signal) {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(signal, &usual, nullptr);
  auto const set = set_of(signal);
  ::raise(signal);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);  // it stopped us, and we go on
}

int end_as(int wait_status) {
  if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
  rlimit const no_core{0, 0};  // the program has written its own
  ::setrlimit(RLIMIT_CORE, &no_core);
  int const signal = WTERMSIG(wait_status);
  suffer(signal);
  return 128 + signal;
}

class Front {
 public:
  Front(io::Fd socket, std::string program) : socket_(std::move(socket)), program_(std::move(program)) {
    sigset_t all;
    ::sigfillset(&all);
    signals_ = io::Fd(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (termios settings{}; ::tcgetattr(STDIN_FILENO, &settings) == 0) terminal_ = settings;
  }

  int run() {
    while (!status_) {
      // Signals wait until there is a program to have them.
      pollfd looks[] = {{pid_ > 0 ? signals_.get() : -1, POLLIN, 0}, {socket_.get(), POLLIN, 0}};
      if (::poll(looks, 2, -1) < 0 && errno != EINTR) return 1;
      if (looks[0].revents != 0) pass_signals();
      if (looks[1].revents != 0) hear();
    }
    if (lost_) put_terminal_back();
    return *status_;
  }

 private:
  /// What a terminal sends went to the program, too: it is of our process group.
  void pass_signals() {
    signalfd_siginfo each{};
    while (::read(signals_.get(), &each, sizeof each) == sizeof each) {
      int const signal = static_cast<int>(each.ssi_signo);
      if (signal == SIGCHLD) {
        reap();
      } else if (each.ssi_code <= 0) {
        ::kill(pid_, signal);
      }
    }
  }

  void hear() {
    Word word;
    ssize_t const n = ::recv(socket_.get(), &word, sizeof word, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n != sizeof word) return lose();
    word.text.back() = '\0';
    switch (word.kind) {
      case Word::Kind::started:
        pid_ = word.value;
        return;
      case Word::Kind::failed:
        status_ = word.value;
        return say(word.text.data());
      case Word::Kind::changed:
        return follow(word.value);
      case Word::Kind::notice:
        return say(word.text.data());
    }
  }

  void follow(int wait_status) {
    if (WIFSTOPPED(wait_status))
      suffer(WSTOPSIG(wait_status));
    else if (!WIFCONTINUED(wait_status))
      status_ = end_as(wait_status);
  }

  /// The supervisor is dead. Its children are ours now, and the program goes on without modem lines.
  void lose() {
    socket_ = io::Fd();
    lost_ = true;
    if (pid_ <= 0) {
      say("the supervisor ended before the program began");
      status_ = 1;
      return;
    }
    say((program_ + ": its supervisor is gone, and its modem lines with it").c_str());
    reap();
  }

  /// Nobody answers for the program's ioctls any more: it cannot have put its user's terminal back itself.
  void put_terminal_back() const {
    if (terminal_ && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp())
      ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*terminal_);
  }

  void reap() {
    int wait_status = 0;
    pid_t who = 0;
    while ((who = ::waitpid(-1, &wait_status, WNOHANG | WUNTRACED)) > 0)
      if (who == pid_) follow(wait_status);
  }

  void say(char const* text) { std::fprintf(stderr, "vmodem: %s\n", text); }

  io::Fd socket_, signals_;
  std::string program_;
  pid_t pid_ = -1;
  bool lost_ = false;                // the supervisor is
  std::optional<termios> terminal_;  // as it was
  std::optional<int> status_;
};

}  // namespace

void send_word(int socket, Word::Kind kind, int value, std::string const& text) {
  Word word;
  word.kind = kind;
  word.value = value;
  std::copy_n(text.begin(), std::min(text.size(), word.text.size() - 1), word.text.begin());
  while (::send(socket, &word, sizeof word, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void take_signals(sigset_t& before) {
  sigset_t all;
  ::sigfillset(&all);
  for (int const signal : own_signals) ::sigdelset(&all, signal);
  ::sigprocmask(SIG_SETMASK, &all, &before);
}

int mirror(io::Fd socket, std::string const& program) {
  // Were the supervisor to die, the program would be ours to wait for.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  return Front(std::move(socket), program).run();
}

}  // namespace offhook::supervise
