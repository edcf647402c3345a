// A remote client of a port (RFC 2217): between its TCP connection and the socket that stands at the port in
// a pty's place. What a command means at the port is decided here, what the protocol says in
// emulator/rfc2217.
#pragma once

#include <functional>
#include <optional>

#include "emulator/base/byte_queue.h"
#include "emulator/driver/port.h"
#include "emulator/driver/trunk_farewells.h"
#include "emulator/driver/trunk_listener.h"
#include "emulator/rfc2217/server.h"

namespace offhook::driver {

class RemoteDte {
 public:
  struct Handlers {
    std::function<void(Instant)> settle;
    std::function<void()> ended;  // it may be destroyed from the next turn of the event loop on
  };
  RemoteDte(boost::asio::io_context& io, io::Alarm& alarm, Farewells& farewells, Port& port, Caller caller,
            Duration closing_wait, Handlers handlers);

  /// The error says who has the port.
  Result<void> begin(Instant now);
  /// Circuits as the port presents them: told behind all bytes that came before.
  void on_circuits();
  /// False where the client is not told of breaks.
  bool on_break();
  bool ended() const { return phase_ == Phase::ended; }

 private:
  enum class Phase : uint8_t { fresh, serving, ended };

  void on_client_readable();
  void on_client_writable();
  void on_port_readable();
  void on_port_writable();

  void decode(Instant now, std::span<std::byte> bytes);
  void carry_out(Instant now, rfc2217::Request const& request);
  void feed_port();
  void read_port();
  void send(Bytes data);
  bool say();
  bool drain_wire();
  void follow(Instant now);
  bool holds_enough() const;
  void look_for_end(Instant now);
  void client_gone(Instant now);
  void port_gone();
  void end();

  Farewells& farewells_;
  Port& port_;
  Caller caller_;
  Duration closing_wait_;
  Handlers handlers_;
  Phase phase_ = Phase::fresh;
  io::Descriptor client_, dte_;
  rfc2217::Server server_;
  ByteQueue undecoded_;  // from the client; the answer to it has no room yet
  ByteQueue to_port_;    // data that the port has no room for, or flow control holds
  ByteQueue wire_;       // encoded, and the client's connection has no room for it
  io::Alarm::Entry slow_, unread_;
  std::optional<Instant> ended_;  // when the client was seen to have ended, with bytes of its unread
};

}  // namespace offhook::driver
