// Packets over a Unix SEQPACKET socket, with or without a descriptor, and a client's connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "rasd/lease/messages.h"

namespace offhook::lease {

struct Packet {
  std::string bytes;
  io::Fd descriptor;  // none: the packet carried none; of several the first is kept
};

/// False: the socket is full, nothing was sent. An error: the peer is gone. `descriptor` -1: none is passed.
Result<bool> send_packet(int socket, std::string_view bytes, int descriptor = -1);
/// Nothing: none waits. An error: the peer is gone, or the packet was longer than longest_packet.
Result<std::optional<Packet>> receive_packet(int socket);

/// What a packet from the manager said.
struct FromManager {
  ToClient message;
  io::Fd descriptor;  // with Granted
};

/// A client's connection to lease.sock; non-blocking, to be waited for by its owner's loop. To destroy it
/// gives the port back.
class Client {
 public:
  /// The error says that no rasd serves the directory, or what the system refused.
  static Result<Client> connect(std::string const& dir);

  int fd() const { return socket_.get(); }
  Result<void> send(FromClient const& message);
  /// Nothing: none waits. An error: the manager is gone, and the lease with it.
  Result<std::optional<FromManager>> receive();

 private:
  explicit Client(io::Fd socket) : socket_(std::move(socket)) {}
  io::Fd socket_;
};

}  // namespace offhook::lease
