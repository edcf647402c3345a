#include "rasd/net/link_driver.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "emulator/base/byte_queue.h"
#include "emulator/base/check.h"
#include "emulator/io/descriptor.h"
#include "rasd/net/pace.h"
#include "rasd/ppp/errors.h"

namespace offhook::net {
namespace {

constexpr size_t chunk = 4096;
constexpr int turns = 16;
/// What waits for the line: above the first mark the network is asked to wait.
constexpr size_t ready_mark = 16 * 1024;
/// Above the second, Backlog's, the packets of one that cannot wait are dropped. Control frames have room
/// beyond.
constexpr size_t queue_limit = 256 * 1024;
/// The last words to the peer, once the link has ended.
constexpr Duration farewell = 500ms;

template <class... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overload(Fs...) -> Overload<Fs...>;

ppp::Chance::Seed fresh_seed() {
  ppp::Chance::Seed seed;
  // Up to 256 bytes come whole, once the system's pool was filled at boot.
  OFFHOOK_CHECK(::getrandom(seed.data(), seed.size(), 0) == static_cast<ssize_t>(seed.size()));
  return seed;
}

template <class Handler, class... Arguments>
void tell(Handler const& handler, Arguments const&... arguments) {
  if (handler) handler(arguments...);
}

}  // namespace

ppp::LinkConfig fitting(ppp::LinkConfig config, Network const& network) {
  config.ipv6 = config.ipv6 && network.carries_ipv6();
  return config;
}

struct LinkDriver::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& io_context, io::Alarm& alarm, std::string early, ppp::LinkConfig config,
       std::unique_ptr<Network> where, Handlers with)
      : context(io_context),
        handlers(std::move(with)),
        network(std::move(where)),
        early_bytes(std::move(early)),
        link(fitting(std::move(config), *network), fresh_seed()),
        line(
            io_context, [this] { read(); },
            [this] {
              flush();
              drain();
            }),
        timer(alarm,
              [this](Instant now) {
                link.on_timeout(now);
                drain();
              }),
        last_words(alarm, [this](Instant) { finish(); }) {}

  Result<void> start(io::Fd fd) {
    if (auto assigned = line.assign(std::move(fd)); !assigned) return assigned;
    statistics.last_packet = io::now();
    boost::asio::post(context, [weak = weak_from_this()] {
      if (auto const self = weak.lock()) self->begin();
    });
    return {};
  }
  void begin() {
    if (over) return;
    link.on_line_up(io::now());
    hear(as_bytes(std::exchange(early_bytes, {})));
    drain();
    if (!over) line.await_readable();
  }

  // ---- the line ----

  void read() {
    auto const self = shared_from_this();
    std::array<std::byte, chunk> buffer;
    for (int turn = 0; turn < turns && !over && !line_dead; ++turn) {
      ssize_t const n = ::read(line.fd(), buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) {
        line_lost(n < 0 ? std::strerror(errno) : "");
        return drain();
      }
      came.saw(io::now(), static_cast<size_t>(n));
      hear(Bytes(buffer).first(static_cast<size_t>(n)));
      drain();
    }
    if (!over && !line_dead) line.await_readable();
  }
  void hear(Bytes bytes) { link.on_line_bytes(io::now(), bytes); }

  /// A frame goes whole or not at all.
  void queue(Bytes frame) {
    if (line_dead || waiting.room() < frame.size()) return void(++frames_lost);
    waiting.push(frame);
  }
  void flush() {
    for (int turn = 0; turn < turns && !waiting.empty() && !line_dead; ++turn) {
      auto const bytes = waiting.front();
      ssize_t const n = ::write(line.fd(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno != EAGAIN) {
        line_lost(std::strerror(errno));
        break;
      }
      if (n > 0) {
        waiting.pop(static_cast<size_t>(n));
        Instant const now = io::now();
        backlog.wrote(now, static_cast<size_t>(n));
        taken.saw(now, static_cast<size_t>(n));
      }
      if (n < static_cast<ssize_t>(bytes.size())) break;
    }
    if (waiting.empty())
      backlog.emptied();
    else if (!line_dead)
      line.await_room();
    look_at_room();
  }
  void look_at_room() {
    size_t const mark = std::min(ready_mark, backlog.limit());
    bool const now_ready = waiting.size() <= (ready ? mark : mark / 2);
    if (now_ready == std::exchange(ready, now_ready) || !network_up) return;
    network->set_ready(ready);
  }

  void line_lost(std::string_view how) {
    if (std::exchange(line_dead, true)) return;
    if (lost_how.empty()) lost_how = how;
    waiting.clear();
    link.on_line_down(io::now());
  }

  // ---- the network ----

  bool to_peer(uint16_t protocol, Bytes packet) {
    if (waiting.size() > ready_mark) flush();
    if (over || waiting.size() > backlog.limit() || !link.send(protocol, packet)) {
      ++statistics.packets_dropped;
      return false;
    }
    statistics.last_packet = io::now();
    collect();
    look_at_room();
    soon();
    return true;
  }
  void network_failed(unsigned error, std::string const& why) {
    if (!own_failure) own_failure = Ended{.error = error, .text = why, .by_network = true};
    link.close(io::now(), "no network at this end");
    soon();
  }
  /// IPv6 alone is no network of ours.
  void end_for(unsigned error, std::string const& why) {
    if (!own_failure) own_failure = Ended{.error = error, .text = why};
    link.close(io::now(), why);
  }

  // ---- the engine ----

  /// Frames go to the line's queue at once; what else the link wants waits for drain().
  void collect() {
    while (auto action = link.poll_action()) {
      if (auto const* frames = std::get_if<ppp::ToLine>(&*action))
        queue(frames->bytes);
      else
        actions.push_back(*std::move(action));
    }
  }
  void drain() {
    if (std::exchange(draining, true)) return;
    auto const self = shared_from_this();
    for (collect(); !actions.empty() && !over; collect()) {
      auto const action = std::move(actions.front());
      actions.pop_front();
      carry_out(action);
    }
    draining = false;
    if (over) return;
    flush();
    collect();
    if (!actions.empty()) return soon();  // the line was lost just now
    timer.set(link.next_timeout());
    if (outcome && (line_dead || waiting.empty())) finish();
  }
  /// Outside of whoever calls.
  void soon() {
    if (draining || std::exchange(scheduled, true)) return;
    boost::asio::post(context, [weak = weak_from_this()] {
      auto const self = weak.lock();
      if (!self) return;
      self->scheduled = false;
      if (!self->over) self->drain();
    });
  }

  void carry_out(ppp::LinkAction const& action) {
    std::visit(Overload{[](ppp::ToLine const&) {},
                        [this](ppp::FromPeer const& from) {
                          statistics.last_packet = io::now();
                          if (network_up) network->from_peer(from.protocol, from.packet);
                        },
                        [this](ppp::Proof const& proof) {
                          if (handlers.proof) return handlers.proof(proof);
                          link.on_answer(io::now(), proof.serial, ppp::Answer{});
                        },
                        [this](ppp::Authenticated const& who) { tell(handlers.authenticated, who); },
                        [this](ppp::TryAgain const& again) {
                          if (handlers.try_again) return handlers.try_again(again);
                          link.give_up(io::now());
                        },
                        [this](ppp::CallbackAsked const& asked) {
                          if (handlers.callback_asked) return handlers.callback_asked(asked);
                          link.on_callback(io::now(), ppp::CallbackGrant{});
                        },
                        [this](ppp::CallbackAgreed const& agreed) { tell(handlers.callback_agreed, agreed); },
                        [this](ppp::NetworkUp const& up) { bring_up(up); },
                        [this](ppp::NetworkDown const&) { bring_down(); },
                        [this](ppp::Network6Up const& up) {
                          agreed6 = Agreed6{up.identifiers.own, up.identifiers.peer};
                          bring_up6();
                        },
                        [this](ppp::Network6Down const&) { agreed6.reset(); },
                        [this](ppp::NetworkFailed const& failed) {
                          if (failed.protocol == ppp::protocol::ip) end_for(failed.error, failed.text);
                        },
                        [](ppp::Identified const&) {}, [](ppp::TimeRemaining const&) {},
                        [this](ppp::Passed const& passed) {
                          auto const kept = sink;  // it may end the capture
                          tell(kept, passed);
                        },
                        [this](ppp::Entered const& entered) { tell(handlers.phase, entered.phase); },
                        [this](ppp::Ended const& ended) { link_ended(ended); }},
               action);
  }

  void bring_up(ppp::NetworkUp const& up) {
    Agreed const agreed{up.addresses.own, up.addresses.peer, up.addresses.dns, up.mtu};
    auto const made = network->up(
        agreed, {[this](uint16_t protocol, Bytes packet) { return to_peer(protocol, packet); },
                 [this](std::string const& why) { network_failed(ppp::ras::no_network_protocol, why); },
                 [this] {
                   return Pace{taken.bytes(), came.bytes()};
                 }});
    if (!made) return network_failed(ppp::ras::no_network_protocol, made.error().message);
    network_up = true;
    if (!ready) network->set_ready(false);
    tell(handlers.up, agreed);
    bring_up6();
  }
  void bring_up6() {
    if (!network_up || !agreed6) return;
    if (network->up6(*agreed6)) tell(handlers.up6, *agreed6);
  }
  void bring_down() {
    if (!std::exchange(network_up, false)) return;
    network->down();
    tell(handlers.down);
  }

  /// What the peer must still be told is written before the line is let go.
  void link_ended(ppp::Ended const& ended) {
    bring_down();
    outcome = own_failure ? *own_failure : Ended{ended.error, ended.text};
    // Whoever said good-bye, and let go of the line then, has said why.
    bool const lost = !own_failure && ended.error == ppp::ras::connection_lost;
    if (lost && !lost_how.empty()) outcome->text += " (" + lost_how + ")";
    outcome->by_peer = link.lcp().terminated_by_peer();
    outcome->line_alive = !line_dead;
    timer.set(std::nullopt);
    last_words.set(io::now() + farewell);
  }
  void finish() {
    if (over || !outcome) return;
    auto const self = shared_from_this();
    auto const told = *outcome;
    auto const ended = std::exchange(handlers, {}).ended;
    stop();
    tell(ended, told);
  }
  void stop() {
    over = true;
    keep_statistics();
    timer.set(std::nullopt);
    last_words.set(std::nullopt);
    line.close();
    network_up = false;
    network->down();
    handlers = {};
    sink = {};
  }
  void keep_statistics() { statistics.link = link.statistics(); }

  boost::asio::io_context& context;
  Handlers handlers;
  std::unique_ptr<Network> network;
  std::string early_bytes;
  io::Fd first_line;  // until start()
  ppp::Link link;
  io::Descriptor line;
  io::Alarm::Entry timer, last_words;
  ByteQueue waiting{queue_limit};
  Backlog backlog;
  FullestSecond taken, came;
  std::deque<ppp::LinkAction> actions;
  Statistics statistics;
  uint64_t frames_lost = 0;
  bool draining = false, scheduled = false, ready = true, network_up = false;
  bool line_dead = false, over = false;
  std::string lost_how;  // of the line, in errno's words or the owner's
  std::optional<Agreed6> agreed6;
  std::optional<Ended> own_failure;  // of the network at this end
  std::optional<Ended> outcome;      // the link has ended; its last frames are still being written
  std::function<void(ppp::Passed const&)> sink;  // of a capture
};

