// A program that knows nothing of banks: it opens a tty and asks for its modem lines, step by step as its
// arguments say, and prints one line a step. Linked dynamically and statically, so no library but the C
// one's.
//
//   run_lines PORT STEP...
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Steps = std::vector<std::string>;

constexpr struct {
  char const* name;
  int bit;
} lines[] = {{"RTS", TIOCM_RTS}, {"CTS", TIOCM_CTS}, {"DSR", TIOCM_DSR},
             {"DTR", TIOCM_DTR}, {"CD", TIOCM_CAR},  {"RI", TIOCM_RNG}};

int bits_of(std::string const& names) {
  int bits = 0;
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, ',');)
    for (auto const& line : lines)
      if (name == line.name) bits |= line.bit;
  return bits;
}

void print(char const* step, std::string const& what) {
  std::printf("%s %s\n", step, what.c_str());
  std::fflush(stdout);
}
void print(char const* step, int result) { print(step, result == 0 ? "ok" : strerrorname_np(errno)); }

void get(int fd) {
  int bits = 0;
  if (ioctl(fd, TIOCMGET, &bits) != 0) return print("get", -1);
  std::string names;
  for (auto const& line : lines)
    if ((bits & line.bit) != 0) names += (names.empty() ? "" : ",") + std::string(line.name);
  print("get", names);
}

/// Looks until none of the lines is ON.
void fall(int fd, std::string const& names) {
  int bits = ~0;
  for (int i = 0; i < 3000 && (bits & bits_of(names)) != 0; ++i) {
    if (ioctl(fd, TIOCMGET, &bits) != 0) return print("fall", -1);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  print("fall", (bits & bits_of(names)) == 0 ? "ok" : "never");
}

void change(int fd, char const* step, unsigned long request, std::string const& names) {
  int const bits = bits_of(names);
  print(step, ioctl(fd, request, &bits));
}

void count(int fd) {
  serial_icounter_struct counts{};
  if (ioctl(fd, TIOCGICOUNT, &counts) != 0) return print("count", -1);
  print("count", "cts " + std::to_string(counts.cts) + " dsr " + std::to_string(counts.dsr) + " cd " +
                     std::to_string(counts.dcd) + " ri " + std::to_string(counts.rng));
}

void serial(int fd) {
  serial_struct about{};
  if (ioctl(fd, TIOCGSERIAL, &about) != 0) return print("serial", -1);
  print("serial", "type " + std::to_string(about.type) + " line " + std::to_string(about.line));
}

void expect(int fd, std::string const& text) {
  std::string read_so_far;
  auto const until = Clock::now() + std::chrono::seconds(30);
  while (Clock::now() < until && read_so_far.find(text) == std::string::npos) {
    pollfd look{fd, POLLIN, 0};
    char c = 0;  // byte by byte: what follows is the next step's
    if (poll(&look, 1, 100) <= 0) continue;
    if (read(fd, &c, 1) != 1) return print("expect", "end");
    read_so_far += c;
  }
  print("expect", read_so_far.find(text) == std::string::npos ? "nothing" : "ok");
}

// ---- edges, raised by the bank at our word while another thread waits for them

/// The bank's control socket: pulls a port's cable and puts it back.
class Cable {
 public:
  Cable(std::string const& socket, std::string port)
      : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)), port_(std::move(port)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    if (connect(fd_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) std::abort();
  }
  void toggle() {
    ask(plugged_ ? "unplug" : "plug");
    plugged_ = !plugged_;
  }
  void drop() { ask("drop"); }

 private:
  void ask(std::string const& verb) const {
    std::string const request =
        R"({"jsonrpc":"2.0","id":1,"method":")" + verb + R"(","params":{"port":")" + port_ + "\"}}\n";
    if (write(fd_, request.data(), request.size()) < 0) std::abort();
    for (char c = 0; c != '\n';)
      if (read(fd_, &c, 1) != 1) std::abort();
  }

  int fd_;
  std::string port_;
  bool plugged_ = true;
};

std::string socket_beside(std::string const& port) {
  return port.substr(0, port.rfind('/')) + "/control.sock";
}
std::string name_of(std::string const& port) { return port.substr(port.rfind('/') + 1); }

std::atomic<unsigned> handled;
void on_signal(int) { ++handled; }

/// The thread is in ioctl(): nothing else of it blocks.
bool blocked(pid_t thread) {
  std::ifstream in("/proc/self/task/" + std::to_string(thread) + "/syscall");
  int call = -1;
  return in >> call && call == SYS_ioctl;
}

template <class Condition>
bool soon(Condition condition) {
  for (auto const until = Clock::now() + std::chrono::seconds(10); !condition(); std::this_thread::yield())
    if (Clock::now() > until) return false;
  return true;
}

