// Programs that answer a number: each on a pty of its own, which is its controlling terminal, and which dies
// with the call.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/driver/outside.h"
#include "emulator/io/children.h"

namespace offhook::driver {

class ProgramEnd final : public Outside {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;
  /// CONNECT_SPEED is added to the environment once it is known. `slot`: given up once the call and the
  /// program are over.
  ProgramEnd(boost::asio::io_context& io, io::Alarm& alarm, OutsideHost& host, io::Children& children,
             std::string name, std::string command, Environment environment,
             std::shared_ptr<void> slot = nullptr);

  void begin(Instant now, exchange::CallId attempt) override;

 protected:
  bool on_carrier(loop::CarrierUp const& up) override;
  bool ends_when_empty() const override { return life_ == Life::exited; }
  ssize_t write_some(Bytes bytes) override;
  void send_break() override;
  void close() override;

 private:
  enum class Life : uint8_t { unborn, running, exited };

  io::Children& children_;
  std::string command_;
  Environment environment_;
  std::shared_ptr<void> slot_;
  uint64_t child_ = 0;
  Life life_ = Life::unborn;
  std::shared_ptr<ProgramEnd*> self_ = std::make_shared<ProgramEnd*>(this);  // null once closed
};

}  // namespace offhook::driver
