// One attempt to reach an address: name, then each of its addresses in turn. Gone, it leaves nothing behind
// that could answer.
#pragma once

#include <functional>

#include "emulator/driver/trunk_resolver.h"
#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"
#include "emulator/loop/loop.h"

namespace offhook::driver {

class Dialer {
 public:
  /// One of these runs once, from the event loop and last of all: it may end this object.
  struct Outcome {
    std::function<void(Instant, io::Fd)> connected;
    std::function<void(Instant, loop::Cause)> failed;
  };
  Dialer(boost::asio::io_context& io, io::Alarm& alarm, Resolver& resolver, Outcome outcome);
  ~Dialer();

  void start(Instant now, trunk::Address const& address);

 private:
  void try_next(Instant now);
  void on_writable();
  void failed_here(int error);

  Resolver& resolver_;
  Outcome outcome_;
  io::Descriptor socket_;
  io::Alarm::Entry next_;  // this address had its time, or there is something to report
  uint64_t ticket_ = 0;
  std::vector<Endpoint> endpoints_;  // still to be tried, the next one last
  loop::Cause cause_ = loop::Cause::temporary_failure;
};

}  // namespace offhook::driver
