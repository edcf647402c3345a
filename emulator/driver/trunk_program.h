// Programs that answer a number: each on a pty of its own, which is its controlling terminal, and which dies
// with the call.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/driver/outside.h"

namespace offhook::driver {

/// The children there are, until the last of them is reaped.
class Children {
 public:
  Children(boost::asio::io_context& io, Alarm& alarm);
  ~Children();

  struct Child {
    uint64_t id = 0;
    pty::Fd master;
  };
  using Environment = std::vector<std::pair<std::string, std::string>>;
  /// Runs a command line in the shell, with the environment added to ours. `exited` runs once from the event
  /// loop, unless hung up before. `slot` is given up once the child is reaped.
  Result<Child> spawn(std::string const& command, Environment const& environment,
                      std::function<void()> exited, std::shared_ptr<void> slot = nullptr);
  /// SIGHUP to all it runs; SIGKILL to who is still there after two seconds.
  void hang_up(uint64_t id);
  /// SIGKILL to all.
  void stop();

 private:
  struct Running;
  void on_exit(uint64_t id);

  boost::asio::io_context& io_;
  Alarm& alarm_;
  std::map<uint64_t, std::unique_ptr<Running>> running_;
  uint64_t last_ = 0;
};

class ProgramEnd final : public Outside {
 public:
  /// CONNECT_SPEED is added to the environment once it is known. `slot`: given up once the call and the
  /// program are over.
  ProgramEnd(boost::asio::io_context& io, Alarm& alarm, OutsideHost& host, Children& children,
             std::string name, std::string command, Children::Environment environment,
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

  Children& children_;
  std::string command_;
  Children::Environment environment_;
  std::shared_ptr<void> slot_;
  uint64_t child_ = 0;
  Life life_ = Life::unborn;
};

}  // namespace offhook::driver
