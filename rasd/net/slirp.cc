// libslirp as a network: a virtual Ethernet with the peer as its one guest. The frames are made up here: PPP
// has none, and the guest's hardware address is ours to invent.
#include <slirp/libslirp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"
#include "rasd/net/ip_packet.h"
#include "rasd/net/network.h"

namespace offhook::net {
namespace {

constexpr size_t ethernet_header = 14;
constexpr uint16_t ether_ip = 0x0800, ether_arp = 0x0806;
/// Of the guest; slirp's own begin 52:55 and end in its address (libslirp: src/slirp.c).
constexpr std::array<uint8_t, 6> guest_mac{0x52, 0x54, 0x00, 0x4f, 0x48, 0x01};
constexpr size_t largest_window = 65535;  // of TCP, not scaled
/// So many sockets that wait are looked at in one turn; the others in the next.
constexpr int events_a_turn = 64;

in_addr address(Ipv4 host_order) {
  in_addr out{};
  out.s_addr = htonl(host_order);
  return out;
}

struct EventRow {
  unsigned epoll, slirp;
};
constexpr EventRow event_rows[] = {{EPOLLIN, SLIRP_POLL_IN},
                                   {EPOLLOUT, SLIRP_POLL_OUT},
                                   {EPOLLPRI, SLIRP_POLL_PRI},
                                   {EPOLLERR, SLIRP_POLL_ERR},
                                   {EPOLLHUP, SLIRP_POLL_HUP}};
unsigned to_epoll(unsigned events) {
  unsigned out = 0;
  for (auto const& row : event_rows)
    if (events & row.slirp) out |= row.epoll;
  return out;
}
unsigned to_slirp(unsigned events) {
  unsigned out = 0;
  for (auto const& row : event_rows)
    if (events & row.epoll) out |= row.slirp;
  return out;
}

constexpr Duration pieces_kept = 30s;  // IPFRAGTTL, 60 of its slow ticks (libslirp: src/ip.h)

/// The smallest network that holds them all: what is in it is slirp's own, the rest is the world.
Ipv4 common_mask(std::initializer_list<Ipv4> addresses) {
  Ipv4 differ = 0;
  for (Ipv4 const each : addresses)
    if (each != 0) differ |= each ^ *addresses.begin();
  int const bits =
      std::max(2, static_cast<int>(std::bit_width(differ)) + 1);  // with room for a broadcast address
  return bits >= 32 ? 0 : ~Ipv4{0} << bits;
}

class SlirpNetwork : public Network, public std::enable_shared_from_this<SlirpNetwork> {
 public:
  SlirpNetwork(boost::asio::io_context& context, SlirpConfig const& config)
      : context_(context),
        config_(config),
        wake_(
            context, [this] { woken(); }, [] {}),
        tick_(context) {}

  Result<void> up(Agreed const& agreed, Handlers handlers) override {
    down();
    if (agreed.own == 0 || agreed.peer == 0 || agreed.own == agreed.peer || agreed.own == config_.dns ||
        agreed.peer == config_.dns)
      return error("slirp wants three different addresses: our own (", ppp::ipv4_text(agreed.own),
                   "), the peer's (", ppp::ipv4_text(agreed.peer), ") and the name server's (",
                   ppp::ipv4_text(config_.dns), ")");
    io::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return error("epoll: ", std::strerror(errno));
    epoll_ = epoll.get();
    if (auto assigned = wake_.assign(std::move(epoll)); !assigned) return assigned;
    agreed_ = agreed;
    handlers_ = std::move(handlers);
    if (!make()) {
      down();
      return error("libslirp ", slirp_version_string(), " takes no such network");
    }
    introduce_guest();
    settle();
    wake_.await_readable();
    return {};
  }

  void down() override {
    ++life_;
    handlers_ = {};  // before slirp's last words
    if (slirp_) slirp_cleanup(slirp_);
    slirp_ = nullptr;
    tick_.cancel();
    wake_.close();
    epoll_ = -1;
    watched_.clear();
    asked_.clear();
    flows_ = 0;
  }

