#include "emulator/driver/trunk_farewells.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace offhook::driver {
namespace {
constexpr size_t most_sockets = 256;
constexpr Duration patience = 1s;
constexpr int read_turns = 16;
}  // namespace

struct Farewells::Socket {
  Socket(Farewells& all, uint64_t id)
      : descriptor(
            all.io_, [&all, id] { all.on_readable(id); }, [] {}),
        limit(all.alarm_, [&all, id](Instant) { all.sockets_.erase(id); }) {}
  io::Descriptor descriptor;
  io::Alarm::Entry limit;
};

Farewells::Farewells(boost::asio::io_context& io, io::Alarm& alarm) : io_(io), alarm_(alarm) {}
Farewells::~Farewells() = default;
void Farewells::stop() { sockets_.clear(); }

void Farewells::part(io::Fd socket) {
  if (!socket || sockets_.size() >= most_sockets) return;
  if (::shutdown(socket.get(), SHUT_WR) != 0) return;
  uint64_t const id = ++last_;
  auto made = std::make_unique<Socket>(*this, id);
  if (made->descriptor.assign(std::move(socket)).has_error()) return;
  made->descriptor.await_readable();
  made->limit.set(io::now() + patience);
  sockets_.emplace(id, std::move(made));
}

void Farewells::on_readable(uint64_t id) {
  auto const found = sockets_.find(id);
  if (found == sockets_.end()) return;
  io::Descriptor& descriptor = found->second->descriptor;
  std::array<std::byte, 4096> dropped;
  for (int turn = 0; turn < read_turns; ++turn) {
    ssize_t const n = ::read(descriptor.fd(), dropped.data(), dropped.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n <= 0) {
      sockets_.erase(found);
      return;
    }
  }
  descriptor.await_readable();
}

}  // namespace offhook::driver