/// `disturb`: none, restart or interrupt: a signal about when the edge comes, with or without SA_RESTART.
void edges(int fd, std::string const& port, unsigned tries, std::string const& disturb) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = disturb == "restart" ? SA_RESTART : 0;
  if (disturb != "none") sigaction(SIGUSR1, &action, nullptr);
  std::atomic<pid_t> waiter{0};
  std::atomic<unsigned> woken{0};
  std::atomic<bool> over{false}, left{false};
  std::thread thread([&] {
    waiter = static_cast<pid_t>(syscall(SYS_gettid));
    while (!over)
      if (ioctl(fd, TIOCMIWAIT, TIOCM_DSR) == 0) ++woken;
    left = true;
  });
  Cable cable(socket_beside(port), name_of(port));
  unsigned lost = 0, extra = 0, done = 0;
  soon([&] { return waiter != 0; });
  for (unsigned i = 0; i < tries && lost == 0; ++i) {
    int look_at = 0;
    // What is asked second is answered second: the wait has begun for the supervisor, too.
    bool ready = true;
    // Twice: an answer that a signal met is given once more, and the thread is then on its way round.
    for (int look = 0; look < 2; ++look)
      ready = ready && soon([&] { return blocked(waiter); }) && ioctl(fd, TIOCMGET, &look_at) == 0;
    if (!ready) break;
    unsigned const before = woken, signals = handled;
    if (disturb != "none") {
      syscall(SYS_tgkill, getpid(), waiter.load(), SIGUSR1);
      for (unsigned spin = 0; spin < i % 97 * 20; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    cable.toggle();
    if (!soon([&] { return woken != before; })) {
      ++lost;
      get(fd);  // what was known of the edge
      count(fd);
    }
    if (disturb != "none") soon([&] { return handled != signals; });
    ++done;
    extra += woken - before > 1 ? 1 : 0;
  }
  over = true;
  // A thread on its way into the call misses an edge, as it would on any tty.
  for (int i = 0; i < 10 && !left; ++i) {
    int bits = 0;
    soon([&] { return left || blocked(waiter); });
    ioctl(fd, TIOCMGET, &bits);
    cable.toggle();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (!left) std::_Exit(1);
  thread.join();
  print("edges",
        "lost " + std::to_string(lost) + " of " + std::to_string(done) + " extra " + std::to_string(extra));
}

void take(int fd, std::string const& port, Steps const& steps);

void in_a_child(int fd, std::string const& port, Steps const& steps) {
  if (fork() == 0) {
    take(fd, port, steps);
    std::_Exit(0);
  }
  wait(nullptr);
}

void take(int fd, std::string const& port, Steps const& steps) {
  for (size_t i = 0; i < steps.size(); ++i) {
    std::string const& step = steps[i];
    auto const next = [&] { return i + 1 < steps.size() ? steps[++i] : std::string(); };
    Steps const rest(steps.begin() + static_cast<long>(i) + 1, steps.end());
    if (step == "get") get(fd);
    if (step == "drop") {
      Cable(socket_beside(port), name_of(port)).drop();
      print("drop", 0);
    }
    if (step == "fall") fall(fd, next());
    if (step == "bis") change(fd, "bis", TIOCMBIS, next());
    if (step == "bic") change(fd, "bic", TIOCMBIC, next());
    if (step == "set") change(fd, "set", TIOCMSET, next());
    if (step == "badget") print("badget", ioctl(fd, TIOCMGET, nullptr));
    if (step == "wait") print("wait", ioctl(fd, TIOCMIWAIT, bits_of(next())));
    if (step == "count") count(fd);
    if (step == "serial") serial(fd);
    if (step == "break") print("break", tcsendbreak(fd, 0));
    if (step == "say") {
      std::string const text = next() + "\r";
      print("say", write(fd, text.data(), text.size()) > 0 ? 0 : -1);
    }
    if (step == "expect") expect(fd, next());
    if (step == "exit") std::exit(std::atoi(next().c_str()));
    if (step == "raise") raise(std::atoi(next().c_str()));
    if (step == "edges") {
      auto const tries = static_cast<unsigned>(std::atoi(next().c_str()));
      edges(fd, port, tries, next());
    }
    if (step == "pause") {
      print("pause", "");
      std::getchar();
    }
    if (step == "thread") return std::thread([&] { take(fd, port, rest); }).join();
    if (step == "fork") return in_a_child(fd, port, rest);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  int const fd = open(argv[1], O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return std::perror(argv[1]), 1;
  termios settings{};
  if (tcgetattr(fd, &settings) == 0) {
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL;
    tcsetattr(fd, TCSANOW, &settings);
  }
  take(fd, argv[1], Steps(argv + 2, argv + argc));
}
