#include "tests/bench/pairs.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/e2e/network.h"

namespace offhook::bench {
namespace {

using namespace e2e;

[[noreturn]] void give_up(std::string const& why) {
  std::fprintf(stderr, "offhook_bench: %s\n", why.c_str());
  std::exit(1);
}

/// What one direction of the relay holds: never read again before it is written.
struct Direction {
  int from, to;
  char buffer[4096];
  size_t size = 0, done = 0;

  bool full() const { return done < size; }
  void move() {
    if (!full()) {
      ssize_t const n = read(from, buffer, sizeof buffer);
      if (n <= 0) return;
      size = static_cast<size_t>(n), done = 0;
    }
    ssize_t const n = write(to, buffer + done, size - done);
    if (n > 0) done += static_cast<size_t>(n);
  }
};

[[noreturn]] void relay(int a, int b) {
  Direction there{a, b, {}}, back{b, a, {}};
  for (;;) {
    auto const events = [](Direction const& in, Direction const& out) {
      return static_cast<short>((in.full() ? 0 : POLLIN) | (out.full() ? POLLOUT : 0));
    };
    pollfd fds[2] = {{a, events(there, back), 0}, {b, events(back, there), 0}};
    poll(fds, 2, -1);
    if (fds[0].revents & POLLIN || fds[1].revents & POLLOUT) there.move();
    if (fds[1].revents & POLLIN || fds[0].revents & POLLOUT) back.move();
    if ((fds[0].revents | fds[1].revents) & POLLHUP) _exit(0);
  }
}

class BareRelay : public Pair {
 public:
  BareRelay() {
    int masters[2];
    for (int i = 0; i < 2; ++i) {
      termios raw{};
      cfmakeraw(&raw);
      raw.c_cflag |= CREAD | CLOCAL;
      int slave = -1;
      if (openpty(&masters[i], &slave, nullptr, &raw, nullptr) != 0) give_up("no pty for the bare relay");
      fcntl(masters[i], F_SETFL, O_NONBLOCK);
      fcntl(slave, F_SETFL, O_NONBLOCK);
      (i == 0 ? near_ : far_) = slave;
    }
    pid_t const pid = fork();
    if (pid == 0) {
      become_child({});
      close(near_), close(far_);
      relay(masters[0], masters[1]);
    }
    process_ = Process(pid);
    close(masters[0]), close(masters[1]);
  }
  std::string name() const override { return "bare relay"; }

 private:
  Process process_;
};

/// Opens what socat made, once it has.
int open_link(std::string const& link) {
  struct stat ignored;
  auto const until = Clock::now() + 10s;
  while (stat(link.c_str(), &ignored) != 0 && Clock::now() < until) std::this_thread::sleep_for(5ms);
  int const fd = open(link.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) give_up("socat made no pty");
  return fd;
}

bool have_socat() { return run({"sh", "-c", "command -v socat"}).status == 0; }

class Socat : public Pair {
 public:
  Socat() {
    std::string const a = folder_ / "a", b = folder_ / "b";
    process_ = Process({"socat", "PTY,raw,echo=0,link=" + a, "PTY,raw,echo=0,link=" + b});
    near_ = open_link(a);
    far_ = open_link(b);
  }
  std::string name() const override { return "socat"; }

 private:
  TemporaryFolder folder_;
  Process process_;
};

/// A TCP peer that waits for one caller and does not hold back small segments.
class TcpPeer {
 public:
  int accept() {
    int const fd = server_.accept();
    if (fd < 0) give_up("nobody called the TCP peer");
    int const on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
  std::string address() const { return server_.address(); }

 private:
  Server server_;
};

class SocatTcp : public Pair {
 public:
  SocatTcp() {
    std::string const link = folder_ / "a";
    process_ = Process({"socat", "PTY,raw,echo=0,link=" + link, "TCP:" + peer_.address() + ",nodelay"});
    far_ = peer_.accept();
    near_ = open_link(link);
  }
  ~SocatTcp() override { close(near_), close(far_); }
  std::string name() const override { return "socat"; }

 private:
  TemporaryFolder folder_;
  TcpPeer peer_;
  Process process_;
};

class TcpCall : public Pair {
 public:
  TcpCall() {
    if (auto const up = bank_.up(); !up) give_up(up.message());
    if (!port_.type("ATDT" + peer_.address() + "\r")) give_up("the port takes no command");
    far_ = peer_.accept();
    if (!port_.expect("\nCONNECT") || !port_.expect("\r\n")) give_up("the call to the TCP peer failed");
    near_ = port_.fd();
  }
  ~TcpCall() override { close(far_); }
  std::string name() const override { return "TCP call"; }

 private:
  TcpPeer peer_;
  BankProcess bank_;
  PortFile port_{bank_.port(0)};
};

class Reversed : public Pair {
 public:
  explicit Reversed(Pair const& pair) : name_(pair.name()) {
    near_ = pair.far();
    far_ = pair.near();
  }
  std::string name() const override { return name_; }

 private:
  std::string name_;
};

class Modems : public Pair {
 public:
  Modems() {
    if (auto const up = bank_.up(); !up) give_up(up.message());
    near_port_ = std::make_unique<PortFile>(bank_.port(0));
    far_port_ = std::make_unique<PortFile>(bank_.port(1));
    if (auto const call = connect(*near_port_, *far_port_, bank_.number(1)); !call) give_up(call.message());
    near_ = near_port_->fd();
    far_ = far_port_->fd();
  }
  std::string name() const override { return "two modems"; }

 private:
  BankProcess bank_;
  std::unique_ptr<PortFile> near_port_, far_port_;
};

}  // namespace

std::unique_ptr<Pair> bare_relay() { return std::make_unique<BareRelay>(); }
std::unique_ptr<Pair> socat() { return have_socat() ? std::make_unique<Socat>() : nullptr; }
std::unique_ptr<Pair> modems() { return std::make_unique<Modems>(); }
std::unique_ptr<Pair> tcp_call() { return std::make_unique<TcpCall>(); }
std::unique_ptr<Pair> socat_tcp() { return have_socat() ? std::make_unique<SocatTcp>() : nullptr; }
std::unique_ptr<Pair> reversed(Pair const& pair) { return std::make_unique<Reversed>(pair); }

}  // namespace offhook::bench
