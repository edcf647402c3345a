// Who guesses passwords is made to wait, and after too many guesses is not listened to for a while: by port
// and by the user that is guessed at. Each failure is forgotten after a time of its own, one after another.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "emulator/base/time.h"

namespace offhook::auth {

class Throttle {
 public:
  struct Limits {
    Duration delay = 1s;          // of the answer to the first failure; twice that for the next, and so on
    Duration longest_delay = 8s;  // shorter than a peer waits for an answer (AuthLimits: 10 times 3 s)
    Duration forgets = 60s;       // for each failure
    unsigned most_by_user = 10, most_by_port = 30;  // failures not forgotten: then nobody is listened to
    size_t most_names = 4096;                       // of either kind
  };
  Throttle() : Throttle(Limits{}) {}
  explicit Throttle(Limits limits) : limits_(limits) {}

  /// False: not to be checked at all. What is refused so does not count as a failure.
  bool admits(Instant now, std::string_view port, std::string_view user) const;
  /// Counts one, and says how long its answer waits.
  Duration failed(Instant now, std::string_view port, std::string_view user);
  void succeeded(std::string_view port, std::string_view user);
  Duration longest_delay() const { return limits_.longest_delay; }
  size_t names() const { return by_user_.size() + by_port_.size(); }

 private:
  /// By name: when its last failure will be forgotten.
  using Table = std::map<std::string, Instant, std::less<>>;
  unsigned level(Table const& table, Instant now, std::string_view name) const;
  unsigned count(Table& table, Instant now, std::string_view name) const;
  void make_room(Table& table, Instant now) const;

  Limits limits_;
  Table by_user_, by_port_;
};

}  // namespace offhook::auth
