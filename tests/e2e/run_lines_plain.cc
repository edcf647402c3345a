// run_lines without a C++ library, to be linked with musl: its modem-line steps, and `thread` and `fork`,
// which do the rest elsewhere.
//
//   run_lines_plain PORT STEP...
#include <pthread.h>
#include <sys/wait.h>

#include "tests/e2e/run_lines_steps.h"

namespace {

struct Rest {
  int fd;
  char** steps;
};

void take(Rest rest);

void* in_a_thread(void* rest) {
  take(*static_cast<Rest*>(rest));
  return nullptr;
}

void take(Rest rest) {
  while (*rest.steps != nullptr) {
    char const* const step = *rest.steps++;
    if (strcmp(step, "thread") == 0) {
      pthread_t thread{};
      if (pthread_create(&thread, nullptr, in_a_thread, &rest) == 0) pthread_join(thread, nullptr);
      return;
    }
    if (strcmp(step, "fork") == 0) {
      pid_t const child = fork();
      if (child == 0) {
        take(rest);
        _exit(0);
      }
      waitpid(child, nullptr, 0);
      return;
    }
    run_lines::take_step(rest.fd, step, [&] { return *rest.steps != nullptr ? *rest.steps++ : ""; });
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  int const fd = run_lines::open_raw(argv[1]);
  if (fd < 0) return perror(argv[1]), 1;
  take({fd, argv + 2});
}
