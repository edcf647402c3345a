#include "rasd/net/route.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "emulator/io/fd.h"

namespace offhook::net {
namespace {

/// A packet of 1500 bytes takes a third of a second at 33600 bit/s. TCP's first packets are small, and what
/// they tell of the line is no measure of how long full ones wait behind each other: by the kernel's defaults
/// (0.2 s, 10 segments) it sends all of the first window twice.
constexpr uint32_t smallest_timeout = 3000;  // ms; RFC 6298 2.4 asks for a second at least
constexpr uint32_t first_window = 4;         // segments; RFC 3390

class Request {
 public:
  Request(int interface, Route const& route) {
    rtmsg message{};
    message.rtm_family = AF_INET;
    message.rtm_dst_len = route.prefix_length;
    message.rtm_table = RT_TABLE_MAIN;
    message.rtm_protocol = route.protocol;
    message.rtm_scope = RT_SCOPE_LINK;
    message.rtm_type = RTN_UNICAST;
    put(&message, sizeof message);
    if (route.prefix_length != 0) attribute(RTA_DST, htonl(route.destination));
    attribute(RTA_OIF, static_cast<uint32_t>(interface));
    attribute(RTA_PREFSRC, htonl(route.source));
  }
  void metrics() {
    size_t const begin = size_;
    rtattr head{0, RTA_METRICS};
    put(&head, sizeof head);
    attribute(RTAX_LOCK, 1u << RTAX_RTO_MIN);  // else the kernel passes over it
    attribute(RTAX_RTO_MIN, smallest_timeout);
    attribute(RTAX_INITCWND, first_window);
    head.rta_len = static_cast<uint16_t>(size_ - begin);
    std::memcpy(&body_[begin], &head, sizeof head);
  }
  /// 0, or the kernel's errno.
  int ask(uint16_t type, uint16_t flags) {
    io::Fd const socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    nlmsghdr header{};
    header.nlmsg_len = static_cast<uint32_t>(sizeof header + size_);
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    std::array<iovec, 2> const parts{{{&header, sizeof header}, {body_.data(), size_}}};
    struct {
      nlmsghdr header;
      nlmsgerr verdict;
    } answer{};
    if (!socket || ::writev(socket.get(), parts.data(), static_cast<int>(parts.size())) < 0 ||
        ::recv(socket.get(), &answer, sizeof answer, 0) < 0)
      return errno;
    return -answer.verdict.error;
  }

 private:
  void put(void const* what, size_t n) {
    std::memcpy(&body_[size_], what, n);
    size_ += NLMSG_ALIGN(n);
  }
  void attribute(uint16_t type, uint32_t value) {
    rtattr const head{RTA_LENGTH(sizeof value), type};
    put(&head, sizeof head);
    put(&value, sizeof value);
  }

  std::array<std::byte, 128> body_{};
  size_t size_ = 0;
};

}  // namespace

Result<void> set_route(std::string const& interface, Route const& route) {
  Request request(static_cast<int>(::if_nametoindex(interface.c_str())), route);
  (void)request.ask(RTM_DELROUTE, 0);  // the first time there may be none
  request.metrics();
  // Neither "exclusive" nor "replace": it stands before another's, and leaves that where it is.
  if (int const code = request.ask(RTM_NEWROUTE, NLM_F_CREATE); code != 0)
    return error(interface, ": a route to ", ppp::ipv4_text(route.destination), "/",
                 std::to_string(route.prefix_length), ": ", std::strerror(code));
  return {};
}

}  // namespace offhook::net
