// Where a link's packets go: nowhere, to a tun device, to libslirp (NAT without root), or to a program.
//
// A network knows IP packets and the addresses that a link agreed on. It does not know PPP, lines or users.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/byte_queue.h"
#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "rasd/ppp/ipcp.h"
#include "rasd/ppp/ipv6cp.h"
#include "rasd/ppp/lcp_options.h"

namespace boost::asio {
class io_context;
}

namespace offhook::io {
class Alarm;
}

namespace offhook::net {

using ppp::Ipv4;

/// What a link has agreed on.
struct Agreed {
  Ipv4 own = 0, peer = 0;
  std::array<Ipv4, 2> dns = {};  // the servers that the peer named; 0: none
  uint16_t mtu = ppp::default_mru;
  bool operator==(Agreed const&) const = default;
};

/// The same of IPv6 (RFC 5072): what makes a link-local address of each end.
struct Agreed6 {
  ppp::InterfaceId own = 0, peer = 0;
  bool operator==(Agreed6 const&) const = default;
};

/// Packets and bytes of packets, since the network was made.
struct Counters {
  uint64_t packets_to_peer = 0, bytes_to_peer = 0;
  uint64_t packets_from_peer = 0, bytes_from_peer = 0;
  uint64_t dropped_to_peer = 0;    // the link had no room, or would not carry them
  uint64_t dropped_from_peer = 0;  // no packets of IP, of another's address, or the network had no room
  bool operator==(Counters const&) const = default;
};

/// Bytes that the line took, and that came from it, in the fullest second of late: 0 where nothing did.
struct Pace {
  size_t to_peer = 0, from_peer = 0;
};

class Network {
 public:
  /// They run from the event loop, or from within from_peer() and set_ready(); never after down().
  struct Handlers {
    /// A packet for the peer; false: it was dropped.
    std::function<bool(uint16_t protocol, Bytes packet)> to_peer;
    /// It is dead: nothing comes or goes any more.
    std::function<void(std::string const& why)> failed;
    std::function<Pace()> pace = {};
  };
  virtual ~Network() = default;  // down()

  /// Begins. What it makes (a device, addresses, routes, a process) lives no longer than this object, and
  /// than the process, however that ends. After down() it may begin anew, with other addresses.
  virtual Result<void> up(Agreed const& agreed, Handlers handlers) = 0;
  virtual void down() = 0;
  /// Whether packets of IPv6 go the same way: then the link agrees on that too.
  virtual bool carries_ipv6() const { return false; }
  /// The peer speaks it as well. After up(), until down().
  virtual Result<void> up6(Agreed6 const&) { return {}; }
  /// A packet from the peer. What is no packet of that protocol is dropped.
  virtual void from_peer(uint16_t protocol, Bytes packet) = 0;
  /// The line has room for packets to the peer, or not: until it has, none are taken from where they come
  /// from, where that can wait. At first it has.
  virtual void set_ready(bool ready) = 0;
  virtual Counters counters() const = 0;
  /// "slirp", "tun ppp0"
  virtual std::string describe() const = 0;
};

/// Every packet is counted and dropped.
std::unique_ptr<Network> make_none();

struct SlirpConfig {
  Ipv4 dns = ppp::ipv4(10, 0, 2, 3);  // what is sent there is answered by this host's own servers; 0: nothing
  bool host_loopback = false;         // the peer reaches 127.0.0.1 of this host under our own address
  size_t most_flows = 256;            // sockets of this host at a time; packets that need more are dropped
  size_t most_pieces = 1024;  // of packets, in 30 s: so long libslirp keeps those whose rest is missing
  bool operator==(SlirpConfig const&) const = default;
};
/// NAT by libslirp: the peer reaches what this process can reach, and nobody reaches the peer. One peer a
/// network: peers do not see each other. Own and peer address and `dns` must differ.
std::unique_ptr<Network> make_slirp(boost::asio::io_context& context, SlirpConfig const& config);

struct TunConfig {
  std::string name = "ppp%d";  // as the kernel takes it: %d is the first free number
  bool default_route = false;  // through the peer, as the one with the smallest metric
  bool operator==(TunConfig const&) const = default;
};
/// A tun device of this network namespace, which the kernel removes with us. up() says what is missing
/// (CAP_NET_ADMIN, /dev/net/tun).
std::unique_ptr<Network> make_tun(boost::asio::io_context& context, TunConfig const& config);

/// IP packets over a descriptor, one a read and one a write: a tun device that somebody else has set up
/// (namespace.h), or a socket of kind SEQPACKET.
std::unique_ptr<Network> make_packets(boost::asio::io_context& context, io::Fd packets);

struct ProgramConfig {
  std::vector<std::string> command;  // the first word is a path, or a name looked for in PATH
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to ours
  bool operator==(ProgramConfig const&) const = default;
};
/// A program with a SEQPACKET socket as its standard input and output, one IP packet a message, and
/// PPP_LOCAL, PPP_REMOTE, PPP_DNS1, PPP_DNS2, PPP_MTU in its environment. It is killed by down(); its own end
/// is `failed`.
std::unique_ptr<Network> make_program(boost::asio::io_context& context, ProgramConfig const& config);

}  // namespace offhook::net
