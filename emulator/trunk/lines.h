// How many callers a number outside takes at once, and how long a line of it stays busy after a call.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/time.h"

namespace offhook::trunk {

/// The lines of each number: free, in use, or busied out until whatever answers it has started again.
class Lines {
 public:
  /// True: one of its `lines` (0: as many as are asked for) was free, and is in use until released().
  bool take(Instant now, std::string_view number, size_t lines);
  /// Its call and its program are over; the line is busy for `restart` more.
  void released(Instant now, std::string_view number, Duration restart);

  size_t busy(Instant now, std::string_view number) const;
  bool operator==(Lines const&) const = default;

 private:
  struct Number {
    size_t in_use = 0;
    std::vector<Instant> ready;  // of the lines that start again
    bool operator==(Number const&) const = default;
  };
  std::map<std::string, Number, std::less<>> numbers_;
};

}  // namespace offhook::trunk
