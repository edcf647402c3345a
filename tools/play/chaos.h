// The faults of the virtual world, as a seed has them: what goes wrong, and when.
#pragma once

#include "tools/play/world.h"

namespace offhook::play {

class Chaos {
 public:
  explicit Chaos(World& world) : world_(world) {}

  /// From now until `end` things go wrong at every port, and facts on their way.
  void begin(Instant end);
  /// The faults are off: facts arrive, cables are in, modems have power, callers hang up, programs that had
  /// no business here are gone, services end.
  void end();
  uint64_t faults() const { return faults_; }

 private:
  void next(size_t port, Instant end);

  World& world_;
  uint64_t faults_ = 0;
};

}  // namespace offhook::play