LinkDriver::LinkDriver(boost::asio::io_context& context, io::Alarm& alarm, io::Fd line, std::string early,
                       ppp::LinkConfig config, std::unique_ptr<Network> network, Handlers handlers)
    : impl_(std::make_shared<Impl>(context, alarm, std::move(early), std::move(config), std::move(network),
                                   std::move(handlers))) {
  impl_->first_line = std::move(line);
}
LinkDriver::~LinkDriver() {
  if (!impl_->over) impl_->stop();
}

Result<void> LinkDriver::start() { return impl_->start(std::move(impl_->first_line)); }
void LinkDriver::answer(uint32_t serial, ppp::Answer const& answer) {
  impl_->link.on_answer(io::now(), serial, answer);
  impl_->soon();
}
void LinkDriver::grant_callback(ppp::CallbackGrant const& grant) {
  impl_->link.on_callback(io::now(), grant);
  impl_->soon();
}
void LinkDriver::retry(ppp::Credentials const& credentials) {
  impl_->link.retry(io::now(), credentials);
  impl_->soon();
}
void LinkDriver::change_password(std::string const& password) {
  impl_->link.change_password(io::now(), password);
  impl_->soon();
}
void LinkDriver::give_up() {
  impl_->link.give_up(io::now());
  impl_->soon();
}
void LinkDriver::set_ipcp(ppp::IpcpConfig const& config) { impl_->link.set_ipcp(config); }
void LinkDriver::close(std::string_view reason) {
  impl_->link.close(io::now(), reason);
  impl_->soon();
}
void LinkDriver::line_over(std::string_view how) {
  impl_->line_lost(how);
  impl_->soon();
}

ppp::Phase LinkDriver::phase() const { return impl_->link.phase(); }
Statistics LinkDriver::statistics() const {
  if (!impl_->over) impl_->keep_statistics();
  return impl_->statistics;
}
Counters LinkDriver::network_counters() const { return impl_->network->counters(); }
std::string LinkDriver::network() const { return impl_->network->describe(); }
ppp::Lcp const& LinkDriver::lcp() const { return impl_->link.lcp(); }
void LinkDriver::capture(std::function<void(ppp::Passed const&)> sink) {
  impl_->sink = std::move(sink);
  impl_->link.set_capture(static_cast<bool>(impl_->sink));
}

}  // namespace offhook::net
