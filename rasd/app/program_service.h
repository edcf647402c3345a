// A program on a terminal of its own, a TCP connection, or a program on the port itself. Bytes between the
// line and the first two go through rasd, which counts them and lets go of nothing of the port.
#pragma once

#include "rasd/app/service.h"

namespace offhook::rasd {

class ProgramService final : public Service {
 public:
  ProgramService(Surroundings const& around, ServiceConfig config, Handlers handlers);
  ~ProgramService() override;

  void start(CallFacts const& facts, Line line) override;
  /// Its terminal is hung up; `at_once`: SIGKILL.
  void stop(bool at_once) override;
  port::Counters counters() const override;
  pid_t leader() const override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::rasd
