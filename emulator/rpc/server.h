// A JSON-RPC server on a Unix stream socket, for the same user and root, or for a group too. It reads
// requests, sends answers and notifications, and holds every limit; it does not know what the methods mean.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/rpc/codec.h"

namespace boost::asio {
class io_context;
}

namespace offhook::rpc {

using ClientId = uint64_t;  // counts from 1, never reused

struct Limits {
  size_t clients = 64;
  size_t event_bytes =
      512 * 1024;  // of notifications that wait for one client; beyond it the oldest are dropped
  size_t answer_bytes =
      256 * 1024;  // of answers that wait: beyond it no further request of that client is read
};

struct Handlers {
  /// A request came. It may be answered now or later, with result_line or fault_line.
  std::function<void(ClientId, Request const&)> request;
  /// The client is gone; send() and notify() to it do nothing from now on.
  std::function<void(ClientId)> gone;
};

class Server {
 public:
  Server(boost::asio::io_context& io, Handlers handlers, Limits limits = {});
  ~Server();

  /// Makes the socket in place of one that is there already: mode 0600, or 0660 for a group (a gid), whose
  /// members are let in then; what each of them may is the handlers' affair.
  Result<void> listen(std::string const& path, std::optional<unsigned> group = {});
  /// The client's uid, as the kernel tells it; nothing where it is gone.
  std::optional<unsigned> user(ClientId client) const;
  /// Closes all clients and removes the socket. Idempotent.
  void stop();

  /// An answer: never dropped.
  void send(ClientId client, std::string line);
  /// A notification: where the client does not keep up, the oldest are dropped and it is told how many, by
  /// {"method":"dropped","params":{"count":n}} in their place.
  void notify(ClientId client, std::string line);

  size_t clients() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace offhook::rpc
