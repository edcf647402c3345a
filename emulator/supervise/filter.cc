#include "emulator/supervise/filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace offhook::supervise {
namespace {

// In order, for a search by halves.
constexpr std::array<uint32_t, 20> requests{TCGETS,      TCSETS,   TCSETSW,  TCSETSF,  TCSBRK,
                                            TIOCMGET,    TIOCMBIS, TIOCMBIC, TIOCMSET, TIOCGSERIAL,
                                            TIOCSSERIAL, TCSBRKP,  TIOCSBRK, TIOCCBRK, TIOCMIWAIT,
                                            TIOCGICOUNT, tcsets2,  tcsetsw2, tcsetsf2, tcgets2};
static_assert(std::ranges::is_sorted(requests));

// The kernel reads each as an unsigned int: the lower half, which is first on a little-endian machine.
constexpr uint32_t argument(size_t i) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args) + i * sizeof(uint64_t));
}

constexpr sock_filter load(size_t at) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(at));
}
constexpr sock_filter equal(uint32_t value, size_t else_skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, static_cast<uint8_t>(else_skip));
}
constexpr sock_filter at_least(uint32_t value, size_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, static_cast<uint8_t>(skip), 0);
}
constexpr sock_filter pass = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
constexpr sock_filter ask = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);

using Program = std::vector<sock_filter>;

/// `body`, which ends in a return, where what was loaded last is `value`.
void where(Program& program, uint32_t value, Program const& body) {
  program.push_back(equal(value, body.size()));
  program.insert(program.end(), body.begin(), body.end());
}

Program of_request(uint32_t request) {
  // Another argument than 0 is tcdrain(), which has nothing to do with a break.
  if (request == TCSBRK) return {load(argument(2)), equal(0, 1), ask, pass};
  return {ask};
}

/// A search by halves: each instruction is paid for by every ioctl of the program's.
Program among(std::span<uint32_t const> sorted) {
  if (sorted.size() <= 2) {
    Program program;
    for (uint32_t const request : sorted) where(program, request, of_request(request));
    program.push_back(pass);
    return program;
  }
  size_t const half = sorted.size() / 2;
  Program const below = among(sorted.first(half)), rest = among(sorted.subspan(half));
  Program program{at_least(sorted[half], below.size())};
  program.insert(program.end(), below.begin(), below.end());
  program.insert(program.end(), rest.begin(), rest.end());
  return program;
}

Program of_ioctl() {
  Program program{load(argument(1))};
  Program const search = among(requests);
  program.insert(program.end(), search.begin(), search.end());
  return program;
}

/// `flags` is the argument that says how to open.
Program of_open(size_t flags) {
  return {load(argument(flags)), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_NONBLOCK | O_PATH, 2, 0),
          BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR, 0, 1), ask, pass};
}

}  // namespace

std::vector<sock_filter> filter(bool opens) {
  Program program{load(offsetof(seccomp_data, arch)), equal(AUDIT_ARCH_X86_64, 0), pass,
                  load(offsetof(seccomp_data, nr))};
  program[1].jt = 1;
  where(program, SYS_ioctl, of_ioctl());
  if (opens) {
    where(program, SYS_openat, of_open(2));
    where(program, SYS_open, of_open(1));
  }
  program.push_back(pass);
  return program;
}

}  // namespace offhook::supervise
