// Connections that ask for a number: accepted, weighed, and given to the trunk or told that it is busy.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>

#include "emulator/driver/bank.h"
#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"
#include "emulator/trunk/admission.h"

namespace offhook::driver {

/// Somebody who has been let in.
struct Caller {
  io::Fd socket;
  std::string address;         // without its port
  std::string name;            // with it
  std::shared_ptr<void> slot;  // its place; given up with the connection
};

class Listener {
 public:
  /// Both run from the event loop; `arrived` takes a caller, `refused` one that has to be told so.
  struct Handlers {
    std::function<void(Instant, Listener&, Caller)> arrived;
    std::function<void(Listener&, io::Fd)> refused;
    std::function<void(Instant)> settle;
  };
  Listener(boost::asio::io_context& io, io::Alarm& alarm, ListenerConfig config, Handlers handlers);

  Result<void> start();
  ListenerConfig const& config() const { return config_; }
  /// "127.0.0.1:2323", as bound.
  std::string const& bound() const { return bound_; }

 private:
  void accept_burst();
  void take(Instant now, io::Fd socket, sockaddr_storage const& from);

  ListenerConfig config_;
  Handlers handlers_;
  std::shared_ptr<trunk::Admission> admission_;  // outlived by nobody who holds a slot
  std::string bound_;
  io::Descriptor descriptor_;
  io::Alarm::Entry retry_;
};

}  // namespace offhook::driver
