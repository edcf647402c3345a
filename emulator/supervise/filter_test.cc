#include "emulator/supervise/filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cstring>

namespace offhook::supervise {
namespace {

/// What the kernel makes of it: the instructions that the filter is made of, and no other.
uint32_t verdict(seccomp_data const& data, bool opens) {
  uint32_t accumulator = 0;
  auto const program = filter(opens);
  for (size_t at = 0; at < program.size(); ++at) {
    auto const& i = program[at];
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<char const*>(&data) + i.k, sizeof accumulator);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == i.k ? i.jt : i.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= i.k ? i.jt : i.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (accumulator & i.k) != 0 ? i.jt : i.jf;
        break;
      case BPF_RET | BPF_K:
        return i.k;
      default:
        ADD_FAILURE() << "an instruction nobody expects: " << i.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the program runs over its end";
  return 0;
}

struct How {
  bool opens = false;
  uint32_t arch = AUDIT_ARCH_X86_64;
};
bool asks(int call, std::initializer_list<uint64_t> arguments, How how = {}) {
  seccomp_data data{};
  data.nr = call;
  data.arch = how.arch;
  std::copy(arguments.begin(), arguments.end(), data.args);
  uint32_t const found = verdict(data, how.opens);
  EXPECT_TRUE(found == SECCOMP_RET_USER_NOTIF || found == SECCOMP_RET_ALLOW);
  return found == SECCOMP_RET_USER_NOTIF;
}

TEST(Filter, modem_line_and_break_requests_are_asked_about) {
  for (uint64_t const request : {TIOCMGET, TIOCMSET, TIOCMBIS, TIOCMBIC, TIOCMIWAIT, TIOCGICOUNT, TIOCGSERIAL,
                                 TIOCSSERIAL, TIOCSBRK, TIOCCBRK, TCSBRKP, TCSBRK})
    EXPECT_TRUE(asks(SYS_ioctl, {3, request, 0})) << request;
}

TEST(Filter, settings_are_asked_about_for_a_pty_forgets_some) {
  for (uint64_t const request :
       {uint64_t{TCGETS}, uint64_t{TCSETS}, uint64_t{TCSETSW}, uint64_t{TCSETSF}, uint64_t{0x802c542a},
        uint64_t{0x402c542b}, uint64_t{0x402c542c}, uint64_t{0x402c542d}})
    EXPECT_TRUE(asks(SYS_ioctl, {3, request, 0})) << request;
}

TEST(Filter, the_kernel_reads_half_of_a_request_and_so_do_we) {
  EXPECT_TRUE(asks(SYS_ioctl, {3, uint64_t{0xffffffff} << 32 | TIOCMGET, 0}));
}

TEST(Filter, of_all_requests_of_ttys_those_alone_are_asked_about) {
  size_t asked = 0;
  for (uint64_t request = 0x5400; request < 0x5500; ++request) asked += asks(SYS_ioctl, {3, request, 0});
  EXPECT_EQ(asked, 16u);
}

TEST(Filter, every_other_request_passes_at_once) {
  for (uint64_t const request : {TCGETA, TCXONC, TCFLSH, FIONREAD, TIOCGWINSZ, TIOCOUTQ, TIOCEXCL})
    EXPECT_FALSE(asks(SYS_ioctl, {3, request, 0})) << request;
}

TEST(Filter, tcdrain_is_no_break) { EXPECT_FALSE(asks(SYS_ioctl, {3, TCSBRK, 1})); }

TEST(Filter, every_other_call_passes_at_once) {
  for (int call = 0; call < 500; ++call) {
    bool const is_ioctl = call == SYS_ioctl;
    EXPECT_EQ(asks(call, {TIOCMGET, TIOCMGET, TIOCMGET}), is_ioctl) << call;
  }
}

bool asks_to_open(uint64_t flags, bool opens = true) {
  bool const asked = asks(SYS_openat, {0, 0, flags, 0}, {.opens = opens});
  EXPECT_EQ(asks(SYS_open, {0, flags, 0}, {.opens = opens}), asked);
  return asked;
}

TEST(Filter, opens_that_may_block_on_a_tty_are_asked_about_where_wanted) {
  for (uint64_t const flags : {O_RDWR, O_RDWR | O_NOCTTY, O_WRONLY, O_WRONLY | O_CREAT | O_TRUNC}) {
    EXPECT_TRUE(asks_to_open(flags)) << flags;
    EXPECT_FALSE(asks_to_open(flags, false)) << flags;
  }
}

TEST(Filter, opens_of_readers_and_of_who_will_not_wait_pass) {
  for (uint64_t const flags :
       {O_RDONLY, O_RDONLY | O_CLOEXEC, O_RDWR | O_NONBLOCK, O_WRONLY | O_NDELAY | O_NOCTTY, O_PATH | O_RDWR})
    EXPECT_FALSE(asks_to_open(flags)) << flags;
}

TEST(Filter, programs_of_another_architecture_pass) {
  EXPECT_FALSE(asks(SYS_ioctl, {3, TIOCMGET, 0}, {.arch = AUDIT_ARCH_I386}));
  EXPECT_FALSE(asks(0x40000000 | SYS_ioctl, {3, TIOCMGET, 0}));
}

}  // namespace
}  // namespace offhook::supervise
