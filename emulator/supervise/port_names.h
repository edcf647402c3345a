// Which of a bank's ports a pty is: the names in the bank's directory, followed as they get fresh ptys.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <ctime>
#include <map>
#include <optional>
#include <string>

#include "emulator/base/time.h"

namespace offhook::supervise {

/// "/dev/pts/7" of device 136:7; nothing for what is no pty.
std::optional<std::string> pts_path(struct stat const& file);

class PortNames {
 public:
  explicit PortNames(std::string dir);

  struct Found {
    std::string name;
    bool current;  // the name still leads to this pty; if not, it got a fresh one a moment ago
  };
  /// The port whose pty this is; nothing for other files.
  std::optional<Found> find(struct stat const& file, Instant now);
  /// Reads the directory again: a port has a fresh pty.
  void scan(Instant now);

 private:
  struct Entry {
    std::string name;
    std::optional<Instant> left;  // when the name was seen to lead elsewhere
    std::optional<Instant> seen;  // when it was last seen to lead here
  };
  std::optional<std::string> target(std::string const& name) const;
  bool is_current(std::string const& path, Entry& entry, Instant now) const;
  bool changed() const;

  std::string dir_;
  dev_t devpts_ = 0;
  std::map<std::string, Entry> by_path_;
  timespec scanned_{};  // the directory's time of change then
  bool certain_ = false;
};

}  // namespace offhook::supervise
