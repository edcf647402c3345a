#include "rasd/net/inhabitant.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>

#include "rasd/net/interface.h"

namespace offhook::net::inhabitant {
namespace {

constexpr char const* interface_name = "ppp0";
/// A directory that every system has: the file for /etc/resolv.conf is made on a file system mounted there
/// for a moment, and stays when that is unmounted.
constexpr char const* workshop = "/tmp";

struct Failed {
  std::string text;
  int code = 0;
};
using Outcome = std::optional<Failed>;

void write_file(std::string const& path, std::string_view text) {
  io::Fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (file) (void)!::write(file.get(), text.data(), text.size());
}

bool exists(char const* path) {
  struct stat status {};
  return ::stat(path, &status) == 0;
}

std::string resolver_text(Agreed const& agreed) {
  std::string text = "# of this call\n";
  for (Ipv4 const each : agreed.dns)
    if (each != 0) text += "nameserver " + ppp::ipv4_text(each) + "\n";
  return text;
}

/// What is mounted over a file, in place of what we mounted there before: a peer that begins the network
/// anew, again and again, piles nothing up.
class Covers {
 public:
  bool cover(std::string const& what, char const* with) {
    if (covered_.erase(what) != 0) ::umount2(what.c_str(), MNT_DETACH);
    if (::mount(with, what.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
    covered_.insert(what);
    return true;
  }

 private:
  std::set<std::string> covered_;
};

/// Names are asked for through the call alone: neither at the host's servers, nor at a cache of the host's
/// that is reached by a socket in the file system.
Outcome furnish_resolver(Agreed const& agreed, Covers& covers) {
  if (::mount("none", workshop, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=0700") != 0)
    return Failed{"a file system for resolv.conf", errno};
  std::string const file = std::string(workshop) + "/resolv.conf", nothing = std::string(workshop) + "/none";
  write_file(file, resolver_text(agreed));
  write_file(nothing, "");
  ::chmod(file.c_str(), 0644);
  Outcome outcome;
  if (exists("/etc/resolv.conf") && !covers.cover("/etc/resolv.conf", file.c_str()))
    outcome = Failed{"/etc/resolv.conf", errno};
  for (char const* socket : {"/run/systemd/resolve/io.systemd.Resolve", "/run/nscd/socket"})
    if (exists(socket)) (void)covers.cover(socket, nothing.c_str());
  ::umount2(workshop, MNT_DETACH);
  return outcome;
}

class Inhabitant {
 public:
  Inhabitant(int socket, std::vector<std::string> const& command) : socket_(socket), command_(command) {}

  [[noreturn]] void live() {
    settle_in();
    for (;;) {
      std::array<pollfd, 2> fds{{{socket_, POLLIN, 0}, {deaths_, POLLIN, 0}}};
      if (::poll(fds.data(), fds.size(), -1) < 0) continue;
      if (fds[1].revents != 0) reap();
      if (fds[0].revents != 0) hear();
    }
  }

 private:
  /// Nothing of our maker's is kept but the way to it and its terminal; and we do not outlive it.
  void settle_in() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    constexpr int kept = STDERR_FILENO + 1;
    if (socket_ != kept) ::dup3(socket_, kept, O_CLOEXEC);
    socket_ = kept;
    ::close_range(kept + 1, ~0u, 0);
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    ::sigprocmask(SIG_SETMASK, &set, nullptr);
    deaths_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }

  void reap() {
    std::array<signalfd_siginfo, 8> ignored;
    (void)!::read(deaths_, ignored.data(), sizeof ignored);
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
      if (pid == program_)
        ::_exit(WIFSIGNALED(status) ? signal_base + WTERMSIG(status) : WEXITSTATUS(status));
  }

  void hear() {
    std::array<char, longest_message> bytes;
    ssize_t const n = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) ::_exit(0);  // our maker is gone
    std::string_view const body(bytes.data() + 1, static_cast<size_t>(n) - 1);
    switch (static_cast<Ask>(bytes[0])) {
      case Ask::begin:
        return begin();
      case Ask::configure:
        return give(body);
      case Ask::run:
        return run(body);
      case Ask::kill:
        if (program_ > 0 && !body.empty()) ::kill(program_, body[0]);
        return;
    }
  }

  // ---- the furniture ----

  void begin() {
    // What is mounted here is nobody else's.
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return refuse({"mounts of its own", errno});
    // Where the system lets us, /proc shows this namespace; it serves all the same where it does not.
    (void)::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
    std::string const group = std::to_string(::getgid());
    write_file("/proc/sys/net/ipv4/ping_group_range", group + " " + group);
    if (auto up = bring_up_loopback(); !up) return refuse({up.error().message, EPERM});
    auto made = open_tun(interface_name);
    if (!made) {
      auto const why = made.error().message;
      made = open_veth(interface_name);
      if (!made) return refuse({why + "; " + made.error().message, EPERM});
    }
    accept(*made);
  }
  void give(std::string_view body) {
    Agreed agreed;
    if (body.size() != sizeof agreed) return refuse({"addresses", EINVAL});
    std::memcpy(&agreed, body.data(), sizeof agreed);
    if (auto done = net::configure(interface_name, agreed, true); !done)
      return refuse({done.error().message, 0});
    if (auto failed = furnish_resolver(agreed, covers_)) return refuse(*failed);
    accept({});
  }

  void accept(Interface const& made) {
    std::string text(1, done);
    if (made.header) text.append(reinterpret_cast<char const*>(made.header->data()), made.header->size());
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (made.packets) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* const header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      int const fd = made.packets.get();
      std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    if (::sendmsg(socket_, &message, MSG_NOSIGNAL) < 0) ::_exit(1);
  }
  void refuse(Failed const& failed) {
    std::string text(1, refused);
    text.append(reinterpret_cast<char const*>(&failed.code), sizeof failed.code);
    text += failed.text;
    if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) < 0) ::_exit(1);
  }

  // ---- the program ----

  void run(std::string_view variables) {
    if (program_ > 0) return;
    program_ = ::fork();
    if (program_ < 0) {
      std::fprintf(stderr, "cannot run %s: %s\n", command_.front().c_str(), std::strerror(errno));
      ::_exit(cannot_run);
    }
    if (program_ > 0) return;
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    while (!variables.empty()) {
      size_t const end = variables.find('\0'), cut = variables.find('=');
      if (end == variables.npos || cut > end) break;
      ::setenv(std::string(variables.substr(0, cut)).c_str(),
               std::string(variables.substr(cut + 1, end - cut - 1)).c_str(), 1);
      variables.remove_prefix(end + 1);
    }
    std::vector<std::string> words = command_;
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments.front(), arguments.data());
    std::fprintf(stderr, "cannot run %s: %s\n", command_.front().c_str(), std::strerror(errno));
    ::_exit(cannot_run);
  }

  int socket_, deaths_ = -1;
  std::vector<std::string> const& command_;
  pid_t program_ = -1;
  Covers covers_;
};

}  // namespace

void live(int socket, std::vector<std::string> const& command) { Inhabitant(socket, command).live(); }

}  // namespace offhook::net::inhabitant