  void from_peer(uint16_t protocol, Bytes packet) override {
    ++counters_.packets_from_peer;
    counters_.bytes_from_peer += packet.size();
    if (!slirp_ || protocol != ppp::protocol::ip || !admits(packet))
      return void(++counters_.dropped_from_peer);
    std::array<uint8_t, ethernet_header + ppp::default_mru> frame;
    if (packet.size() > frame.size() - ethernet_header) return void(++counters_.dropped_from_peer);
    write_header(frame.data(), ether_ip);
    auto const copy = std::as_writable_bytes(std::span(frame)).subspan(ethernet_header, packet.size());
    std::ranges::copy(packet, copy.begin());
    limit_tcp_window(copy, window(pace().to_peer));
    slirp_input(slirp_, frame.data(), static_cast<int>(ethernet_header + packet.size()));
    settle_soon();
  }

  /// What slirp sends without room is dropped; TCP sends it again.
  void set_ready(bool) override {}
  Counters counters() const override { return counters_; }
  std::string describe() const override { return "slirp"; }

 private:
  // ---- what the peer may ----

  /// From its own address, to none of this host's inside; and not for more sockets than it may have.
  bool admits(Bytes packet) {
    auto const ip = read_ipv4(packet);
    if (!ip || ip->source != agreed_.peer) return false;
    Ipv4 const first = ip->destination >> 24;
    if (first == 127 || first == 0) return false;
    constexpr uint8_t tcp = 6;
    bool const may_need_socket = ip->protocol != tcp || ip->begins_tcp;
    if (may_need_socket && flows_ >= config_.most_flows) return false;
    return !ip->piece || admits_piece();
  }
  bool admits_piece() {
    Instant const now = io::now();
    if (now - pieces_since_ >= pieces_kept) {
      pieces_since_ = now;
      pieces_ = 0;
    }
    return pieces_++ < config_.most_pieces;
  }

  // ---- what TCP may have on its way ----
  // What TCP sends ahead of a slow line waits in buffers on the way, ours and the kernel's, and the answers
  // of the other direction behind it, for seconds: too late for the sender's timer, and in the end dropped.
  // So neither end is offered a larger window than the line carries in half a second. (By the half, what
  // empty buffers take at once is not mistaken for the line's pace: the window it makes is half of that
  // burst.)

  Pace pace() const {
    return handlers_.pace ? handlers_.pace() : Pace{2 * largest_window, 2 * largest_window};
  }
  /// Four segments at least: a lost one is missed by what comes behind it (RFC 5681 3.2).
  uint16_t window(size_t second) const {
    return static_cast<uint16_t>(std::clamp<size_t>(second / 2, size_t{4} * agreed_.mtu, largest_window));
  }

  // ---- slirp's Ethernet ----

  bool make() {
    ::SlirpConfig config{};
    config.version = 4;
    config.in_enabled = true;
    Ipv4 const mask = common_mask({agreed_.own, agreed_.peer, config_.dns});
    config.vnetwork = address(agreed_.own & mask);
    config.vnetmask = address(mask);
    config.vhost = address(agreed_.own);
    config.vnameserver = address(config_.dns);
    config.if_mtu = std::clamp<size_t>(agreed_.mtu, ppp::smallest_mru, ppp::default_mru);
    config.if_mru = ppp::default_mru;
    config.disable_host_loopback = !config_.host_loopback;
    config.disable_dns = config_.dns == 0;
    config.disable_dhcp = true;
    slirp_ = slirp_new(&config, &callbacks(), this);
    return slirp_ != nullptr;
  }

