#include "rasd/app/event_log.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>

#include "rasd/app/report.h"

namespace offhook::rasd {
namespace {

/// Ports do not wait for whoever reads a pipe or a terminal.
io::Fd open_file(std::string const& path) {
  return io::Fd(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640));
}

}  // namespace

Result<EventLog> EventLog::open(std::string const& path) {
  io::Fd file = open_file(path);
  if (!file) return error("cannot open the event log ", path, ": ", std::strerror(errno));
  return EventLog(path, std::move(file));
}

void EventLog::write(port::Entry const& entry) {
  std::string const line = entry_json(entry) + "\n";
  // One write a line: lines of two writers to one file do not mix.
  bool const whole = ::write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (!whole && health_ == Health::writes)
    spdlog::error("the event log {} cannot be written: {}", path_, std::strerror(errno));
  health_ = whole ? Health::writes : Health::fails;
}

void EventLog::reopen() {
  if (io::Fd file = open_file(path_))
    file_ = std::move(file);
  else
    spdlog::error("cannot open the event log {} again: {}", path_, std::strerror(errno));
}

}  // namespace offhook::rasd
