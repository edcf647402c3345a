#include "emulator/supervise/launch.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "emulator/supervise/filter.h"

namespace offhook::supervise {
namespace {

/// What went wrong between fork and exec.
enum class Step : int { nothing, filter, exec };
struct Report {
  Step step = Step::nothing;
  int why = 0;
};

/// A listener's descriptor, or -1. Without the right to do it for good, no program may gain rights by it
/// (no_new_privs).
int install(sock_fprog const& program) {
  auto const listen = [&] {
    return static_cast<int>(
        ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
  };
  int const fd = listen();
  if (fd >= 0 || errno != EACCES || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fd;
  return listen();
}

/// A report, with a descriptor where there is one.
void send_report(int socket, Report report, int fd) {
  iovec part{&report, sizeof report};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

/// False at the end.
bool receive_report(int socket, Report& report, io::Fd& fd) {
  iovec part{&report, sizeof report};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t n = 0;
  while ((n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  cmsghdr const* const header = n > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    int got = -1;
    std::memcpy(&got, CMSG_DATA(header), sizeof got);
    fd = io::Fd(got);
  }
  return n == sizeof report;
}

[[noreturn]] void become(sock_fprog const& program, std::vector<char*> const& words, sigset_t const& blocked,
                         int socket) {
  int const listener = install(program);
  if (listener < 0) {
    send_report(socket, {Step::filter, errno}, -1);
    ::_exit(1);
  }
  send_report(socket, {}, listener);
  ::close(listener);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  ::execvp(words[0], words.data());
  send_report(socket, {Step::exec, errno}, -1);
  ::_exit(127);
}

std::string words_for_filter(int why) {
  switch (why) {
    case EBUSY:
      return "another supervisor listens to this process's system calls already (a container's, or another "
             "'vmodem run'): there can be only one";
    case ENOSYS:
    case EINVAL:
      return "this kernel has no seccomp user notification (Linux 5.5 or later, CONFIG_SECCOMP_FILTER)";
    default:
      return std::string("cannot listen to the program's system calls: ") + std::strerror(why);
  }
}

Obstacle obstacle(Report const& report, std::string const& program) {
  if (report.step == Step::filter) return {words_for_filter(report.why), 1};
  return {"cannot run '" + program + "': " + std::strerror(report.why), report.why == ENOENT ? 127 : 126};
}

/// The program's file: as it stands where it has a '/', else the first of PATH that may be run.
std::string find_program(std::string const& word) {
  if (word.find('/') != std::string::npos) return word;
  char const* const set = std::getenv("PATH");
  std::string const path = set != nullptr ? set : "/usr/local/bin:/usr/bin:/bin";
  for (size_t begin = 0; begin <= path.size();) {
    size_t const end = std::min(path.find(':', begin), path.size());
    std::string candidate = path.substr(begin, end - begin) + "/" + word;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return word;
}

}  // namespace

Launch launch(std::vector<std::string> const& words, sigset_t const& blocked, bool opens) {
  auto const failed = [](char const* what) {
    return Launch{{}, {std::string(what) + ": " + std::strerror(errno), 1}};
  };
  auto code = filter(opens);
  sock_fprog const program{static_cast<unsigned short>(code.size()), code.data()};
  std::vector<char*> arguments;
  for (auto const& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return failed("a socket");
  io::Fd const ours(ends[0]);
  io::Fd theirs(ends[1]);
  pid_t const pid = ::fork();
  if (pid < 0) return failed("a process");
  if (pid == 0) become(program, arguments, blocked, theirs.get());
  theirs = io::Fd();
  Launch done;
  Report report;
  // First the listener; then the end, since an exec closes the socket, or why there was none.
  bool const listens = receive_report(ours.get(), report, done.program.listener) && done.program.listener;
  if (listens && !receive_report(ours.get(), report, done.program.listener)) {
    done.program.pid = pid;
    return done;
  }
  ::waitpid(pid, nullptr, 0);
  return {{}, obstacle(report, words.front())};
}

std::string caveat(std::string const& program) {
  struct stat file {};
  std::string const path = find_program(program);
  if (::geteuid() == 0 || ::stat(path.c_str(), &file) != 0) return {};
  if ((file.st_mode & (S_ISUID | S_ISGID)) != 0)
    return path +
           " has rights of its own (setuid or setgid), which it does not get under 'run' unless root "
           "runs it";
  if (::access(path.c_str(), X_OK) == 0 && ::access(path.c_str(), R_OK) != 0)
    return path + " may be run but not read: its modem lines cannot be answered unless root runs it";
  return {};
}

}  // namespace offhook::supervise
