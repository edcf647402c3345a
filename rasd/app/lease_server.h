// lease.sock: the programs that ask for ports. A client's connection is its lease; what a lease means is the
// manager's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "rasd/holder/process.h"
#include "rasd/lease/messages.h"

namespace boost::asio {
class io_context;
}

namespace offhook::io {
class Alarm;
}

namespace offhook::rasd {

using ClientId = uint64_t;  // counts from 1, never used again

/// Who asks, as the kernel tells it (SO_PEERCRED): the process that made the connection.
struct Peer {
  holder::Process process;
  uid_t uid = 0;
  /// "rasdial (pid 812, user anna)"
  std::string words() const;
};

class LeaseServer {
 public:
  /// Handlers run from the event loop.
  struct Handlers {
    std::function<void(ClientId, Peer const&, lease::Request const&)> request;
    std::function<void(ClientId, lease::Progress const&)> progress;
    std::function<void(ClientId)> release;
    std::function<void(ClientId)> gone;  // nothing is sent to it any more
  };
  LeaseServer(boost::asio::io_context& context, io::Alarm& alarm, Handlers handlers);
  ~LeaseServer();

  /// Makes the socket in place of one that is there already: 0600, or 0660 for a group.
  Result<void> listen(std::string const& path, std::optional<gid_t> group);
  /// Closes all and removes the socket. Idempotent.
  void stop();

  void send(ClientId client, lease::ToClient const& message, io::Fd descriptor = {});
  /// Closes the connection once what waits is sent; `gone` is not called.
  void dismiss(ClientId client);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::rasd
