// A Unix socket of packets (SOCK_SEQPACKET) at which a program listens. It does not know what is said there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace boost::asio {
class io_context;
}

namespace offhook::io {

class Alarm;

class PacketListener {
 public:
  /// `accepted` runs from the event loop, once a connection; the descriptor is non-blocking. Where the
  /// process has no descriptor to spare, connections wait.
  PacketListener(boost::asio::io_context& io, Alarm& alarm, std::function<void(Fd)> accepted);
  ~PacketListener();
  PacketListener(PacketListener const&) = delete;
  PacketListener& operator=(PacketListener const&) = delete;

  /// Makes the socket in place of one that is there already, with that mode and group and at no moment with a
  /// wider mode. The error names the path and what the system refused.
  Result<void> listen(std::string const& path, unsigned mode, std::optional<unsigned> group);
  /// Removes the socket. Idempotent.
  void close();
  bool is_open() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace offhook::io