  static SlirpCb const& callbacks() {
    static constexpr SlirpCb table = [] {
      SlirpCb cb{};
      cb.send_packet = [](void const* frame, size_t length, void* self) {
        return static_cast<SlirpNetwork*>(self)->sent(static_cast<uint8_t const*>(frame), length);
      };
      cb.guest_error = [](char const*, void*) {};
      cb.clock_get_ns = [](void*) -> int64_t { return io::now().time_since_epoch().count(); };
      cb.timer_new = [](SlirpTimerCb, void*, void*) -> void* { return nullptr; };
      cb.timer_free = [](void*, void*) {};  // IPv6's alone, which is not on
      cb.timer_mod = [](void*, int64_t, void*) {};
      cb.register_poll_fd = [](int, void* self) { ++static_cast<SlirpNetwork*>(self)->flows_; };
      cb.unregister_poll_fd = [](int fd, void* self) { static_cast<SlirpNetwork*>(self)->forget(fd); };
      cb.notify = [](void* self) { static_cast<SlirpNetwork*>(self)->settle_soon(); };
      return cb;
    }();
    return table;
  }

  static void write_header(uint8_t* frame, uint16_t type) {
    std::memset(frame, 0xff, 6);
    std::memcpy(frame + 6, guest_mac.data(), guest_mac.size());
    frame[12] = static_cast<uint8_t>(type >> 8);
    frame[13] = static_cast<uint8_t>(type);
  }

  /// An ARP reply that nobody asked for (RFC 826): so the first packet to the guest waits for nothing.
  void introduce_guest() { send_arp(agreed_.peer, agreed_.own); }
  void send_arp(Ipv4 sender, Ipv4 target) {
    std::array<uint8_t, ethernet_header + 28> frame{};
    write_header(frame.data(), ether_arp);
    constexpr std::array<uint8_t, 8> ethernet_ipv4_reply{0, 1, 8, 0, 6, 4, 0, 2};
    uint8_t* at = std::copy(ethernet_ipv4_reply.begin(), ethernet_ipv4_reply.end(), &frame[ethernet_header]);
    at = std::copy(guest_mac.begin(), guest_mac.end(), at);
    in_addr const from = address(sender), to = address(target);
    std::memcpy(at, &from, 4);
    std::memset(at + 4, 0xff, 6);
    std::memcpy(at + 10, &to, 4);
    slirp_input(slirp_, frame.data(), static_cast<int>(frame.size()));
  }

  ssize_t sent(uint8_t const* frame, size_t length) {
    auto const done = static_cast<ssize_t>(length);
    if (!slirp_ || length < ethernet_header) return done;
    unsigned const type = static_cast<unsigned>(frame[12] << 8 | frame[13]);
    if (type == ether_arp) send_arp(agreed_.peer, agreed_.own);
    if (type != ether_ip) return done;
    std::array<std::byte, ppp::default_mru> copy;
    auto const packet = std::span(copy).first(std::min(copy.size(), length - ethernet_header));
    std::memcpy(packet.data(), frame + ethernet_header, packet.size());
    limit_tcp_window(packet, window(pace().from_peer));
    bool const taken = handlers_.to_peer && handlers_.to_peer(ppp::protocol::ip, packet);
    if (taken) {
      ++counters_.packets_to_peer;
      counters_.bytes_to_peer += packet.size();
    } else {
      ++counters_.dropped_to_peer;
    }
    return done;
  }

  // ---- slirp's sockets ----

  struct Watch {
    unsigned asked = 0;  // slirp's bits, in the last settle()
    unsigned seen = 0;   // what epoll said since
    uint64_t round = 0;
  };

