#include "emulator/driver/remote_dte.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/base/text.h"

namespace offhook::driver {
namespace {

constexpr int read_turns = 16;
constexpr size_t chunk = 16384;
constexpr int socket_buffer = 8192;          // the kernel doubles it: about what a pty holds
constexpr size_t port_is_full = 4096;        // bytes that wait for the port: the client is asked to stop
constexpr size_t reads_no_more = 4 * chunk;  // bytes that wait for the port: TCP stops a client that does not
constexpr size_t wire_limit = 2 * chunk + 4096;  // a chunk all IAC, and what there is to say
constexpr Duration slow_after = 100ms;           // a client that takes nothing for so long is slow
constexpr Duration look_every = 1s;              // for the end of a client that is not read from

// A client whose machine went away must not keep the port: 30 s of silence, then 3 probes 10 s apart.
constexpr int keep_idle_s = 30, keep_interval_s = 10, keep_probes = 3;

std::array<std::byte, chunk> read_buffer, port_buffer;  // one thread
std::array<std::byte, wire_limit> wire_buffer;

void watch_over(int socket) {
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &keep_idle_s, sizeof keep_idle_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &keep_interval_s, sizeof keep_interval_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &keep_probes, sizeof keep_probes);
}

/// -1 and EAGAIN alike are 'nothing now'.
size_t sent(int socket, Bytes bytes) {
  ssize_t const n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return n > 0 ? static_cast<size_t>(n) : 0;
}
bool nothing_now(ssize_t n) { return n < 0 && (errno == EAGAIN || errno == EINTR); }

bool has_ended(int socket) {
  pollfd look{socket, POLLRDHUP, 0};
  return ::poll(&look, 1, 0) > 0;
}

}  // namespace

RemoteDte::RemoteDte(boost::asio::io_context& io, io::Alarm& alarm, Farewells& farewells, Port& port,
                     Caller caller, Duration closing_wait, Handlers handlers)
    : farewells_(farewells),
      port_(port),
      caller_(std::move(caller)),
      closing_wait_(closing_wait),
      handlers_(std::move(handlers)),
      client_(
          io, [this] { on_client_readable(); }, [this] { on_client_writable(); }),
      dte_(
          io, [this] { on_port_readable(); }, [this] { on_port_writable(); }),
      server_("Offhook " + port.name(), port.dte_rate_bps(), port.presented()),
      undecoded_(chunk),
      to_port_(reads_no_more + chunk),
      wire_(wire_limit),
      slow_(alarm,
            [this](Instant at) {
              if (auto const request = server_.on_client_slow(true)) carry_out(at, *request);
              handlers_.settle(at);
            }),
      unread_(alarm, [this](Instant at) { look_for_end(at); }) {}

Result<void> RemoteDte::begin(Instant now) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
    return error("port ", port_.name(), ": a socket: ", std::strerror(errno));
  io::Fd ours(pair[0]), ports(pair[1]);
  for (int fd : pair) ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &socket_buffer, sizeof socket_buffer);
  watch_over(caller_.socket.get());
  if (auto assigned = dte_.assign(std::move(ours)); assigned.has_error()) return assigned;
  if (auto attached = port_.attach_remote(now, std::move(ports), caller_.name); attached.has_error())
    return attached;
  phase_ = Phase::serving;
  if (client_.assign(std::move(caller_.socket)).has_error()) {
    client_gone(now);
    return {};
  }
  server_.start();
  server_.on_circuits(port_.presented());
  say();
  client_.await_readable();
  dte_.await_readable();
  return {};
}

// ---- from the client

void RemoteDte::on_client_readable() {
  Instant const at = io::now();
  for (int turn = 0; turn < read_turns && phase_ == Phase::serving; ++turn) {
    if (holds_enough()) {  // read on once that has gone
      if (!unread_.at()) unread_.set(at + look_every);
      break;
    }
    ssize_t const n = ::read(client_.fd(), read_buffer.data(), read_buffer.size());
    if (nothing_now(n)) {
      client_.await_readable();
      break;
    }
    if (n <= 0) {
      client_gone(at);
      break;
    }
    decode(at, std::span(read_buffer).first(static_cast<size_t>(n)));
    if (turn + 1 == read_turns) client_.await_readable();
  }
  follow(at);
  handlers_.settle(at);
}

void RemoteDte::decode(Instant now, std::span<std::byte> bytes) {
  while (!bytes.empty() && phase_ == Phase::serving) {
    auto const got = server_.receive(bytes);
    to_port_.push(got.data);
    feed_port();
    if (got.request) carry_out(now, *got.request);
    bytes = bytes.subspan(got.taken);
    if (got.taken == 0 && !say()) break;
  }
  undecoded_.push(bytes);
  say();
}

/// As much as the port takes, as far as flow control lets it.
void RemoteDte::feed_port() {
  while (!to_port_.empty() && server_.port_takes()) {
    size_t const n = sent(dte_.fd(), to_port_.front());
    if (n == 0) {
      dte_.await_writable();
      break;
    }
    to_port_.pop(n);
  }
  if (to_port_.size() > port_is_full) server_.on_port_full(true);
  if (to_port_.empty()) server_.on_port_full(false);
}

