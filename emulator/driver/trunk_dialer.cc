#include "emulator/driver/trunk_dialer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "emulator/trunk/causes.h"

namespace offhook::driver {
namespace {

/// An address that does not answer gives way to the next one; the last has as long as the system lets it.
constexpr Duration share = 5s;

/// A connection to a port of the local range may meet itself.
bool is_own_echo(int fd) {
  sockaddr_storage here{}, there{};
  socklen_t here_size = sizeof here, there_size = sizeof there;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &here_size) == 0 &&
         ::getpeername(fd, reinterpret_cast<sockaddr*>(&there), &there_size) == 0 &&
         here_size == there_size && std::memcmp(&here, &there, here_size) == 0;
}

}  // namespace

Dialer::Dialer(boost::asio::io_context& io, io::Alarm& alarm, Resolver& resolver, Outcome outcome)
    : resolver_(resolver),
      outcome_(std::move(outcome)),
      socket_(
          io, [] {}, [this] { on_writable(); }),
      next_(alarm, [this](Instant at) { try_next(at); }) {}

Dialer::~Dialer() {
  if (ticket_ != 0) resolver_.forget(ticket_);
}

void Dialer::start(Instant now, trunk::Address const& address) {
  auto const take = [this](Instant at, Found found) {
    endpoints_ = std::move(found.endpoints);
    std::ranges::reverse(endpoints_);
    cause_ = trunk::cause_of_lookup(found.error);
    next_.set(at);
  };
  if (auto found = numeric(address); found.error == 0) return take(now, std::move(found));
  ticket_ = resolver_.look_up(address, [this, take](Found found) {
    ticket_ = 0;
    take(io::now(), std::move(found));
  });
  if (ticket_ != 0) return;
  cause_ = loop::Cause::no_circuit_available;
  next_.set(now);
}

void Dialer::failed_here(int error) {
  socket_.close();
  // Of several addresses the one where somebody said no tells most.
  if (cause_ != loop::Cause::user_busy) cause_ = trunk::cause_of_errno(error);
}

void Dialer::try_next(Instant now) {
  if (socket_.fd() >= 0) failed_here(ETIMEDOUT);
  while (!endpoints_.empty()) {
    Endpoint const to = endpoints_.back();
    endpoints_.pop_back();
    io::Fd fd(::socket(to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
      failed_here(errno);
      continue;
    }
    int const on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (::connect(fd.get(), to.get(), to.size) != 0 && errno != EINPROGRESS) {
      failed_here(errno);
      continue;
    }
    if (socket_.assign(std::move(fd)).has_error()) {
      failed_here(EMFILE);
      continue;
    }
    socket_.await_writable();
    next_.set(endpoints_.empty() ? std::nullopt : std::optional(now + share));
    return;
  }
  auto const failed = outcome_.failed;  // a copy: this may be gone before it returns
  failed(now, cause_);
}

void Dialer::on_writable() {
  Instant const at = io::now();
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0 && is_own_echo(socket_.fd())) error = ECONNREFUSED;
  if (error != 0) {
    failed_here(error);
    return try_next(at);
  }
  next_.set(std::nullopt);
  auto const connected = outcome_.connected;
  connected(at, socket_.release());
}

}  // namespace offhook::driver
