// IP packets over a descriptor, one a read and one a write, as tun devices and sockets of kind SEQPACKET take
// them: what is the same for every network that has one.
#pragma once

#include <functional>
#include <string>

#include "emulator/io/descriptor.h"
#include "rasd/net/interface.h"
#include "rasd/net/network.h"

namespace offhook::net {

class Packets {
 public:
  explicit Packets(boost::asio::io_context& context);

  /// With `header`, each packet is written behind it, and read behind one like it.
  Result<void> start(io::Fd fd, std::optional<EthernetHeader> const& header, Network::Handlers handlers);
  void stop();
  void from_peer(uint16_t protocol, Bytes packet);
  void set_ready(bool ready);
  Counters const& counters() const { return counters_; }

 private:
  void read();
  bool write(Bytes packet);
  void fail(std::string const& why);

  io::Descriptor descriptor_;
  Network::Handlers handlers_;
  Counters counters_;
  std::optional<EthernetHeader> header_;
  bool ready_ = true, running_ = false;
};

}  // namespace offhook::net
