// Threads that wait in TIOCMIWAIT, each with the counts that it compares with. A signal ends a wait in the
// kernel unsaid, and with SA_RESTART the same call comes again: it goes on with the old counts, so that an
// edge while the handler ran is not lost. An answer that meets a signal is lost, too, and the kernel says it
// was taken: where that may have been, it is given once more. Pure.
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
  /// A thread waits, from `wait.since` on; or from when an earlier wait of the same thread for the same
  /// began, where that was not answered: a restarted call cannot be told from a new one. So too where it was
  /// answered once, however long ago (a handler may take its time), the thread catches signals and has not
  /// looked at the lines since: the answer may have been lost. `catches_signals` is asked only then.
  void begin(Wait wait, std::function<bool()> const& catches_signals);
  /// It was answered.
  void answered(pid_t thread);
  /// The thread was told of the lines: an answer it had was not lost.
  void looked(pid_t thread);
  /// Nothing of the thread counts any more.
  void forget(pid_t thread) { by_thread_.erase(thread); }
  /// Those of a port that an edge or a fresh pty ends, in the order of the threads.
  std::vector<Wait> due(std::string const& port, uint64_t generation, Counts const& now) const;
  /// All of a port.
  std::vector<Wait> of(std::string const& port) const;
  void drop(std::function<bool(Wait const&)> const& which);
  size_t size() const { return by_thread_.size(); }

 private:
  struct Entry {
    Wait wait;
    bool answered = false;
    bool again = false;  // it goes on, or is answered, for the second time
  };
  std::map<pid_t, Entry> by_thread_;
};

}  // namespace offhook::supervise
