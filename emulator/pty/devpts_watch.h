// Wake-ups when a program opens or closes a pty. Only a hint to look: equal events are merged, and the queue
// can overflow; what is true, poll says (presence()).
#pragma once

#include <functional>

#include "emulator/base/result.h"
#include "emulator/pty/fd.h"

namespace offhook::pty {

class DevptsWatch {
 public:
  static Result<DevptsWatch> open();

  int fd() const { return fd_.get(); }
  /// Reads what waits, without blocking: `changed(N)` for each event of /dev/pts/N, `lost()` once where
  /// events were.
  void read(std::function<void(unsigned)> const& changed, std::function<void()> const& lost);

 private:
  explicit DevptsWatch(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace offhook::pty
