// Serves v24.sock: the circuits of every port, to whoever may open the socket. One client follows as many
// ports as it likes; one that does not read loses changes, not the truth, and slows nobody.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/alarm.h"
#include "emulator/v24/side_channel.h"

namespace boost::asio {
class io_context;
}

namespace offhook::driver {

/// What the server asks of the bank.
class SideChannelHost {
 public:
  virtual ~SideChannelHost() = default;
  virtual std::optional<size_t> port_index(std::string_view name) const = 0;
  /// A `state` message with the port as it stands.
  virtual v24::Message state_of(size_t port) const = 0;
  /// Carries out set, set_format, send_break or revoke; `client` is who asks.
  virtual v24::Status carry_out(size_t port, v24::Message const& message, uint64_t client) = 0;
  /// A client is gone: what it set on a port it followed no longer holds.
  virtual void client_gone(size_t port, uint64_t client) = 0;
};

class SideChannelServer {
 public:
  SideChannelServer(boost::asio::io_context& io, io::Alarm& alarm, SideChannelHost& host);
  ~SideChannelServer();

  /// Listens at `path` with the mode and group given; replaces a socket that a killed bank left there.
  Result<void> start(std::string const& path, unsigned mode, std::optional<unsigned> group);
  void stop();

  /// The port's state changed: told to those who follow it before this returns, or owed to them.
  void publish(size_t port);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace offhook::driver
