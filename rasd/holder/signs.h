// The signs that the kernel gives, before anybody judges them: descriptors in /proc/PID/fd and rows of
// /proc/locks.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rasd/holder/holder.h"

namespace offhook::holder {

/// A process that has the tty open, and what its descriptor is called in /proc.
struct Opener {
  pid_t pid = 0;
  std::string path;
};
struct Walk {
  std::vector<std::vector<Opener>> openers;  // by question; each pid once
  size_t unreadable = 0;                     // processes, but for the kernel's threads
  bool hidden = false;                       // /proc does not show all processes (hidepid)
};
Result<Walk> walk_descriptors(std::span<Question const> questions);

/// A row of /proc/locks: a lock that is held, not one that is waited for.
struct KernelLock {
  Claim::Kind kind = Claim::Kind::flock;
  pid_t pid = 0;  // who took it; -1: the kernel does not say (locks of open file descriptions)
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(KernelLock const&) const = default;
};
std::optional<KernelLock> parse_lock_row(std::string_view row);
std::vector<KernelLock> kernel_locks();

/// TIOCGEXCL.
bool exclusive(int descriptor);
/// We are in the first pid namespace, where every process of the system has a pid.
bool sees_all_namespaces();

}  // namespace offhook::holder
