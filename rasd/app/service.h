// What an answered call gets: a program on a terminal of its own, a TCP connection, or a program on the port
// itself. Bytes between the line and the first two go through rasd, which counts them and lets go of nothing
// of the port.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "emulator/io/alarm.h"
#include "emulator/io/children.h"
#include "rasd/app/config.h"
#include "rasd/port/log.h"
#include "rasd/serial/station.h"

namespace offhook::rasd {

/// The call, as the program finds it in its environment: RAS_PORT, RAS_CALL, RAS_CALLER, RAS_CALLER_NAME,
/// RAS_SPEED (bit/s of the line).
struct CallFacts {
  std::string port;
  uint64_t call = 0;
  std::string caller, caller_name;
  uint32_t line_rate_bps = 0;
};

class Service {
 public:
  /// Run from the event loop, in this order: started or failed, then ended once, when all of it is dead.
  struct Handlers {
    std::function<void()> started;
    std::function<void(std::string)> failed;
    std::function<void(port::Why, std::string)> ended;
  };
  Service(boost::asio::io_context& context, io::Alarm& alarm, io::Children& children, ServiceConfig config,
          Handlers handlers);
  /// What runs is killed, and no handler runs any more.
  ~Service();
  Service(Service const&) = delete;
  Service& operator=(Service const&) = delete;

  void start(CallFacts const& facts, serial::Station& station);
  /// Its terminal is hung up; `at_once`: SIGKILL.
  void stop(bool at_once);
  port::Counters counters() const;
  /// The leader of the program's session; -1: there is none.
  pid_t leader() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::rasd
