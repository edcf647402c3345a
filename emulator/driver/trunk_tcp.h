// A TCP connection at one end of a call, raw or telnet.
#pragma once

#include <memory>

#include "emulator/driver/outside.h"
#include "emulator/driver/trunk_farewells.h"
#include "emulator/telnet/session.h"
#include "emulator/trunk/phonebook.h"

namespace offhook::driver {

class TcpEnd final : public Outside {
 public:
  /// `slot`: given up when the connection ends.
  TcpEnd(boost::asio::io_context& io, io::Alarm& alarm, OutsideHost& host, Farewells& farewells,
         std::string name, trunk::Protocol protocol, telnet::Role role, std::shared_ptr<void> slot = nullptr);

  [[nodiscard]] Result<void> adopt_socket(io::Fd socket) { return adopt(std::move(socket)); }
  /// Ready at once where it is raw; where it is telnet, once both ends have agreed, or the peer let a second
  /// go by.
  void begin(Instant now, exchange::CallId attempt) override;

 protected:
  void received(Instant now, std::span<std::byte> bytes) override;
  bool clogged() const override { return !undecoded_.empty(); }
  ssize_t write_some(Bytes bytes) override;
  size_t send(Bytes bytes) override;
  void send_break() override;
  void flush(Instant now) override;
  bool flushed() const override { return wire_.empty(); }
  void close() override;

 private:
  void decode(Instant now, std::span<std::byte> bytes);
  void on_event(Instant now, telnet::Event const& event);
  bool say_replies();
  bool drain_wire();
  void be_ready(Instant now);

  Farewells& farewells_;
  std::optional<telnet::Session> session_;
  ByteQueue wire_;       // encoded, and the socket has no room for it
  ByteQueue undecoded_;  // came in, but what the session has to say to it has no room yet
  io::Alarm::Entry agreement_;
  std::shared_ptr<void> slot_;
};

}  // namespace offhook::driver
