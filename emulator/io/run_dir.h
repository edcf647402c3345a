// Where a program that serves others lives: its directory, and the one lock in it.
#pragma once

#include <string>
#include <string_view>

#include "emulator/base/result.h"

namespace offhook::io {

/// `option` (--dir), or else what the environment's `variable` names, or else the user's own: /run/PROGRAM
/// for root, $XDG_RUNTIME_DIR/PROGRAM, or /tmp/PROGRAM-UID. `origin` says which it was.
struct RunDir {
  std::string path, origin;
  std::string variable;
  bool shared_parent = false;  // below /tmp: must be ours alone, since anybody could have made it
};
RunDir run_dir(std::string_view program, std::string_view variable, std::string const& option);

/// Where the directory is below /tmp: an error unless it is ours and closed to others.
Result<void> check_owner(RunDir const& dir);
/// Makes the directory where it is missing.
Result<void> make_dir(RunDir const& dir);

std::string control_socket(std::string const& dir);

/// The right to serve a directory: a lock on DIR/lock, with our pid in it, until this object is gone.
class DirLock {
 public:
  /// The error names the pid that holds it. `what`: "a bank", "rasd".
  static Result<DirLock> take(std::string const& dir, std::string_view what);
  DirLock(DirLock&& other) noexcept;
  DirLock& operator=(DirLock&&) = delete;
  ~DirLock();

 private:
  DirLock(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::string path_;
};

}  // namespace offhook::io
