// Opens of a bank's ports that wait for carrier, as a serial driver has them wait: blocking ones, while
// CLOCAL is clear and 109 is OFF. Meanwhile the port is held open, for 108 is ON while an open waits.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include "emulator/io/alarm.h"
#include "emulator/supervise/listener.h"

namespace offhook::supervise {

class Opens {
 public:
  /// `dir` is the bank's.
  Opens(io::Alarm& alarm, Listener& listener, std::string dir);

  /// What a port shows: its carrier and which pty is its own.
  struct Shown {
    bool carrier;
    uint64_t generation;
  };
  /// The kernel carries the open out at once, or when there is carrier.
  void begin(Notification const& call, std::string const& port, Shown shown);
  /// That its bank is gone need not be told: the pty is, then.
  void told(std::string const& port, Shown shown);

 private:
  struct Open {
    Notification call;
    std::string port;
    Shown shown;
    io::Fd held;
    std::optional<Instant> passed;  // to the kernel: held until the program has the port open itself
  };
  void hold(Open& open);
  void look(Open& open, Instant now);
  void pass(Open& open, Instant now);
  void tick(Instant now);
  bool is_over(Open const& open, Instant now) const;

  Listener& listener_;
  std::string dir_;
  std::list<Open> opens_;
  io::Alarm::Entry tick_;
};

}  // namespace offhook::supervise
