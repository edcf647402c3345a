// Where a bank lives: its directory, the one lock in it, and what a killed bank left there.
#pragma once

#include <optional>
#include <string>

#include "emulator/base/result.h"

namespace offhook::app {

/// The bank's directory: `option` (--dir) or else VMODEM_DIR or else the user's own. `origin` says which it
/// was.
struct BankDir {
  std::string path, origin;
  bool shared_parent = false;  // below /tmp: must be ours alone, since anybody could have made it
};
BankDir bank_dir(std::string const& option);

/// Where the directory is below /tmp: an error unless it is ours and closed to others.
Result<void> check_owner(BankDir const& dir);
/// Makes the directory where it is missing.
Result<void> make_dir(BankDir const& dir);

std::string control_socket(std::string const& dir);

/// The right to run the bank of a directory: a lock on DIR/lock, with our pid in it, until this object is
/// gone.
class DirLock {
 public:
  /// The error names the pid that holds it.
  static Result<DirLock> take(std::string const& dir);
  DirLock(DirLock&& other) noexcept;
  DirLock& operator=(DirLock&&) = delete;
  ~DirLock();

 private:
  DirLock(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::string path_;
};

/// Removes the sockets and the ports' names of a bank that did not end in order. Call it with the lock held.
void remove_leftovers(std::string const& dir);

}  // namespace offhook::app
