// What a program's system calls cost it, in ns a call, as one line of words and numbers:
// run_cost PORT -> "tiocmget 9800 tcgets 210 fionread 160 getppid 95 open_to_read 800 open_to_write 790 pipes
// 6000". A call that fails costs -1. The pipes are a byte to another process and back: two wake-ups, as an
// answered call has.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace {

/// The least of many short runs: what others do on the machine only adds, and a short one may escape it.
template <class Call>
double ns(int calls, Call call) {
  if (!call()) return -1;
  double best = 1e12;
  for (int run = 0; run < 2000; ++run) {
    auto const begun = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) call();
    std::chrono::duration<double, std::nano> const took = std::chrono::steady_clock::now() - begun;
    best = std::min(best, took.count() / calls);
  }
  return best;
}

bool opens(int flags) {
  int const fd = open("/dev/null", flags);
  return fd >= 0 && close(fd) == 0;
}

/// Another process that sends each byte back, until its pipe ends.
class Echo {
 public:
  Echo() {
    works_ = pipe(there_) == 0 && pipe(back_) == 0;
    if (!works_ || fork() != 0) return;
    close(there_[1]);
    for (char byte = 0; read(there_[0], &byte, 1) == 1 && write(back_[1], &byte, 1) == 1;) {
    }
    _exit(0);
  }
  bool there_and_back() const {
    char byte = 0;
    return works_ && write(there_[1], &byte, 1) == 1 && read(back_[0], &byte, 1) == 1;
  }

 private:
  bool works_;
  int there_[2], back_[2];
};

}  // namespace

int main(int argc, char** argv) {
  int const fd = argc > 1 ? open(argv[1], O_RDWR | O_NOCTTY | O_NONBLOCK) : -1;
  int lines = 0;
  termios settings{};
  Echo const echo;
  std::printf(
      "tiocmget %.0f tcgets %.1f fionread %.1f getppid %.1f open_to_read %.0f open_to_write %.0f pipes "
      "%.0f\n",
      ns(10, [&] { return ioctl(fd, TIOCMGET, &lines) == 0; }),
      ns(50, [&] { return tcgetattr(fd, &settings) == 0; }),
      ns(50, [&] { return ioctl(fd, FIONREAD, &lines) == 0; }),
      ns(200, [] { return syscall(SYS_getppid) > 0; }), ns(20, [] { return opens(O_RDONLY); }),
      ns(10, [] { return opens(O_WRONLY); }), ns(10, [&] { return echo.there_and_back(); }));
}
