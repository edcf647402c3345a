// Sockets on their way out: nothing more is sent, and what the peer still sends is read and dropped until it
// has ended too or a little time has passed. A socket that is closed with bytes unread is reset, and the
// peer may then never read our last words.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"

namespace offhook::driver {

class Farewells {
 public:
  Farewells(boost::asio::io_context& io, io::Alarm& alarm);
  ~Farewells();

  /// At most 256 at a time; one more is closed at once.
  void part(io::Fd socket);
  void stop();

 private:
  struct Socket;
  void on_readable(uint64_t id);

  boost::asio::io_context& io_;
  io::Alarm& alarm_;
  std::map<uint64_t, std::unique_ptr<Socket>> sockets_;
  uint64_t last_ = 0;
};

}  // namespace offhook::driver
