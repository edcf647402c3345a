// A seccomp listener: system calls of the program that wait for an answer, and what they point at.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "emulator/io/descriptor.h"

namespace offhook::supervise {

struct Notification {
  uint64_t id = 0;
  pid_t thread = 0;
  int number = 0;  // of the call: SYS_ioctl
  std::array<uint64_t, 6> arguments{};
};

class Listener {
 public:
  /// `asked` for each call; `over` once no process is left that has the filter.
  struct Handlers {
    std::function<void(Notification const&)> asked;
    std::function<void()> over;
  };
  Listener(boost::asio::io_context& io, Handlers handlers);
  Result<void> start(io::Fd fd);

  /// The call still waits: what was read of its thread before is of that thread.
  bool waits(uint64_t id) const;
  /// The result as the kernel would have it, a negative errno for a failure. False where the call has gone:
  /// interrupted, or its thread dead.
  bool answer(uint64_t id, long result);
  /// The kernel carries the call out as if nobody listened.
  void pass(uint64_t id);

 private:
  void on_readable();
  void receive();
  bool another_comes() const;

  Handlers handlers_;
  io::Descriptor descriptor_;
  std::optional<uint64_t> answered_;  // the call that was answered last
};

/// The files that threads have open. Of the thread that was asked about last it keeps the folder in /proc:
/// that of a dead one stays empty, whoever has its number next.
class OpenFiles {
 public:
  /// 0, or errno. `known`: the thread is certainly the one that had the number in the last question already,
  /// and so whoever asked by that number since.
  int stat(pid_t thread, uint64_t descriptor, struct stat& file);
  bool known() const { return known_; }

 private:
  pid_t thread_ = -1;
  io::Fd folder_;
  bool known_ = false;
};

/// Where an open() or openat() of a thread leads, as we can follow it; empty where that cannot be read.
std::string opened_path(Notification const& call);
/// A descriptor of a thread's, for us too, while nobody else's of that number took its place: `file` is what
/// it should be of. None where we may not, or the thread has descriptors of its own.
io::Fd share_descriptor(Notification const& call, struct stat const& file);
/// What /proc says of a thread behind this key ("Tgid:"); empty where it is gone.
std::string status_of(pid_t thread, std::string_view key);
/// A thread's memory: 0, or errno.
int read_memory(pid_t thread, uint64_t address, std::span<std::byte> into);
int write_memory(pid_t thread, uint64_t address, std::span<std::byte const> bytes);

}  // namespace offhook::supervise