  void forget(int fd) {
    if (flows_ > 0) --flows_;
    if (watched_.erase(fd) != 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  }

  void settle_soon() {
    if (!slirp_ || std::exchange(settling_, true)) return;
    boost::asio::post(context_, [weak = weak_from_this(), life = life_] {
      auto const self = weak.lock();
      if (!self) return;
      self->settling_ = false;
      if (self->slirp_ && self->life_ == life) self->settle();
    });
  }

  /// Asks slirp what it waits for, and has the kernel watch that and nothing else.
  void settle() {
    ++round_;
    asked_.clear();
    uint32_t timeout = UINT32_MAX;
    slirp_pollfds_fill(
        slirp_, &timeout,
        [](int fd, int events, void* self) {
          return static_cast<SlirpNetwork*>(self)->watch(fd, static_cast<unsigned>(events));
        },
        this);
    std::erase_if(watched_, [&](auto const& each) {
      if (each.second.round == round_) return false;
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, each.first, nullptr);
      return true;
    });
    tick(timeout);
  }
  int watch(int fd, unsigned events) {
    auto const [at, fresh] = watched_.try_emplace(fd);
    Watch& each = at->second;
    if (fresh || each.asked != events) {
      epoll_event event{};
      event.events = to_epoll(events);
      event.data.fd = fd;
      int const how = fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
      // A number that slirp closed and got anew meanwhile is no longer in the set.
      if (::epoll_ctl(epoll_, how, fd, &event) != 0)
        ::epoll_ctl(epoll_, how == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    }
    each.asked = events;
    each.seen = 0;
    each.round = round_;
    asked_.push_back(fd);
    return static_cast<int>(asked_.size()) - 1;
  }
  /// TCP's timers run in slirp_pollfds_poll(); without sockets it wants none, and nothing wakes us.
  void tick(uint32_t milliseconds) {
    tick_.cancel();
    if (milliseconds == UINT32_MAX) return;
    tick_.expires_after(std::chrono::milliseconds(milliseconds));
    tick_.async_wait([weak = weak_from_this(), life = life_](boost::system::error_code const& ec) {
      auto const self = weak.lock();
      if (!ec && self && self->slirp_ && self->life_ == life) self->poll();
    });
  }

  void woken() {
    if (!slirp_) return;
    auto const self = shared_from_this();
    auto const life = life_;
    std::array<epoll_event, events_a_turn> events;
    int const n = ::epoll_wait(epoll_, events.data(), events_a_turn, 0);
    for (int i = 0; i < n; ++i)
      if (auto const at = watched_.find(events[static_cast<size_t>(i)].data.fd); at != watched_.end())
        at->second.seen = to_slirp(events[static_cast<size_t>(i)].events);
    poll();
    if (slirp_ && life_ == life) wake_.await_readable();
  }
  void poll() {
    auto const self = shared_from_this();
    auto const life = life_;
    slirp_pollfds_poll(
        slirp_, 0, [](int index, void* me) { return static_cast<SlirpNetwork*>(me)->seen(index); }, this);
    if (slirp_ && life_ == life) settle();
  }
  int seen(int index) const {
    if (index < 0 || static_cast<size_t>(index) >= asked_.size()) return 0;
    auto const at = watched_.find(asked_[static_cast<size_t>(index)]);
    return at == watched_.end() ? 0 : static_cast<int>(at->second.seen);
  }

  boost::asio::io_context& context_;
  SlirpConfig config_;
  Agreed agreed_;
  Handlers handlers_;
  Counters counters_;
  Slirp* slirp_ = nullptr;
  uint64_t life_ = 0;    // of up()s and down()s: what belongs to an earlier one is not heard
  io::Descriptor wake_;  // the set of slirp's sockets
  int epoll_ = -1;
  boost::asio::steady_timer tick_;
  std::map<int, Watch> watched_;
  std::vector<int> asked_;  // by slirp's index
  uint64_t round_ = 0;
  size_t flows_ = 0;
  Instant pieces_since_{};  // the time in which so many pieces came
  size_t pieces_ = 0;
  bool settling_ = false;
};

/// Callbacks under way may outlive their owner's interest.
class Owner : public Network {
 public:
  explicit Owner(std::shared_ptr<SlirpNetwork> network) : network_(std::move(network)) {}
  ~Owner() override { network_->down(); }
  Result<void> up(Agreed const& agreed, Handlers handlers) override {
    return network_->up(agreed, std::move(handlers));
  }
  void down() override { network_->down(); }
  void from_peer(uint16_t protocol, Bytes packet) override { network_->from_peer(protocol, packet); }
  void set_ready(bool ready) override { network_->set_ready(ready); }
  Counters counters() const override { return network_->counters(); }
  std::string describe() const override { return network_->describe(); }

 private:
  std::shared_ptr<SlirpNetwork> network_;
};

}  // namespace

std::unique_ptr<Network> make_slirp(boost::asio::io_context& context, SlirpConfig const& config) {
  return std::make_unique<Owner>(std::make_shared<SlirpNetwork>(context, config));
}

}  // namespace offhook::net
