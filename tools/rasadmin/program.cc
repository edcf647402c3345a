#include "tools/rasadmin/program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace offhook::rasadmin {
namespace {

/// In the child; returns only where it cannot be run.
void become(std::vector<char*> const& words, int port, std::string const& path, sigset_t const& signals,
            pid_t parent) {
  for (int const each : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGTTOU}) ::signal(each, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGHUP);
  if (::getppid() != parent) ::raise(SIGHUP);  // died before we asked to be told
  if (::dup2(port, STDIN_FILENO) < 0 || ::dup2(port, STDOUT_FILENO) < 0) return;
  ::setenv("RAS_PORT", path.c_str(), 1);
  ::execvp(words[0], words.data());
}

}  // namespace

TerminalKeeper::TerminalKeeper() : terminal_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  if (!terminal_) return;
  if (::tcgetattr(terminal_.get(), &settings_) != 0) terminal_ = io::Fd();
  pid_t const foreground = terminal_ ? ::tcgetpgrp(terminal_.get()) : -1;
  if (foreground == ::getpgrp())
    foreground_ = foreground;
  else
    terminal_ = io::Fd();  // in the background nothing is ours to restore
}

void TerminalKeeper::restore() {
  if (!terminal_) return;
  if (::tcgetpgrp(terminal_.get()) != foreground_) ::tcsetpgrp(terminal_.get(), foreground_);
  ::tcsetattr(terminal_.get(), TCSADRAIN, &settings_);
}

Result<Program> Program::start(std::vector<std::string> const& command, int port, std::string const& path,
                               sigset_t const& signals) {
  std::vector<char*> words;
  for (std::string const& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return error("a pipe: ", std::strerror(errno));
  io::Fd const heard(ends[0]);
  io::Fd told(ends[1]);
  pid_t const parent = ::getpid();
  Program program;
  program.pid_ = ::fork();
  if (program.pid_ < 0) return error("fork: ", std::strerror(errno));
  if (program.pid_ == 0) {
    become(words, port, path, signals, parent);
    int const why = errno;
    [[maybe_unused]] ssize_t const n = ::write(told.get(), &why, sizeof why);
    ::_exit(127);
  }
  told = io::Fd();
  int why = 0;
  if (::read(heard.get(), &why, sizeof why) == sizeof why) {
    ::waitpid(program.pid_, nullptr, 0);
    return error("cannot run ", command.front(), ": ", std::strerror(why));
  }
  program.exit_ = io::Fd(static_cast<int>(::syscall(SYS_pidfd_open, program.pid_, 0)));
  if (!program.exit_) {
    ::kill(program.pid_, SIGKILL);
    ::waitpid(program.pid_, nullptr, 0);
    return error("watching ", command.front(), ": ", std::strerror(errno));
  }
  return program;
}

void Program::signal(int number) { ::kill(pid_, number); }

std::optional<int> Program::exit_status() {
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace offhook::rasadmin
