#include "emulator/io/packet_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "emulator/io/alarm.h"
#include "emulator/io/descriptor.h"
#include "emulator/io/unix_socket.h"

namespace offhook::io {
namespace {

/// How long connections wait when the process has no descriptor to spare.
constexpr Duration accept_retry = 100ms;
constexpr int backlog = 128;

}  // namespace

struct PacketListener::Impl {
  Impl(boost::asio::io_context& io, Alarm& alarm, std::function<void(Fd)> told)
      : accepted(std::move(told)),
        socket(
            io, [this] { accept(); }, [] {}),
        retry(alarm, [this](Instant) { socket.await_readable(); }) {}

  void accept() {
    while (socket.fd() >= 0) {
      Fd fd(::accept4(socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) return accept_later(errno);
      accepted(std::move(fd));
    }
  }

  /// Out of descriptors: a wait begun at once would come back at once.
  void accept_later(int code) {
    if (code == EAGAIN || code == EINTR || code == ECONNABORTED)
      socket.await_readable();
    else
      retry.set(now() + accept_retry);
  }

  std::function<void(Fd)> accepted;
  Descriptor socket;
  Alarm::Entry retry;
  std::string path;
};

PacketListener::PacketListener(boost::asio::io_context& io, Alarm& alarm, std::function<void(Fd)> accepted)
    : impl_(std::make_unique<Impl>(io, alarm, std::move(accepted))) {}
PacketListener::~PacketListener() { close(); }

Result<void> PacketListener::listen(std::string const& path, unsigned mode, std::optional<unsigned> group) {
  auto const failed = [&](char const* what) { return error(what, " ", path, ": ", std::strerror(errno)); };
  auto const address = unix_address(path);
  if (!address) return address.error();
  Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("a socket for");
  ::unlink(path.c_str());
  // No moment with a wider mode than asked for: nobody connects before listen().
  if (::bind(fd.get(), reinterpret_cast<sockaddr const*>(&*address), sizeof *address) != 0)
    return failed("binding");
  if (::chmod(path.c_str(), mode) != 0) return failed("setting the mode of");
  if (group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) return failed("giving the group");
  if (::listen(fd.get(), backlog) != 0) return failed("listening at");
  impl_->path = path;
  if (auto assigned = impl_->socket.assign(std::move(fd)); assigned.has_error()) return assigned;
  impl_->socket.await_readable();
  return {};
}

void PacketListener::close() {
  if (impl_->path.empty()) return;
  ::unlink(impl_->path.c_str());
  impl_->path.clear();
  impl_->retry.set(std::nullopt);
  impl_->socket.close();
}

bool PacketListener::is_open() const { return !impl_->path.empty(); }

}  // namespace offhook::io
