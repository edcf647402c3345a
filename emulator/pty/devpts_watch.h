// Wake-ups when a program opens or closes a pty. Only a hint to look: equal events are merged, and the queue
// can overflow; what is true, poll says (presence()).
#pragma once

#include <set>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace offhook::pty {

/// A descriptor that becomes readable at each open and close below /dev/pts.
Result<io::Fd> watch_devpts();
/// Reads what waits there, without blocking: the numbers of the ptys named, each once.
struct DevptsChanges {
  std::set<unsigned> ptys;
  bool lost = false;  // the queue ran over: any pty may have changed
};
DevptsChanges read_devpts(int watch);

}  // namespace offhook::pty
