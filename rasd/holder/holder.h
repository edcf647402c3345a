// Who holds a tty, by every sign that Linux gives, and in words that an operator can act on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "rasd/holder/process.h"

namespace offhook::holder {

/// A tty as its users may know it. A pts is itself by device and inode: containers have other ptys of the
/// same number. Any other tty is its device number, whatever nodes lead to it.
struct TtyIdentity {
  std::vector<std::string>
      paths;         // as asked for, then where its symbolic links lead: ".../ttyVM0", "/dev/pts/7"
  dev_t number = 0;  // st_rdev
  dev_t device = 0;  // st_dev and st_ino of the node
  ino_t inode = 0;
  std::optional<WallTime> born;  // a pts: when this one was made at the latest, as far as the node can tell
  bool operator==(TtyIdentity const&) const = default;

  /// The base name under which it was asked for: "ttyVM0".
  std::string name() const;
  bool is_pts() const;
};
Result<TtyIdentity> identify(std::string const& path);

struct Claim {
  /// In the order in which they are told; `outside`: the signs are there and no process is seen that made
  /// them.
  enum class Kind : uint8_t { lock_file, flock, record_lock, exclusive, open, outside };
  Kind kind = Kind::open;
  Process by;            // pid 0: not known
  WallTime since{};      // a lock file's mtime, otherwise the process's start
  std::string tty;       // TtyIdentity::name()
  std::string evidence;  // "lock file /var/lock/LCK..ttyVM0", "open /dev/pts/7", "flock", "TIOCEXCL" ...
  bool operator==(Claim const&) const = default;
};
std::string_view name(Claim::Kind kind);

/// "minicom (pid 812, user anna, since 10:02:11) holds ttyVM0: lock file /var/lock/LCK..ttyVM0"; a day is put
/// before the time where it is not today.
std::string sentence(Claim const& claim);
/// Claims of one process in one sentence, the signs one after another; empty without claims. The first
/// claim's process is the one that is named.
std::string sentence(std::span<Claim const> claims);

/// What holds nobody up, and why.
struct Stale {
  std::string what;  // the lock file's path, or "TIOCEXCL"
  std::string why;
  bool operator==(Stale const&) const = default;
};

/// By what the caller has met somebody's hold: EBUSY as it opened the tty, EWOULDBLOCK as it took its flock.
enum class Refusal : uint8_t { none, open, flock };

struct Question {
  TtyIdentity tty;
  /// A descriptor of the tty that TIOCGEXCL is asked on; -1: it is not asked. Whoever has set TIOCEXCL
  /// himself does not ask: the mark does not say whose it is.
  int descriptor = -1;
  Refusal refused = Refusal::none;
  /// Processes that may hold this tty: the holder of its lease.
  std::vector<pid_t> ours;
};

struct Options {
  std::vector<std::string> lock_dirs{"/var/lock", "/run/lock"};
  /// Processes that may hold every tty asked about: rasd, the bank.
  std::vector<pid_t> ours;
};

struct Findings {
  std::vector<Claim> claims;  // by Claim::Kind, then pid
  std::vector<Stale> stale;
  size_t unreadable = 0;  // processes whose descriptors we may not see; without claims they may still hold it
  bool operator==(Findings const&) const = default;
};

/// Answers in the order of the questions, with one walk through /proc. Fails only where there is no /proc.
Result<std::vector<Findings>> survey(std::span<Question const> questions, Options const& options = {});
Result<Findings> survey(Question const& question, Options const& options = {});
/// Whether the process has the tty open now; false where that may not be seen.
bool has_open(pid_t pid, TtyIdentity const& tty);
/// Who holds the tty, but for `options.ours`.
Result<std::vector<Claim>> claims(TtyIdentity const& tty, Options const& options = {});

}  // namespace offhook::holder
