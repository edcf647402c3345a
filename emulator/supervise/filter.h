// Which system calls of a program are looked at: a classic BPF program for seccomp. Whatever it does not name
// passes at once. Pure.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace offhook::supervise {

/// For x86-64: the modem-line and break ioctls; where `opens`, also open() and openat() that may write and
/// may block: a path cannot be seen here, and readers are too many. A program of another architecture (i386,
/// x32) passes unlooked at.
std::vector<sock_filter> filter(bool opens);

}  // namespace offhook::supervise
