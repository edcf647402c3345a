// A bank without modems, for the tests of what stands around it: it keeps what it was told, and tests make
// things happen. It takes the place of the driver's objects when a test program is linked.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "emulator/driver/bank.h"

namespace offhook::app {

struct FakeBank {
  std::vector<driver::PortStatus> ports;
  std::map<uint64_t, driver::Bank::Watcher> watchers;
  std::map<uint64_t, driver::Bank::Tracer> tracers;
  uint64_t next_id = 1, next_call = 1;

  std::optional<driver::Bank::RingRequest> rung;
  std::optional<driver::Bank::DropRequest> dropped;
  struct Clip {
    Duration time{0};
    driver::Ends ends{};
  };
  std::optional<Clip> clipped;
  std::optional<driver::Ends> restored;
  int cancelled = 0, retrained = 0;
  std::vector<line::Parameters> configured;  // lines, by port
  std::optional<exchange::Forced> forced;
  bool answers_at_once = false;  // ring() is answered before it returns

  void happen(driver::Event const& event);
  void note(exchange::CallId call, exchange::CallNote::Kind kind, loop::Cause cause = {});
  void pass(driver::TraceChunk const& chunk);

  /// The bank that was made last and is there still.
  static FakeBank& latest();
};

}  // namespace offhook::app
