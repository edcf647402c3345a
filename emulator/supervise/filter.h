// Which system calls of a program are looked at: a classic BPF program for seccomp. Whatever it does not name
// passes at once. Pure.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace offhook::supervise {

/// For x86-64: the ioctls of modem lines, breaks and settings; where `opens`, also open() and openat() that
/// may write and may block: a path cannot be seen here, and readers are too many. A program of another
/// architecture (i386, x32) passes unlooked at.
std::vector<sock_filter> filter(bool opens);

/// TCGETS2, TCSETS2, TCSETSW2 and TCSETSF2 of asm/termbits.h, which cannot stand beside termios.h.
inline constexpr uint32_t tcgets2 = 0x802c542a, tcsets2 = 0x402c542b, tcsetsw2 = 0x402c542c,
                          tcsetsf2 = 0x402c542d;

}  // namespace offhook::supervise
