// The event log: every entry of the port log as a line of JSON in a file.
#pragma once

#include <string>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "rasd/port/log.h"

namespace offhook::rasd {

class EventLog {
 public:
  /// Appends to the file, which is made with mode 0640.
  static Result<EventLog> open(std::string const& path);
  /// What cannot be written is lost, which is said once until it can be again.
  void write(port::Entry const& entry);
  /// Opens the file by its name again: it was rotated.
  void reopen();

 private:
  EventLog(std::string path, io::Fd file) : path_(std::move(path)), file_(std::move(file)) {}
  enum class Health : uint8_t { writes, fails };

  std::string path_;
  io::Fd file_;
  Health health_ = Health::writes;
};

}  // namespace offhook::rasd
