// One seed from its beginning to its end: faults, then none, then a call at every port.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "tools/play/world.h"

namespace offhook::play {

/// From the end of the faults until every port listens: the longest wait of a port that failed again and
/// again (60 s), a fact that is still on its way (12 s), and a recovery with every dialogue at its longest.
inline constexpr Duration rest_bound = 150s;
/// From the first burst until the caller has his own words back.
inline constexpr Duration answer_bound = 60s;

struct Outcome {
  uint64_t seed = 0;
  std::string broken;  // empty: all is well
  std::string port;    // where
  Instant at{};
  Duration rest{0};  // it took so long until every port listened
  uint64_t facts = 0, faults = 0;
  std::deque<std::string> last;  // what happened there, at most 40 lines
  bool ok() const { return broken.empty(); }
};

/// What is traced: nothing, the port where it breaks, or all to standard output.
using Tell = std::function<void(std::string const& line)>;

/// `faulty`: how long things go wrong. A seed that fails is run once more to tell what happened.
Outcome run(uint64_t seed, Duration faulty, port::Laws const& laws = port::standard_laws(),
            Tell const& tell = {});

}  // namespace offhook::play
