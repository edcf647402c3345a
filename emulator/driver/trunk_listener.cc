#include "emulator/driver/trunk_listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "emulator/driver/trunk_resolver.h"

namespace offhook::driver {
namespace {

constexpr int accepts_a_turn = 64;
constexpr int backlog = 512;
/// How long connections wait when the process has no descriptor to spare.
constexpr Duration accept_retry = 100ms;

}  // namespace

Listener::Listener(boost::asio::io_context& io, io::Alarm& alarm, ListenerConfig config, Handlers handlers)
    : config_(std::move(config)),
      handlers_(std::move(handlers)),
      admission_(std::make_shared<trunk::Admission>(config_.limits)),
      descriptor_(
          io, [this] { accept_burst(); }, [] {}),
      retry_(alarm, [this](Instant) { descriptor_.await_readable(); }) {}

Result<void> Listener::start() {
  auto address = config_.address;
  if (address.host == "localhost") address.host = "127.0.0.1";
  auto const failed = [&](char const* what, char const* why) {
    return error("listener ", trunk::text(config_.address), ": ", what, ": ", why);
  };
  auto const found = numeric(address);
  if (found.error != 0 || found.endpoints.empty())
    return failed("a numeric address is wanted", ::gai_strerror(found.error));
  Endpoint const& at = found.endpoints.front();
  io::Fd fd(::socket(at.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("a socket", std::strerror(errno));
  int const on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), at.get(), at.size) != 0) return failed("binding", std::strerror(errno));
  if (::listen(fd.get(), backlog) != 0) return failed("listening", std::strerror(errno));
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  bound_ = trunk::text({host_text(bound), port_of(bound)});
  if (auto assigned = descriptor_.assign(std::move(fd)); assigned.has_error()) return assigned;
  descriptor_.await_readable();
  return {};
}

void Listener::accept_burst() {
  Instant const at = io::now();
  int last_error = 0;
  for (int turn = 0; turn < accepts_a_turn && last_error == 0; ++turn) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    io::Fd socket(
        ::accept4(descriptor_.fd(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket)
      take(at, std::move(socket), from);
    else
      last_error = errno;
  }
  // Out of descriptors: a wait begun at once would come back at once.
  if (last_error == EMFILE || last_error == ENFILE || last_error == ENOBUFS || last_error == ENOMEM)
    retry_.set(at + accept_retry);
  else
    descriptor_.await_readable();
  handlers_.settle(at);
}

void Listener::take(Instant at, io::Fd socket, sockaddr_storage const& from) {
  Caller caller;
  caller.address = host_text(from);
  caller.name = trunk::text({caller.address, port_of(from)});
  if (admission_->arrive(at, caller.address) != trunk::Admission::Verdict::admitted)
    return handlers_.refused(*this, std::move(socket));
  caller.slot = std::shared_ptr<void>(nullptr, [admission = admission_, address = caller.address](void*) {
    admission->left(io::now(), address);
  });
  int const on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  caller.socket = std::move(socket);
  handlers_.arrived(at, *this, std::move(caller));
}

}  // namespace offhook::driver
