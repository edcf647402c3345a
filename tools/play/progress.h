// What a long run of seeds says of itself while it lasts: how far, how many a second, the slowest seed. It
// does not know a clock or a terminal: it is told how much time has passed, and what kind of reader there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "emulator/base/time.h"

namespace offhook::play {

class Progress {
 public:
  enum class Reader { terminal, file };  // one line that is written over, or a line now and then

  Progress(Reader reader, uint64_t seeds) : reader_(reader), seeds_(seeds) {}

  /// A seed has ended, so long after the run began. What to write, if it is time to: as it is, line ends too.
  std::optional<std::string> ended(uint64_t seed, bool failed, Duration since_begin);
  /// What goes before the summary: it takes the line away that was written over.
  std::string over() const;

  uint64_t slowest_seed() const { return slowest_seed_; }
  Duration slowest() const { return slowest_; }

 private:
  std::string line(Duration since_begin) const;

  Reader reader_;
  uint64_t seeds_, done_ = 0, failed_ = 0, slowest_seed_ = 0;
  Duration slowest_{0}, before_{0}, said_{0};
  bool written_ = false;
};

}  // namespace offhook::play
