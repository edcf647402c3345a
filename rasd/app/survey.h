// Who holds the ports: questions of many ports answered by one walk through /proc, and walks so far apart
// that they take a tenth of the time at most.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "emulator/io/alarm.h"
#include "rasd/port/events.h"

namespace offhook::rasd {

class PortDriver;

class Survey {
 public:
  /// Answers are given to PortDriver::ownership(), from the event loop.
  Survey(io::Alarm& alarm, std::string lock_dir);

  void ask(PortDriver& port, port::Ticket ticket);
  /// The port is about to go: nothing is answered to it.
  void forget(PortDriver const& port);

 private:
  void run(Instant now);

  struct Asked {
    PortDriver* port;
    port::Ticket ticket;
  };
  io::Alarm::Entry due_;
  std::vector<std::string> lock_dirs_;
  std::vector<Asked> asked_;
  Instant not_before_{};
};

}  // namespace offhook::rasd
