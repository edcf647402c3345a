// The maker's side: clone, the maps of user and group, and the talk with the first process.
#include "rasd/net/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/io/descriptor.h"
#include "rasd/net/inhabitant.h"
#include "rasd/net/packets.h"

namespace offhook::net {
namespace {

using inhabitant::Ask;

/// Furnishing takes milliseconds.
constexpr timeval patience{20, 0};

std::string first_line(std::string const& path) {
  io::Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 128> bytes;
  ssize_t const n = file ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
  std::string text(bytes.data(), static_cast<size_t>(std::max<ssize_t>(0, n)));
  return text.substr(0, text.find('\n'));
}

Error refusal(std::string_view what, int code) { return error(explain_refusal(what, code, first_line)); }

Result<void> write_whole(std::string const& path, std::string const& text) {
  io::Fd const file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) return refusal(path, errno);
  return {};
}

/// Inside, the user is who it is outside, and nobody else is known (user_namespaces(7)).
Result<void> write_maps(pid_t pid) {
  std::string const folder = "/proc/" + std::to_string(pid);
  auto const map = [](unsigned id) { return std::to_string(id) + " " + std::to_string(id) + " 1"; };
  if (auto done = write_whole(folder + "/setgroups", "deny"); !done) return done;
  if (auto done = write_whole(folder + "/uid_map", map(::geteuid())); !done) return done;
  return write_whole(folder + "/gid_map", map(::getegid()));
}

struct Reply {
  std::string text;
  io::Fd descriptor;
};

class Made : public Namespace, public std::enable_shared_from_this<Made> {
 public:
  Made(boost::asio::io_context& context, Handlers handlers)
      : context_(context),
        handlers_(std::move(handlers)),
        exit_(
            context, [this] { look_at_exit(); }, [] {}) {}
  ~Made() override {
    exit_.close();
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);  // and with it, by the kernel, all that lives there
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  }

  Result<void> start(std::vector<std::string> const& command) {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return error("a pair of sockets: ", std::strerror(errno));
    socket_ = io::Fd(ends[0]);
    io::Fd theirs(ends[1]);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    // Who is root of this system needs no user namespace; who is root in name only gets one.
    bool mapped = ::geteuid() != 0;
    if (!mapped && clone(theirs.get(), command, 0) < 0) mapped = true;
    if (mapped && clone(theirs.get(), command, CLONE_NEWUSER) < 0)
      return refusal("namespaces for the program", errno);
    theirs = io::Fd();
    if (auto done = mapped ? write_maps(pid_) : Result<void>(); !done) return done;
    auto made = ask(Ask::begin, {}, "a network for the program");
    if (!made) return made.error();
    if (!made->descriptor) return error("the network came without its packets");
    interface_.packets = std::move(made->descriptor);
    if (EthernetHeader header; made->text.size() == header.size()) {
      std::memcpy(header.data(), made->text.data(), header.size());
      interface_.header = header;
    }
    io::Fd watched(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!watched) return error("watching the program: ", std::strerror(errno));
    if (auto assigned = exit_.assign(std::move(watched)); !assigned) return assigned;
    exit_.await_readable();
    return {};
  }

  std::unique_ptr<Network> network() override;

  Result<void> configure(Agreed const& agreed) {
    auto done =
        ask(Ask::configure, {reinterpret_cast<char const*>(&agreed), sizeof agreed}, "the call's network");
    if (!done) return done.error();
    return {};
  }

  Result<void> configure(Agreed6 const& agreed) {
    auto done = ask(Ask::configure6, {reinterpret_cast<char const*>(&agreed), sizeof agreed},
                    "the call's network of IPv6");
    if (!done) return done.error();
    return {};
  }

  Result<void> run(Variables const& environment) override {
    std::string text;
    for (auto const& [name, value] : environment) {
      text.append(name).append("=").append(value);
      text.push_back('\0');
    }
    return say(Ask::run, text);
  }
  void kill(int signal) override { (void)say(Ask::kill, std::string(1, static_cast<char>(signal))); }

 private:
  friend class InnerNetwork;

  /// As fork(), with namespaces; the process has one thread.
  pid_t clone(int theirs, std::vector<std::string> const& command, unsigned long user) {
    unsigned long const flags = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | user | SIGCHLD;
    auto const pid = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
    if (pid == 0) inhabitant::live(theirs, command);
    pid_ = pid;
    return pid;
  }

