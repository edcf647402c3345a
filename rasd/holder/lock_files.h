// Lock files: LCK..NAME with a pid in it. Programs disagree on NAME (cu takes the base name, pppd the path
// below /dev) and some write the pid as text, some as an int; whoever made one may be long gone.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rasd/holder/process.h"

namespace offhook::holder {

/// The spellings under which programs lock a tty called `path`: "/dev/pts/7" gives LCK..pts_7 and LCK..7,
/// "/tmp/x/ttyVM0" gives LCK..ttyVM0, "/dev/serial/by-path/P" gives LCK..serial_by-path_P and LCK..P.
std::vector<std::string> lock_names(std::string_view path);

/// A lock file as it was found.
struct LockRecord {
  std::string path;
  pid_t pid = 0;         // 0: it names no process, or may not be read
  bool readable = true;  // false: we may not read it
  WallTime made{};       // its mtime
  dev_t device = 0;
  ino_t inode = 0;
};
std::optional<LockRecord> read_lock(std::string const& path);

/// The pid in a lock file's first bytes: decimal text, blanks before it, anything after it; or an int as the
/// machine has it. 0: neither.
pid_t parse_lock(std::string_view content);

/// What else is known when a lock file is judged.
struct LockFacts {
  std::optional<WallTime> owner_since;  // the process with its pid, if there is one
  std::optional<WallTime> tty_born;     // for the spelling of a pts: when the pts of that number was made
  bool owner_has_it_open = false;       // the process with its pid has the tty open
  WallTime now{};
};

/// Why the file is stale; nothing if it counts.
std::optional<std::string> stale(LockRecord const& lock, LockFacts const& facts);

}  // namespace offhook::holder
