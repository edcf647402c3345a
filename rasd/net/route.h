// A route by rtnetlink(7), with what TCP shall know of a line that is slow. It does not know calls.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/base/result.h"
#include "rasd/net/network.h"

namespace offhook::net {

struct Route {
  Ipv4 destination = 0;
  uint8_t prefix_length = 0;
  Ipv4 source = 0;       // an address of the interface: the route goes when that goes
  uint8_t protocol = 0;  // who made it (RTPROT_*)
};

/// In place of one that the interface has by the same maker; before those of other interfaces.
Result<void> set_route(std::string const& interface, Route const& route);

}  // namespace offhook::net