void RemoteDte::carry_out(Instant now, rfc2217::Request const& request) {
  // A modem sees a circuit fall behind the bytes that went before it, as far as it has room for those.
  port_.read_waiting(now);
  if (phase_ != Phase::serving) return;
  if (auto const* rate = std::get_if<rfc2217::SetRate>(&request)) {
    port_.set_remote_rate(now, rate->bps);
  } else if (auto const* format = std::get_if<rfc2217::SetFormat>(&request)) {
    port_.set_format(now, Port::remote_client, format->format);
  } else if (auto const* circuit = std::get_if<rfc2217::SetCircuit>(&request)) {
    v24::Circuits mask, values;
    mask.set(circuit->circuit, true);
    values.set(circuit->circuit, circuit->on);
    port_.override_dte(now, Port::remote_client, mask, values);
  } else if (std::holds_alternative<rfc2217::SendBreak>(request)) {
    port_.on_break(now);
  } else if (auto const* control = std::get_if<rfc2217::SendToPort>(&request)) {
    sent(dte_.fd(), Bytes(&control->character, 1));
  } else if (auto const* purge = std::get_if<rfc2217::Purge>(&request)) {
    if (purge->sent) to_port_.clear();
    if (purge->received)
      while (::read(dte_.fd(), port_buffer.data(), port_buffer.size()) > 0) continue;
    feed_port();
  }
}

void RemoteDte::on_port_writable() {
  if (phase_ != Phase::serving) return;
  Instant const at = io::now();
  feed_port();
  say();
  if (!holds_enough()) client_.await_readable();
  follow(at);
}

// ---- to the client

void RemoteDte::on_port_readable() {
  if (phase_ != Phase::serving) return;
  read_port();
  follow(io::now());
}

/// Bytes that the client has no room for stay where they are, and the DCE keeps what follows them.
void RemoteDte::read_port() {
  for (int turn = 0; turn < read_turns && phase_ == Phase::serving; ++turn) {
    if (!drain_wire() || server_.stopped()) return;  // read on once it takes more
    ssize_t const n = ::read(dte_.fd(), port_buffer.data(), port_buffer.size());
    if (nothing_now(n)) break;
    if (n <= 0) return port_gone();
    send(server_.from_port(std::span(port_buffer).first(static_cast<size_t>(n))));
    feed_port();  // an XON may have been among it
  }
  if (phase_ == Phase::serving) dte_.await_readable();
}

void RemoteDte::send(Bytes data) {
  do {
    auto const [taken, written] = server_.encode(data, wire_buffer);
    data = data.subspan(taken);
    Bytes const bytes = Bytes(wire_buffer).first(written);
    size_t const n = wire_.empty() ? sent(client_.fd(), bytes) : 0;
    OFFHOOK_CHECK(wire_.push(bytes.subspan(n)) == bytes.size() - n);
    if (taken + written == 0) break;
  } while (!data.empty());
  drain_wire();
}

/// What the server has to say; false where the client takes no more.
bool RemoteDte::say() {
  while (phase_ == Phase::serving && server_.pending() && drain_wire()) send({});
  return phase_ == Phase::serving && drain_wire();
}

bool RemoteDte::drain_wire() {
  while (!wire_.empty()) {
    size_t const n = sent(client_.fd(), wire_.front());
    if (n == 0) {
      client_.await_writable();
      return false;
    }
    wire_.pop(n);
  }
  return true;
}

void RemoteDte::on_client_writable() {
  if (phase_ != Phase::serving) return;
  Instant const at = io::now();
  if (say()) {
    std::vector<std::byte> bytes(undecoded_.front().begin(), undecoded_.front().end());
    undecoded_.clear();
    decode(at, bytes);
    if (!holds_enough()) client_.await_readable();
  }
  follow(at);
  handlers_.settle(at);
}

/// After anything that happened: goes on reading from the port where the client takes data again; one that
/// does not is slow after a while, or at once where it said so.
void RemoteDte::follow(Instant now) {
  if (phase_ != Phase::serving) return;
  bool const takes = drain_wire() && !server_.stopped();
  if (takes) {
    slow_.set(std::nullopt);
    dte_.await_readable();
    if (auto const request = server_.on_client_slow(false)) carry_out(now, *request);
  } else if (!slow_.at()) {
    slow_.set(server_.stopped() ? now : now + slow_after);
  }
}

void RemoteDte::on_circuits() {
  if (phase_ != Phase::serving) return;
  read_port();
  if (phase_ != Phase::serving) return;
  server_.on_circuits(port_.presented());
  feed_port();
  say();
}

bool RemoteDte::on_break() {
  if (phase_ != Phase::serving) return true;
  read_port();
  bool const told = server_.on_break();
  say();
  return told;
}

// ---- the end

/// Of the client nothing is read until some of that has gone.
bool RemoteDte::holds_enough() const { return !undecoded_.empty() || to_port_.size() >= reads_no_more; }

/// Its end stands behind what it sent, which a slow line may take long for; it has the port no longer than a
/// program whose close() waits for that on a Linux serial port (closing_wait).
void RemoteDte::look_for_end(Instant now) {
  if (!has_ended(client_.fd())) {
    ended_.reset();
    if (holds_enough()) unread_.set(now + look_every);
    return;
  }
  if (!ended_) ended_ = now;
  if (now - *ended_ < closing_wait_) return unread_.set(now + look_every);
  client_gone(now);
  handlers_.settle(now);
}

/// What we have of it is the modem's still, and more of it than the port's socket holds at once.
void RemoteDte::client_gone(Instant now) {
  feed_port();
  for (size_t left = 0; left != to_port_.size();) {
    left = to_port_.size();
    port_.read_rest_of_remote(now);
    feed_port();
  }
  ::shutdown(dte_.fd(), SHUT_WR);
  phase_ = Phase::ended;
  port_.remote_gone(now);
  end();
}

/// The port has another DTE, or none: revoked, or pulled out.
void RemoteDte::port_gone() {
  say();
  phase_ = Phase::ended;
  end();
}

void RemoteDte::end() {
  slow_.set(std::nullopt);
  unread_.set(std::nullopt);
  dte_.close();
  farewells_.part(client_.release());
  caller_.slot.reset();
  handlers_.ended();
}

}  // namespace offhook::driver
