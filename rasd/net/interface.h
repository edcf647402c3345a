// A network interface of the network namespace that the calling process is in: made, given a call's
// addresses, and read and written as packets. Both kinds go with the descriptor, or with their namespace.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "rasd/net/network.h"

namespace offhook::net {

/// In front of each packet that is written to a packet socket: of an IPv4 packet for the interface.
using EthernetHeader = std::array<std::byte, 14>;

struct Interface {
  io::Fd packets;
  std::string name;
  std::optional<EthernetHeader> header =
      std::nullopt;  // what packets are written with, and read with one like it
};

/// A tun device. `name` as the kernel takes it: "ppp%d" is the first that is free.
Result<Interface> open_tun(std::string const& name);
/// The same for who may not open /dev/net/tun, or has none: one end of a veth pair; the other, NAME-line, is
/// read by a packet socket. IPv4 alone.
Result<Interface> open_veth(std::string const& name);

/// The call's addresses and MTU; it is up then, with a default route through it where that is asked for.
Result<void> configure(std::string const& name, Agreed const& agreed, bool default_route);
/// The link-local address with our identifier; whatever else is link-local is the peer's, or beyond it.
Result<void> configure(std::string const& name, Agreed6 const& agreed);
Result<void> bring_up_loopback();
/// Until the peer is known to speak IPv6 the kernel shall not try.
void without_ipv6(std::string const& name);

}  // namespace offhook::net
