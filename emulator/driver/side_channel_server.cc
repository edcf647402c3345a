#include "emulator/driver/side_channel_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "emulator/pty/fd.h"

namespace offhook::driver {
namespace {

using boost::asio::posix::stream_descriptor;

constexpr size_t client_limit = 256;
constexpr int packets_a_turn = 64;

}  // namespace

struct SideChannelServer::Impl : std::enable_shared_from_this<Impl> {
  struct Client {
    Client(boost::asio::io_context& io, uint64_t number, int fd) : id(number), socket(io, fd) {}
    uint64_t id;
    stream_descriptor socket;
    std::set<size_t> follows;
    std::set<size_t> owed;  // ports whose state did not fit the socket
    bool write_wait = false;
  };
  using ClientPtr = std::shared_ptr<Client>;

  Impl(boost::asio::io_context& context, SideChannelHost& bank)
      : io(context), host(bank), listener(context) {}

  void accept() {
    listener.async_wait(stream_descriptor::wait_read,
                        [self = shared_from_this()](boost::system::error_code ec) {
                          if (ec) return;
                          self->accept_all();
                          self->accept();
                        });
  }

  void accept_all() {
    for (;;) {
      pty::Fd fd(::accept4(listener.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) return;
      if (clients.size() >= client_limit) continue;
      auto client = std::make_shared<Client>(io, ++last_id, fd.release());
      clients.emplace(client->id, client);
      read(client);
    }
  }

  void read(ClientPtr const& client) {
    client->socket.async_wait(stream_descriptor::wait_read,
                              [self = shared_from_this(), client](boost::system::error_code ec) {
                                if (ec || !self->read_packets(client)) return self->drop(client);
                                self->read(client);
                              });
  }

  /// False once the client is gone.
  bool read_packets(ClientPtr const& client) {
    for (int i = 0; i < packets_a_turn; ++i) {
      std::array<std::byte, v24::message_bytes + 1>
          buffer;  // one more, so that longer packets are seen to be
      ssize_t const n = ::recv(client->socket.native_handle(), buffer.data(), buffer.size(), 0);
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

  void obey(ClientPtr const& client, v24::Message const& message) {
    auto const port = host.port_index(message.port);
    if (!port) return acknowledge(client, message, v24::Status::unknown_port);
    switch (message.kind) {
      case v24::Kind::attach:
        client->follows.insert(*port);
        return tell(client, *port);
      case v24::Kind::detach:
        client->follows.erase(*port);
        client->owed.erase(*port);
        host.client_gone(*port, client->id);
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
        client->follows.insert(*port);
        return host.carry_out(*port, message, client->id);
      case v24::Kind::state:
      case v24::Kind::ack:
        return acknowledge(client, message, v24::Status::malformed);
    }
  }

  void acknowledge(ClientPtr const& client, v24::Message const& asked, v24::Status status) {
    v24::Message ack;
    ack.kind = v24::Kind::ack;
    ack.serial = asked.serial;
    ack.status = status;
    ack.port = asked.port;
    send(client, ack);
  }

  void tell(ClientPtr const& client, size_t port) {
    if (!client->owed.empty() || !send(client, host.state_of(port))) owe(client, port);
  }

  bool send(ClientPtr const& client, v24::Message const& message) {
    auto const packet = v24::encode(message);
    return ::send(client->socket.native_handle(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >
           0;
  }

  void owe(ClientPtr const& client, size_t port) {
    client->owed.insert(port);
    if (client->write_wait) return;
    client->write_wait = true;
    client->socket.async_wait(stream_descriptor::wait_write,
                              [self = shared_from_this(), client](boost::system::error_code ec) {
                                client->write_wait = false;
                                if (!ec) self->pay(client);
                              });
  }

  void pay(ClientPtr const& client) {
    while (!client->owed.empty()) {
      size_t const port = *client->owed.begin();
      if (!send(client, host.state_of(port))) return owe(client, port);
      client->owed.erase(port);
    }
  }

  void drop(ClientPtr const& client) {
    if (clients.erase(client->id) == 0) return;
    boost::system::error_code ignored;
    client->socket.close(ignored);
    for (size_t port : client->follows) host.client_gone(port, client->id);
  }

  boost::asio::io_context& io;
  SideChannelHost& host;
  stream_descriptor listener;
  std::string path;
  std::map<uint64_t, ClientPtr> clients;
  uint64_t last_id = 0;
};

SideChannelServer::SideChannelServer(boost::asio::io_context& io, SideChannelHost& host)
    : impl_(std::make_shared<Impl>(io, host)) {}
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
  impl_->listener.assign(fd.release());
  impl_->accept();
  return {};
}

void SideChannelServer::stop() {
  if (impl_->path.empty()) return;
  ::unlink(impl_->path.c_str());
  impl_->path.clear();
  boost::system::error_code ignored;
  impl_->listener.close(ignored);
  while (!impl_->clients.empty()) {
    auto const client = impl_->clients.begin()->second;
    impl_->clients.erase(client->id);
    client->socket.close(ignored);
  }
}

void SideChannelServer::publish(size_t port) {
  for (auto const& [id, client] : impl_->clients)
    if (client->follows.contains(port)) impl_->tell(client, port);
}

}  // namespace offhook::driver
