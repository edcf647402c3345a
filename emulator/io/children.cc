#include "emulator/io/children.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"
#include "emulator/io/fd.h"

extern char** environ;

namespace offhook::io {
namespace {

/// NAME=value for each, ours first where it is not replaced.
std::vector<std::string> merged(std::vector<std::pair<std::string, std::string>> const& added) {
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

/// The program's path: as it stands where it has a '/', else the first of PATH that is there.
std::string find_program(std::string const& word) {
  if (word.find('/') != std::string::npos) return word;
  char const* const set = std::getenv("PATH");
  std::string_view path = set ? set : "/usr/local/bin:/usr/bin:/bin";
  while (!path.empty()) {
    auto const end = std::min(path.find(':'), path.size());
    std::string candidate = std::string(path.substr(0, end)) + "/" + word;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return word;
}

/// What the child needs, made before the fork: between fork and exec of a process that may have threads,
/// system calls alone.
struct Plan {
  std::string program;
  std::vector<std::string> words, variables;
  std::vector<char*> arguments, values;
  std::optional<Command::User> user;
  int terminal, report;
};

[[noreturn]] void give_up(Plan const& plan) {
  int const why = errno;
  while (::write(plan.report, &why, sizeof why) < 0 && errno == EINTR) {
  }
  ::_exit(127);
}

[[noreturn]] void become(Plan const& plan) {
  ::setsid();
  ::ioctl(plan.terminal, TIOCSCTTY, 0);
  for (int fd : {0, 1, 2}) ::dup2(plan.terminal, fd);
  ::fcntl(plan.report, F_SETFD, FD_CLOEXEC);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (plan.user) {
    auto const& user = *plan.user;
    if (::setgroups(user.groups.size(), user.groups.data()) != 0 || ::setgid(user.gid) != 0 ||
        ::setuid(user.uid) != 0)
      give_up(plan);
  }
  ::execve(plan.program.c_str(), plan.arguments.data(), plan.values.data());
  give_up(plan);
}

/// errno of the exec that failed; 0: it went well. The pipe is closed by the exec itself.
int failure_of(int report) {
  int why = 0;
  ssize_t n = 0;
  while ((n = ::read(report, &why, sizeof why)) < 0 && errno == EINTR) {
  }
  return n == sizeof why ? why : 0;
}

}  // namespace

std::string describe_exit(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    int const signal = WTERMSIG(wait_status);
    return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "exit status " + std::to_string(WEXITSTATUS(wait_status));
}

struct Children::Running {
  Running(Children& all, uint64_t id, pid_t child, std::function<void(int)> on_exit)
      : pid(child),
        exited(std::move(on_exit)),
        pidfd(
            all.io_, [&all, id] { all.on_exit(id); }, [] {}),
        end(all.alarm_, [this](Instant) { signal(SIGKILL); }) {}
  // The child may not have called setsid() yet.
  void signal(int number) const {
    for (pid_t who : {-pid, pid}) ::kill(who, number);
  }
  pid_t pid;
  std::function<void(int)> exited;
  Descriptor pidfd;
  Alarm::Entry end;
};

Children::Children(boost::asio::io_context& io, Alarm& alarm) : io_(io), alarm_(alarm) {}
Children::~Children() { stop(); }

Result<uint64_t> Children::spawn(Command const& command, int terminal, std::function<void(int)> exited) {
  if (command.words.empty()) return error("there is no command to run");
  auto const failed = [&](char const* what, int why) {
    return error(what, " '", command.words.front(), "': ", std::strerror(why));
  };
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("a pipe for", errno);
  Fd const report(ends[0]);
  Fd told(ends[1]);
  Plan plan{find_program(command.words.front()),
            command.words,
            merged(command.environment),
            {},
            {},
            command.user,
            terminal,
            told.get()};
  plan.arguments = pointers(plan.words);
  plan.values = pointers(plan.variables);
  pid_t const pid = ::fork();
  if (pid < 0) return failed("a process for", errno);
  if (pid == 0) become(plan);
  told = Fd();
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  int why = pidfd ? failure_of(report.get()) : errno;
  uint64_t const id = ++last_;
  auto made = std::make_unique<Running>(*this, id, pid, std::move(exited));
  if (why == 0 && made->pidfd.assign(std::move(pidfd)).has_error()) why = EMFILE;
  if (why != 0) {
    made->signal(SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return failed("cannot run", why);
  }
  made->pidfd.await_readable();
  running_.emplace(id, std::move(made));
  return id;
}

void Children::on_exit(uint64_t id) {
  auto const found = running_.find(id);
  if (found == running_.end()) return;
  auto const running = std::move(found->second);
  running_.erase(found);
  ::kill(-running->pid, SIGHUP);  // what it left in the background; the group's number is still its own
  int status = 0;
  ::waitpid(running->pid, &status, WNOHANG);
  if (running->exited) running->exited(status);
}

void Children::hang_up(uint64_t id, Duration grace) {
  auto const found = running_.find(id);
  if (found == running_.end()) return;
  Running& running = *found->second;
  running.signal(SIGHUP);
  running.signal(SIGCONT);
  running.end.set(now() + grace);
}

void Children::kill(uint64_t id) {
  auto const found = running_.find(id);
  if (found == running_.end()) return;
  found->second->signal(SIGKILL);
}

void Children::forget(uint64_t id) {
  auto const found = running_.find(id);
  if (found != running_.end()) found->second->exited = nullptr;
}

void Children::stop() {
  for (auto const& [id, running] : running_) {
    running->signal(SIGKILL);
    ::waitpid(running->pid, nullptr, 0);
  }
  running_.clear();
}

pid_t Children::pid(uint64_t id) const {
  auto const found = running_.find(id);
  return found == running_.end() ? -1 : found->second->pid;
}

}  // namespace offhook::io
