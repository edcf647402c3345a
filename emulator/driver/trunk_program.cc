#include "emulator/driver/trunk_program.h"

#include <fcntl.h>
#include <pty.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "emulator/base/text.h"
#include "emulator/driver/trunk_break.h"

extern char** environ;

namespace offhook::driver {
namespace {

constexpr Duration grace = 2s;  // from SIGHUP to SIGKILL

/// NAME=value for each, ours first where it is not replaced.
std::vector<std::string> merged(Children::Environment const& added) {
  std::vector<std::string> all;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    std::string_view const line(*each);
    auto const name = line.substr(0, line.find('='));
    if (std::ranges::find(added, name, [](auto const& pair) -> std::string_view { return pair.first; }) ==
        added.end())
      all.emplace_back(line);
  }
  for (auto const& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (auto& each : strings) all.push_back(each.data());
  all.push_back(nullptr);
  return all;
}

/// In the child: between fork and exec of a process that may have threads, system calls alone.
[[noreturn]] void become(int slave, char* const* arguments, char* const* environment) {
  ::setsid();
  ::ioctl(slave, TIOCSCTTY, 0);
  for (int fd : {0, 1, 2}) ::dup2(slave, fd);
  ::close_range(3, ~0U, 0);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

}  // namespace

struct Children::Running {
  Running(Children& all, uint64_t id, pid_t child, std::function<void()> on_exit, std::shared_ptr<void> line)
      : slot(std::move(line)),
        pid(child),
        exited(std::move(on_exit)),
        pidfd(
            all.io_, [&all, id] { all.on_exit(id); }, [] {}),
        kill(all.alarm_, [child](Instant) { ::kill(-child, SIGKILL); }) {}
  std::shared_ptr<void> slot;
  pid_t pid;
  std::function<void()> exited;
  Descriptor pidfd;
  Alarm::Entry kill;
};

Children::Children(boost::asio::io_context& io, Alarm& alarm) : io_(io), alarm_(alarm) {}
Children::~Children() { stop(); }

Result<Children::Child> Children::spawn(std::string const& command, Environment const& environment,
                                        std::function<void()> exited, std::shared_ptr<void> slot) {
  int master_fd = -1, slave_fd = -1;
  auto const failed = [&](char const* what) { return error(what, ": ", std::strerror(errno)); };
  if (::openpty(&master_fd, &slave_fd, nullptr, nullptr, nullptr) != 0) return failed("a pty");
  pty::Fd master(master_fd), slave(slave_fd);
  for (int fd : {master_fd, slave_fd}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(master_fd, F_SETFL, O_NONBLOCK);
  std::vector<std::string> words{"/bin/sh", "-c", command}, variables = merged(environment);
  auto const arguments = pointers(words), values = pointers(variables);
  pid_t const pid = ::fork();
  if (pid < 0) return failed("a process");
  if (pid == 0) become(slave_fd, arguments.data(), values.data());
  uint64_t const id = ++last_;
  auto made = std::make_unique<Running>(*this, id, pid, std::move(exited), std::move(slot));
  pty::Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd || made->pidfd.assign(std::move(pidfd)).has_error()) {
    auto const why = failed("watching a process");
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return why;
  }
  made->pidfd.await_readable();
  running_.emplace(id, std::move(made));
  return Child{id, std::move(master)};
}

void Children::on_exit(uint64_t id) {
  auto const found = running_.find(id);
  if (found == running_.end()) return;
  auto const running = std::move(found->second);
  running_.erase(found);
  ::kill(-running->pid, SIGHUP);  // what it left in the background; the group's number is still its own
  ::waitpid(running->pid, nullptr, WNOHANG);
  if (running->exited) running->exited();
}

void Children::hang_up(uint64_t id) {
  auto const found = running_.find(id);
  if (found == running_.end()) return;
  Running& running = *found->second;
  running.exited = nullptr;
  // It may not have called setsid() yet.
  for (pid_t who : {-running.pid, running.pid}) ::kill(who, SIGHUP);
  ::kill(-running.pid, SIGCONT);
  running.kill.set(now() + grace);
}

void Children::stop() {
  for (auto const& [id, running] : running_) {
    for (pid_t who : {-running->pid, running->pid}) ::kill(who, SIGKILL);
    ::waitpid(running->pid, nullptr, 0);
  }
  running_.clear();
}

ProgramEnd::ProgramEnd(boost::asio::io_context& io, Alarm& alarm, OutsideHost& host, Children& children,
                       std::string name, std::string command, Children::Environment environment,
                       std::shared_ptr<void> slot)
    : Outside(io, alarm, host, std::move(name)),
      children_(children),
      command_(std::move(command)),
      environment_(std::move(environment)),
      slot_(std::move(slot)) {}

void ProgramEnd::begin(Instant now, exchange::CallId attempt) { host().ready(now, attempt, *this); }

bool ProgramEnd::on_carrier(loop::CarrierUp const& up) {
  environment_.emplace_back("CONNECT_SPEED", std::to_string(up.tx_rate_bps));
  auto const exited = [this] {
    life_ = Life::exited;
    settle(now());
  };
  auto child = children_.spawn(command_, environment_, exited, slot_);
  if (child.has_error()) {
    spdlog::warn("number {}: the program does not run: {}", name(), child.error().message);
    return false;
  }
  child_ = child->id;
  life_ = Life::running;
  return adopt(std::move(child->master)).has_value();
}

ssize_t ProgramEnd::write_some(Bytes bytes) { return ::write(descriptor().fd(), bytes.data(), bytes.size()); }

void ProgramEnd::send_break() { put(as_bytes(break_as_read(descriptor().fd()))); }

void ProgramEnd::close() {
  if (life_ == Life::running) children_.hang_up(child_);
  descriptor().close();
  slot_.reset();
}

}  // namespace offhook::driver
