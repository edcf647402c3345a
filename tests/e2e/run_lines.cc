// A program that knows nothing of banks: it opens a tty and asks for its modem lines, step by step as its
// arguments say, and prints one line a step. Linked dynamically and statically.
//
//   run_lines PORT STEP...
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/run_lines_steps.h"

namespace {

using Clock = std::chrono::steady_clock;
using Steps = std::vector<std::string>;
using run_lines::print;
using run_lines::print_result;

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
    std::string answer;
    for (char c = 0; c != '\n'; answer += c)
      if (read(fd_, &c, 1) != 1) std::abort();
    if (answer.find("\"error\"") != std::string::npos) print(verb.c_str(), answer.c_str());
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

/// The thread sleeps in ioctl(), and what it asks is in the supervisor's queue: one that still waits for a
/// lock of the kernel's on its way there (state D) may be overtaken.
bool blocked(pid_t thread) {
  std::string const task = "/proc/self/task/" + std::to_string(thread);
  std::ifstream syscall(task + "/syscall"), stat(task + "/stat");
  int call = -1;
  std::string pid, name, state;
  return syscall >> call && call == SYS_ioctl && stat >> pid >> name >> state && state == "S";
}

template <class Condition>
bool soon(Condition condition) {
  for (auto const until = Clock::now() + std::chrono::seconds(30); !condition(); std::this_thread::yield())
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
      run_lines::get(fd);  // what was known of the edge
      run_lines::count(fd);
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
  std::string const counted =
      "lost " + std::to_string(lost) + " of " + std::to_string(done) + " extra " + std::to_string(extra);
  print("edges", counted.c_str());
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
    std::string word;
    if (run_lines::take_step(fd, step.c_str(), [&] { return (word = next()).c_str(); })) continue;
    if (step == "drop") {
      Cable(socket_beside(port), name_of(port)).drop();
      print_result("drop", 0);
    }
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
  int const fd = run_lines::open_raw(argv[1]);
  if (fd < 0) return std::perror(argv[1]), 1;
  take(fd, argv[1], Steps(argv + 2, argv + argc));
}
