// Who holds the ports: questions of many ports answered by one walk through /proc. A walk takes tens of
// milliseconds among a thousand processes, so it is a worker's, and walks are so far apart that they take a
// tenth of one processor at most.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/alarm.h"
#include "rasd/holder/holder.h"
#include "rasd/port/events.h"

namespace offhook::rasd {

class PortDriver;

/// The bank whose port this is looks into it now and then; its pid stands in the lock of its directory. 0: it
/// is no bank's.
pid_t bank_of(std::string const& path);

class Survey {
 public:
  Survey(boost::asio::io_context& context, io::Alarm& alarm, std::string lock_dir);
  /// Waits for a walk under way; nothing is answered any more.
  ~Survey();
  Survey(Survey const&) = delete;
  Survey& operator=(Survey const&) = delete;

  /// From the event loop, by a walk that began after the question; an error: nobody can be seen at all.
  using Answer = std::function<void(Result<holder::Findings> const&)>;
  void ask(PortDriver& port, Answer answer);
  /// Answered by PortDriver::ownership(), without those who have the port by our leave. Ticket 0: a wake-up,
  /// for which the port's era when the walk began stands; walked for again if that is over at its end. Where
  /// nobody can be seen at all there is no answer.
  void ask(PortDriver& port, port::Ticket ticket);
  /// The port is about to go: nothing is answered to it.
  void forget(PortDriver const& port);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::rasd
