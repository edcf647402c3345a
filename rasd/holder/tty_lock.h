// A tty taken so that every other program sees it: lock files in both spellings, flock, TIOCEXCL.
#pragma once

#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "rasd/holder/holder.h"

namespace offhook::holder {

struct LockOptions {
  /// Where lock files go. Where that is not to be written to, the kernel's locks must do, and notes() says
  /// so.
  std::string dir = "/var/lock";
  /// The process that the lock files name; 0: this one. A lease's lock is in the pid of its holder.
  pid_t owner = 0;
  /// Set flock and TIOCEXCL too. They keep out our own second open as well (TIOCEXCL: unless we are root):
  /// where the tty is somebody's by our leave, they are his to set.
  bool exclusive = true;
  /// Processes that may hold the tty meanwhile (see Options::ours); this one and the owner always may.
  std::vector<pid_t> ours;
};

/// A tty that is locked as long as this object lives. Lock files of processes that are gone are taken away.
class TtyLock {
 public:
  /// Fails with the sentence that names the holder. `fd`: the tty, open; -1: lock files alone. A duplicate of
  /// it is kept until the release, so the tty stays open that long.
  static Result<TtyLock> take(TtyIdentity const& tty, int fd, LockOptions const& options = {});

  TtyLock(TtyLock&& other) noexcept { *this = std::move(other); }
  TtyLock& operator=(TtyLock&& other) noexcept;
  ~TtyLock() { release(); }

  /// Moves the lock to the tty that the same name leads to now, without letting go of the name in between. On
  /// failure nothing is locked any more.
  Result<void> follow(TtyIdentity const& tty, int fd);
  /// The lock files name another process from now on: a lease begins or ends. A lock is never missing
  /// meanwhile.
  Result<void> pass_to(pid_t owner);
  void release();

  /// The lock files that stand, and what could not be done: sentences for the log.
  std::vector<std::string> files() const;
  std::vector<std::string> const& notes() const { return notes_; }

 private:
  struct File {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
  };

  TtyLock() = default;
  Result<void> take_files(TtyIdentity const& tty);
  Result<void> take_file(TtyIdentity const& tty, std::string const& path, std::string const& fresh);
  Result<void> take_kernel_locks(TtyIdentity const& tty, int fd);
  Error held_by(TtyIdentity const& tty, Refusal refused, std::string const& otherwise) const;
  void release_kernel_locks();
  static void remove(File const& file);

  LockOptions options_;
  std::vector<File> files_;
  io::Fd tty_;
  std::vector<std::string> notes_;
};

}  // namespace offhook::holder