  Result<void> say(Ask what, std::string_view body) {
    std::string message(1, static_cast<char>(what));
    message += body;
    if (message.size() > inhabitant::longest_message) return error("the environment is too long");
    if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0)
      return error("the program's namespace is gone: ", std::strerror(errno));
    return {};
  }

  Result<Reply> ask(Ask what, std::string_view body, std::string_view words) {
    if (auto said = say(what, body); !said) return said.error();
    auto reply = receive();
    if (!reply) return reply.error();
    if (reply->text.front() == inhabitant::done)
      return Reply{reply->text.substr(1), std::move(reply->descriptor)};
    int code = 0;
    if (reply->text.size() < 1 + sizeof code) return error("the program's namespace answers nonsense");
    std::memcpy(&code, reply->text.data() + 1, sizeof code);
    return refusal(std::string(words) + ": " + reply->text.substr(1 + sizeof code), code);
  }
  Result<Reply> receive() {
    std::array<char, 4096> bytes;
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t n = -1;
    do n = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
      return error("the program's namespace does not answer: ",
                   n < 0 ? std::strerror(errno) : "it has ended");
    Reply reply{std::string(bytes.data(), static_cast<size_t>(n)), {}};
    cmsghdr const* const header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
      reply.descriptor = io::Fd(fd);
    }
    return reply;
  }

  void look_at_exit() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return exit_.await_readable();
    pid_ = -1;
    exit_.close();
    int const code = WIFSIGNALED(status) ? inhabitant::signal_base + WTERMSIG(status) : WEXITSTATUS(status);
    if (handlers_.exited) handlers_.exited(code);
  }

  boost::asio::io_context& context_;
  Handlers handlers_;
  io::Descriptor exit_;
  io::Fd socket_;
  Interface interface_;
  pid_t pid_ = -1;
};

/// ppp0 of the namespace.
class InnerNetwork : public Network {
 public:
  explicit InnerNetwork(std::weak_ptr<Made> home, boost::asio::io_context& context)
      : home_(std::move(home)), packets_(context) {}
  ~InnerNetwork() override { packets_.stop(); }

  Result<void> up(Agreed const& agreed, Handlers handlers) override {
    auto const home = home_.lock();
    if (!home) return error("the program's namespace is gone");
    if (auto done = home->configure(agreed); !done) return done;
    io::Fd copy(::fcntl(home->interface_.packets.get(), F_DUPFD_CLOEXEC, 3));
    if (!copy) return error("ppp0: ", std::strerror(errno));
    return packets_.start(std::move(copy), home->interface_.header, std::move(handlers));
  }
  void down() override { packets_.stop(); }
  /// What is written behind an Ethernet header says that it is IPv4.
  bool carries_ipv6() const override {
    auto const home = home_.lock();
    return home && !home->interface_.header;
  }
  Result<void> up6(Agreed6 const& agreed) override {
    auto const home = home_.lock();
    return home ? home->configure(agreed) : error("the program's namespace is gone");
  }
  void from_peer(uint16_t protocol, Bytes packet) override { packets_.from_peer(protocol, packet); }
  void set_ready(bool ready) override { packets_.set_ready(ready); }
  Counters counters() const override { return packets_.counters(); }
  std::string describe() const override { return "ppp0 of a namespace"; }

 private:
  std::weak_ptr<Made> home_;
  Packets packets_;
};

std::unique_ptr<Network> Made::network() {
  return std::make_unique<InnerNetwork>(weak_from_this(), context_);
}

/// The network holds what it needs of it for a moment at a time.
class Handle : public Namespace {
 public:
  explicit Handle(std::shared_ptr<Made> made) : made_(std::move(made)) {}
  std::unique_ptr<Network> network() override { return made_->network(); }
  Result<void> run(Variables const& environment) override { return made_->run(environment); }
  void kill(int signal) override { made_->kill(signal); }

 private:
  std::shared_ptr<Made> made_;
};

struct SettingRow {
  char const* path;
  std::string_view name, forbids, accepted;
};
constexpr SettingRow settings[] = {
    {"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", "0", "1"},
    {"/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", "0", "10000"},
    {"/proc/sys/user/max_net_namespaces", "user.max_net_namespaces", "0", "10000"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "kernel.apparmor_restrict_unprivileged_userns",
     "1", "0"},
};

}  // namespace

Result<std::unique_ptr<Namespace>> Namespace::make(boost::asio::io_context& context,
                                                   std::vector<std::string> const& command,
                                                   Handlers handlers) {
  OFFHOOK_CHECK(!command.empty());
  auto made = std::make_shared<Made>(context, std::move(handlers));
  if (auto started = made->start(command); !started) return started.error();
  return std::unique_ptr<Namespace>(std::make_unique<Handle>(std::move(made)));
}

std::string explain_refusal(std::string_view what, int code,
                            std::function<std::string(std::string const& path)> const& read) {
  std::string text(what);
  if (code != 0) text.append(": ").append(std::strerror(code));
  if (code != EPERM && code != EACCES && code != ENOSPC && code != EUSERS) return text;
  for (auto const& row : settings)
    if (read(row.path) == row.forbids)
      return text.append(": this system's setting ")
          .append(row.name)
          .append(" = ")
          .append(row.forbids)
          .append(" forbids it; 'sysctl ")
          .append(row.name)
          .append("=")
          .append(row.accepted)
          .append("' as root permits it");
  return text.append(
      ": no setting that we know forbids it; in a container, its own rules may (seccomp, capabilities)");
}

}  // namespace offhook::net
