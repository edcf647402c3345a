// The ports that remote clients may have (RFC 2217): a listener each, and one client at a time.
#pragma once

#include <memory>
#include <vector>

#include "emulator/driver/remote_dte.h"

namespace offhook::driver {

class RemotePorts {
 public:
  /// `closing_wait`: how long a client has its port after its end, for what it sent before.
  RemotePorts(boost::asio::io_context& io, io::Alarm& alarm, Duration closing_wait,
              std::function<void(Instant)> settle);

  Result<void> add(Port& port, trunk::Address const& address);
  void stop();

  void presented(Port& port);
  bool on_break(Port& port);
  /// Where the port's clients come in, as bound; empty: nowhere.
  std::string address(Port const& port) const;

 private:
  struct Seat {
    Seat(RemotePorts& all, Port& port, ListenerConfig config);
    Port& port;
    Listener listener;
    std::unique_ptr<RemoteDte> client;
    io::Alarm::Entry reap;
  };
  Seat* seat(Port const& port) const;
  void arrived(Instant now, Seat& seat, Caller caller);
  void refuse(std::string const& why, io::Fd socket);

  boost::asio::io_context& io_;
  io::Alarm& alarm_;
  Duration closing_wait_;
  std::function<void(Instant)> settle_;
  Farewells farewells_;
  std::vector<std::unique_ptr<Seat>> seats_;
};

}  // namespace offhook::driver
