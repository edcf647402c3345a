#include "emulator/driver/side_channel_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "emulator/driver/descriptor.h"
#include "emulator/pty/fd.h"

namespace offhook::driver {
namespace {

constexpr size_t client_limit = 256;
constexpr int packets_a_turn = 64;

}  // namespace

struct SideChannelServer::Impl {
  struct Client {
    Client(Impl& server, uint64_t number, pty::Fd fd)
        : id(number),
          socket(
              server.io, [&server, number] { server.on_readable(number); },
              [&server, number] { server.pay(number); }) {
      socket.assign(std::move(fd));
      socket.await_readable();
    }
    uint64_t id;
    Descriptor socket;
    std::set<size_t> follows;
    std::set<size_t> owed;  // ports whose state did not fit the socket
  };

  Impl(boost::asio::io_context& context, SideChannelHost& bank)
      : io(context),
        host(bank),
        listener(
            context, [this] { accept(); }, [] {}) {}

  void accept() {
    for (;;) {
      pty::Fd fd(::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) break;
      if (clients.size() >= client_limit) continue;
      ++last_id;
      clients.emplace(last_id, std::make_unique<Client>(*this, last_id, std::move(fd)));
    }
    listener.await_readable();
  }

  void on_readable(uint64_t id) {
    auto const found = clients.find(id);
    if (found == clients.end()) return;
    if (read_packets(*found->second))
      found->second->socket.await_readable();
    else
      drop(id);
  }

  /// False once the client is gone.
  bool read_packets(Client& client) {
    for (int i = 0; i < packets_a_turn; ++i) {
      std::array<std::byte, v24::message_bytes + 1>
          buffer;  // one more, so that longer packets are seen to be
      ssize_t const n = ::recv(client.socket.fd(), buffer.data(), buffer.size(), 0);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      if (n == 0) return false;
      auto const message = v24::decode(Bytes(buffer).first(static_cast<size_t>(n)));
      if (message.has_error())
        acknowledge(client, {}, v24::Status::malformed);
      else
        obey(client, *message);
    }
    return true;
  }

  void obey(Client& client, v24::Message const& message) {
    auto const port = host.port_index(message.port);
    if (!port) return acknowledge(client, message, v24::Status::unknown_port);
    switch (message.kind) {
      case v24::Kind::attach:
        client.follows.insert(*port);
        return tell(client, *port);
      case v24::Kind::detach:
        client.follows.erase(*port);
        client.owed.erase(*port);
        host.client_gone(*port, client.id);
        return acknowledge(client, message, v24::Status::done);
      case v24::Kind::set:
        for (auto circuit : v24::all_circuits)
          if (message.mask.on(circuit) && !v24::from_dte(circuit))
            return acknowledge(client, message, v24::Status::not_yours);
        [[fallthrough]];
      case v24::Kind::send_break:
      case v24::Kind::revoke:
        // Acknowledged first: the state that follows is what came of it.
        acknowledge(client, message, v24::Status::done);
        client.follows.insert(*port);
        return host.carry_out(*port, message, client.id);
      case v24::Kind::state:
      case v24::Kind::ack:
        return acknowledge(client, message, v24::Status::malformed);
    }
  }

  void acknowledge(Client& client, v24::Message const& asked, v24::Status status) {
    v24::Message ack;
    ack.kind = v24::Kind::ack;
    ack.serial = asked.serial;
    ack.status = status;
    ack.port = asked.port;
    send(client, ack);
  }

  void tell(Client& client, size_t port) {
    if (!client.owed.empty() || !send(client, host.state_of(port))) owe(client, port);
  }

  bool send(Client& client, v24::Message const& message) {
    auto const packet = v24::encode(message);
    return ::send(client.socket.fd(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
  }

  void owe(Client& client, size_t port) {
    client.owed.insert(port);
    client.socket.await_writable();
  }

  void pay(uint64_t id) {
    auto const found = clients.find(id);
    if (found == clients.end()) return;
    Client& client = *found->second;
    while (!client.owed.empty()) {
      size_t const port = *client.owed.begin();
      if (!send(client, host.state_of(port))) return owe(client, port);
      client.owed.erase(port);
    }
  }

  void drop(uint64_t id) {
    auto const dead = std::move(clients.at(id));
    clients.erase(id);
    for (size_t port : dead->follows) host.client_gone(port, id);
  }

  boost::asio::io_context& io;
  SideChannelHost& host;
  Descriptor listener;
  std::string path;
  std::map<uint64_t, std::unique_ptr<Client>> clients;
  uint64_t last_id = 0;
};

SideChannelServer::SideChannelServer(boost::asio::io_context& io, SideChannelHost& host)
    : impl_(std::make_unique<Impl>(io, host)) {}
SideChannelServer::~SideChannelServer() { stop(); }

Result<void> SideChannelServer::start(std::string const& path, unsigned mode, std::optional<unsigned> group) {
  auto const failed = [&](char const* what) { return error(what, " ", path, ": ", std::strerror(errno)); };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return error("the path ", path, " is too long for a socket: at most ",
                 std::to_string(sizeof address.sun_path - 1), " bytes");
  std::memcpy(address.sun_path, path.data(), path.size());
  pty::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("a socket for");
  ::unlink(path.c_str());
  // No moment with a wider mode than asked for: nobody connects before listen().
  if (::bind(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    return failed("binding");
  if (::chmod(path.c_str(), mode) != 0) return failed("setting the mode of");
  if (group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) return failed("giving the group");
  if (::listen(fd.get(), 64) != 0) return failed("listening at");
  impl_->path = path;
  impl_->listener.assign(std::move(fd));
  impl_->listener.await_readable();
  return {};
}

void SideChannelServer::stop() {
  if (impl_->path.empty()) return;
  ::unlink(impl_->path.c_str());
  impl_->path.clear();
  impl_->listener.close();
  impl_->clients.clear();
}

void SideChannelServer::publish(size_t port) {
  for (auto const& [id, client] : impl_->clients)
    if (client->follows.contains(port)) impl_->tell(*client, port);
}

}  // namespace offhook::driver
