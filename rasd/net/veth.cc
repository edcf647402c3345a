// A pair of virtual Ethernet interfaces, asked for by rtnetlink (rtnetlink(7), packet(7)).
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "rasd/net/interface.h"

namespace offhook::net {
namespace {

/// A message of rtnetlink as it grows: attributes within attributes, each with its length in front.
class Message {
 public:
  explicit Message(uint16_t type, uint16_t flags) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    add(&header, sizeof header);
  }
  void add(void const* data, size_t size) {
    auto const* const bytes = static_cast<char const*>(data);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
  }
  size_t open(uint16_t type) {
    size_t const at = bytes_.size();
    rtattr const header{0, type};
    add(&header, sizeof header);
    return at;
  }
  void close(size_t at) {
    auto const length = static_cast<uint16_t>(bytes_.size() - at);
    std::memcpy(&bytes_[at], &length, sizeof length);
  }
  void text(uint16_t type, std::string const& value) {
    size_t const at = open(type);
    add(value.c_str(), value.size() + 1);
    close(at);
  }
  std::string_view finish() {
    auto const length = static_cast<uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);
    return {bytes_.data(), bytes_.size()};
  }

 private:
  std::vector<char> bytes_;
};

Result<void> make_pair(std::string const& name, std::string const& other) {
  io::Fd const netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  Message message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
  ifinfomsg const any{};
  message.add(&any, sizeof any);
  message.text(IFLA_IFNAME, name);
  size_t const info = message.open(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "veth");
  size_t const data = message.open(IFLA_INFO_DATA), peer = message.open(VETH_INFO_PEER);
  message.add(&any, sizeof any);
  message.text(IFLA_IFNAME, other);
  message.close(peer);
  message.close(data);
  message.close(info);
  auto const bytes = message.finish();
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[512];
  } reply{};
  if (!netlink || ::send(netlink.get(), bytes.data(), bytes.size(), 0) < 0 ||
      ::recv(netlink.get(), &reply, sizeof reply, 0) < static_cast<ssize_t>(NLMSG_LENGTH(sizeof reply.error)))
    return error("rtnetlink: ", std::strerror(errno));
  if (reply.header.nlmsg_type == NLMSG_ERROR && reply.error.error != 0)
    return error("a veth pair: ", std::strerror(-reply.error.error));
  return {};
}

ifreq request_for(std::string const& name) {
  ifreq request{};
  std::snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name.c_str());
  return request;
}

/// No ARP: there is one peer. No checksums left to a device: there is none, and a packet socket reads what is
/// written.
Result<void> prepare(int socket, std::string const& name, bool up) {
  ifreq flags = request_for(name);
  if (::ioctl(socket, SIOCGIFFLAGS, &flags) != 0) return error(name, ": its flags: ", std::strerror(errno));
  flags.ifr_flags = static_cast<short>(flags.ifr_flags | IFF_NOARP | (up ? IFF_UP : 0));
  if (::ioctl(socket, SIOCSIFFLAGS, &flags) != 0) return error(name, ": no ARP: ", std::strerror(errno));
  ethtool_value off{ETHTOOL_STXCSUM, 0};
  ifreq checksums = request_for(name);
  checksums.ifr_data = reinterpret_cast<char*>(&off);
  if (::ioctl(socket, SIOCETHTOOL, &checksums) != 0)
    return error(name, ": whole checksums: ", std::strerror(errno));
  return {};
}

}  // namespace

Result<Interface> open_veth(std::string const& name) {
  std::string const line = name + "-line";
  if (auto made = make_pair(name, line); !made) return made.error();
  io::Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return error("a packet socket: ", std::strerror(errno));
  without_ipv6(name);
  without_ipv6(line);
  if (auto done = prepare(socket.get(), name, false); !done) return done.error();
  if (auto done = prepare(socket.get(), line, true); !done) return done.error();
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_IP);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(line.c_str()));
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return error("a packet socket on ", line, ": ", std::strerror(errno));
  ifreq hardware = request_for(name);
  if (::ioctl(socket.get(), SIOCGIFHWADDR, &hardware) != 0)
    return error(name, ": its hardware address: ", std::strerror(errno));
  EthernetHeader header{};  // the sender's address matters to nobody
  std::memcpy(header.data(), hardware.ifr_hwaddr.sa_data, ETH_ALEN);
  header[12] = std::byte{ETH_P_IP >> 8};
  header[13] = std::byte{ETH_P_IP & 0xff};
  return Interface{std::move(socket), name, header};
}

}  // namespace offhook::net
