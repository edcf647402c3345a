// Scenarios: what is done to a bank and when, and what is then to be so, as text (DESIGN section 7):
//
//     # a call comes in while the cable is being reconnected
//     seed 7
//     at 2.2s   ring ttyVM0 --from 5550199 --rings 1
//     finally within 30s port ttyVM0 is listening
//
// Run on the virtual clock with `vmodem up`'s bank of four and rasd on every port of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"
#include "rasd/port/log.h"

namespace offhook::play {

/// One line that does something.
struct Deed {
  unsigned line = 0;
  Duration at{0};
  std::string verb;
  std::string target;            // a port, or a client's or program's name
  std::string name;              // of a client or a foreign program
  std::string from = "5550199";  // ring
  uint32_t rings = 0;            // ring; 0: does not give up
  std::string end = "both";      // drop
  bool flag = false;             // --remove, --exclusive
  std::string number;            // lease: dials it
  bool operator==(Deed const&) const = default;
};

/// `at TIME port P is STATE`, or `finally within TIME port P is STATE`, or `is answered`: then a call is made
/// to it, and served.
struct Expectation {
  unsigned line = 0;
  std::optional<Duration> at;  // none: finally, within:
  Duration within{0};
  std::string port;
  std::optional<port::State> state;  // none: answered
  bool operator==(Expectation const&) const = default;
};

struct Scenario {
  uint64_t seed = 1;
  std::vector<Deed> deeds;  // in order of their times
  std::vector<Expectation> expectations;
  bool operator==(Scenario const&) const = default;
};

/// Errors name file:line and what is accepted.
Result<Scenario> parse_scenario(std::string_view text, std::string_view file);

/// Empty: all is as expected; else what is not, with its line.
std::string run_scenario(Scenario const& scenario, std::string_view file,
                         std::function<void(std::string const& line)> const& tell = {});

}  // namespace offhook::play
