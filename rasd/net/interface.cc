#include "rasd/net/interface.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <tuple>

#include "rasd/net/route.h"

namespace offhook::net {
namespace {

ifreq request_for(std::string const& name) {
  ifreq request{};
  std::snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name.c_str());
  return request;
}

void put_address(sockaddr& out, Ipv4 address) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(address);
  std::memcpy(&out, &in, sizeof out);
}

bool set_ipv6(std::string const& name, char const* setting, char const* value) {
  io::Fd const file(
      ::open(("/proc/sys/net/ipv6/conf/" + name + "/" + setting).c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), value, std::strlen(value)) > 0;
}

class Controls {
 public:
  explicit Controls(std::string name)
      : name_(std::move(name)), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

  Result<void> set(unsigned long what, ifreq request, char const* words) const {
    if (!socket_ || ::ioctl(socket_.get(), what, &request) != 0)
      return error(name_, ": ", words, ": ", std::strerror(errno));
    return {};
  }
  Result<void> address(unsigned long what, Ipv4 address, char const* words) const {
    ifreq request = request_for(name_);
    put_address(request.ifr_addr, address);
    return set(what, request, words);
  }
  Result<void> mtu(int value) const {
    ifreq request = request_for(name_);
    request.ifr_mtu = value;
    return set(SIOCSIFMTU, request, "its MTU");
  }
  Result<void> up() const {
    ifreq request = request_for(name_);
    if (!socket_ || ::ioctl(socket_.get(), SIOCGIFFLAGS, &request) != 0)
      return error(name_, ": its flags: ", std::strerror(errno));
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
    return set(SIOCSIFFLAGS, request, "bringing it up");
  }

 private:
  std::string name_;
  io::Fd socket_;
};

}  // namespace

Result<Interface> open_tun(std::string const& name) {
  io::Fd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return error("/dev/net/tun: ", std::strerror(errno));
  ifreq request = request_for(name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(fd.get(), TUNSETIFF, &request) != 0)
    return error("a tun device ", name, ": ", std::strerror(errno),
                 errno == EPERM ? " (CAP_NET_ADMIN is wanted)" : "");
  Interface made{std::move(fd), request.ifr_name};
  // What waits here is as late at the peer as the line is slow.
  ifreq queue = request_for(made.name);
  queue.ifr_qlen = 32;
  (void)Controls(made.name).set(SIOCSIFTXQLEN, queue, "its queue");
  without_ipv6(made.name);
  return made;
}

Result<void> configure(std::string const& name, Agreed const& agreed, bool default_route) {
  Controls const controls(name);
  for (auto const& [what, address, words] :
       {std::tuple{static_cast<unsigned long>(SIOCSIFADDR), agreed.own, "its address"},
        std::tuple{static_cast<unsigned long>(SIOCSIFDSTADDR), agreed.peer, "its peer's address"},
        std::tuple{static_cast<unsigned long>(SIOCSIFNETMASK), ~Ipv4{0}, "its netmask"}}) {
    if (what == SIOCSIFDSTADDR && address == 0) continue;
    if (auto set = controls.address(what, address, words); !set) return set;
  }
  if (auto set = controls.mtu(agreed.mtu); !set) return set;
  if (auto set = controls.up(); !set) return set;
  // The kernel's own route to the peer knows nothing of the line.
  if (agreed.peer != 0)
    if (auto set = set_route(name, {agreed.peer, 32, agreed.own, RTPROT_KERNEL}); !set) return set;
  // Where another default route stands, this one is preferred: no metric is the smallest.
  if (default_route) return set_route(name, {0, 0, agreed.own, RTPROT_BOOT});
  return {};
}

void without_ipv6(std::string const& name) { (void)set_ipv6(name, "disable_ipv6", "1"); }

Result<void> configure(std::string const& name, Agreed6 const& agreed) {
  // The kernel's own choice of an address is not the one that was agreed on.
  (void)set_ipv6(name, "addr_gen_mode", "1");
  if (!set_ipv6(name, "disable_ipv6", "0")) return error(name, ": IPv6: ", std::strerror(errno));
  /// in6_ifreq of linux/ipv6.h, which does not go with netinet/in.h.
  struct Request {
    in6_addr address;
    uint32_t prefix_length;
    int interface_index;
  } request{};
  constexpr uint32_t link_local_prefix = 64;
  if (::inet_pton(AF_INET6, ppp::link_local_text(agreed.own).c_str(), &request.address) != 1)
    return error(name, ": its address of IPv6");
  request.prefix_length = link_local_prefix;
  request.interface_index = static_cast<int>(::if_nametoindex(name.c_str()));
  io::Fd const socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  bool const set = socket && ::ioctl(socket.get(), SIOCSIFADDR, &request) == 0;
  if (!set && errno != EEXIST) return error(name, ": its address of IPv6: ", std::strerror(errno));
  return {};
}

Result<void> bring_up_loopback() { return Controls("lo").up(); }

}  // namespace offhook::net
