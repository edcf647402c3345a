// The laws of a port's life as invariants, looked at in every step (DESIGN section 5): what the machine is
// told and asks for must agree with them whatever happened to the facts on their way.
#pragma once

#include <optional>
#include <string>

#include "rasd/port/port.h"
#include "tools/play/stage.h"

namespace offhook::play {

class Watch {
 public:
  Watch(Stage& stage, size_t index) : stage_(&stage), index_(index) { shown_.since = stage.now; }

  void hear(port::Port const& port, port::Event const& event);
  void act(port::Port const& port, port::Action const& action);
  void check(port::Port const& port);

 private:
  enum class Listen : uint8_t { armed, sampled, told };
  void broken_unless(bool holds, char const* otherwise) { stage_->demand(holds, index_, otherwise); }
  void on(port::Port const& port, port::Change const& change);
  void on(port::Port const& port, port::SetDtr const& dtr);
  void ours_alone(port::Port const& port);

  Stage* stage_;
  size_t index_;
  port::Snapshot shown_;  // the fold of the log
  port::State state_ = port::State::absent;
  Listen listen_ = Listen::armed;
  bool call_stands_ = false;    // DTR was not off for S25 since a call
  bool foreign_known_ = false;  // as far as was told
  bool silent_ = false, owner_excluded_ = false, carrier_excluded_ = false;
  bool may_read_ = false;  // what was just heard is that nobody has the port
  std::optional<Instant> dtr_off_since_;
};

}  // namespace offhook::play
