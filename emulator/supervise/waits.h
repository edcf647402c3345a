// Threads that wait in TIOCMIWAIT, each with the counts that it compares with. A signal ends the wait in the
// kernel unsaid, and with SA_RESTART the same call comes again: it goes on with the old counts, so that an
// edge while the handler ran is not lost. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/supervise/modem_lines.h"

namespace offhook::supervise {

struct Wait {
  uint64_t id = 0;  // the notification that is to be answered
  pid_t thread = 0;
  std::string port;
  uint64_t generation = 0;
  uint64_t awaited = 0;  // TIOCM bits
  Counts since;
  bool operator==(Wait const&) const = default;
};

class Waits {
 public:
  /// A thread waits, from `wait.since` on; or, where a wait of the same thread for the same was not answered,
  /// from when that began: a restarted call cannot be told from a new one.
  void begin(Wait wait);
  /// It was answered.
  void end(pid_t thread);
  /// Those of a port that an edge or a fresh pty ends, in the order of the threads.
  std::vector<Wait> due(std::string const& port, uint64_t generation, Counts const& now) const;
  /// All of a port.
  std::vector<Wait> of(std::string const& port) const;
  void drop(std::function<bool(Wait const&)> const& which);
  size_t size() const { return by_thread_.size(); }

 private:
  std::map<pid_t, Wait> by_thread_;
};

}  // namespace offhook::supervise
