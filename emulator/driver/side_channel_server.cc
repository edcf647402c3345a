#include "emulator/driver/side_channel_server.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "emulator/io/descriptor.h"
#include "emulator/io/packet_listener.h"

namespace offhook::driver {
namespace {

constexpr size_t client_limit = 256;
constexpr int packets_a_turn = 64;

}  // namespace

struct SideChannelServer::Impl {
  struct Client {
    Client(Impl& server, uint64_t number, io::Fd fd)
        : id(number),
          socket(
              server.io, [&server, number] { server.on_readable(number); },
              [&server, number] { server.pay(number); }) {
      if (socket.assign(std::move(fd)).has_error())
        dead = true;
      else
        socket.await_readable();
    }
    uint64_t id;
    io::Descriptor socket;
    std::set<size_t> follows;
    std::optional<v24::Message> ack_owed;  // nothing more is read from the client until it is paid
    std::set<size_t> owed;                 // ports whose state did not fit the socket
    bool dead = false;                     // its socket failed: to be dropped once nobody looks at it
  };

  Impl(boost::asio::io_context& context, io::Alarm& alarm, SideChannelHost& bank)
      : io(context), host(bank), listener(context, alarm, [this](io::Fd fd) { accept(std::move(fd)); }) {}

  void accept(io::Fd fd) {
    if (clients.size() >= client_limit) return;
    ++last_id;
    clients.emplace(last_id, std::make_unique<Client>(*this, last_id, std::move(fd)));
  }

  void on_readable(uint64_t id) {
    auto const found = clients.find(id);
    if (found == clients.end()) return;
    Client& client = *found->second;
    read_packets(client);
    if (!client.dead && !client.ack_owed) client.socket.await_readable();
    bury_the_dead();
  }

  void read_packets(Client& client) {
    for (int i = 0; i < packets_a_turn && !client.dead && !client.ack_owed; ++i) {
      std::array<std::byte, v24::message_bytes + 1>
          buffer;  // one more, so that longer packets are seen to be
      ssize_t const n = ::recv(client.socket.fd(), buffer.data(), buffer.size(), 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (n <= 0) {
        client.dead = true;
        return;
      }
      auto const message = v24::decode(Bytes(buffer).first(static_cast<size_t>(n)));
      if (message.has_error())
        acknowledge(client, {}, v24::Status::malformed);
      else
        obey(client, *message);
    }
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
      case v24::Kind::set_format:
      case v24::Kind::send_break:
      case v24::Kind::revoke:
        client.follows.insert(*port);
        return acknowledge(client, message, host.carry_out(*port, message, client.id));
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
    if (client.owed.empty() && send(client, ack)) return;
    client.ack_owed = ack;
    client.socket.await_writable();
  }

  void tell(Client& client, size_t port) {
    if (client.owed.empty() && !client.ack_owed && send(client, host.state_of(port))) return;
    client.owed.insert(port);
    client.socket.await_writable();
  }

  /// False where it did not fit, or the client turned out to be dead.
  bool send(Client& client, v24::Message const& message) {
    auto const packet = v24::encode(message);
    if (::send(client.socket.fd(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
      return true;
    client.dead = client.dead || (errno != EAGAIN && errno != ENOBUFS && errno != EINTR);
    return false;
  }

  /// The states owed go first: an acknowledgement says that what it asked for is to be seen.
  void pay(uint64_t id) {
    auto const found = clients.find(id);
    if (found == clients.end()) return;
    Client& client = *found->second;
    while (!client.owed.empty() && send(client, host.state_of(*client.owed.begin())))
      client.owed.erase(client.owed.begin());
    if (client.owed.empty() && client.ack_owed && send(client, *client.ack_owed)) client.ack_owed.reset();
    if (!client.owed.empty() || client.ack_owed)
      client.socket.await_writable();
    else
      client.socket.await_readable();
    bury_the_dead();
  }

  void bury_the_dead() {
    for (auto it = clients.begin(); it != clients.end();) {
      if (!it->second->dead) {
        ++it;
        continue;
      }
      auto const client = std::move(it->second);
      clients.erase(it);
      for (size_t port : client->follows) host.client_gone(port, client->id);
      it = clients.begin();  // what a client set has lapsed: others were told, and may have died of it
    }
  }

  boost::asio::io_context& io;
  SideChannelHost& host;
  io::PacketListener listener;
  std::map<uint64_t, std::unique_ptr<Client>> clients;
  uint64_t last_id = 0;
};

SideChannelServer::SideChannelServer(boost::asio::io_context& io, io::Alarm& alarm, SideChannelHost& host)
    : impl_(std::make_unique<Impl>(io, alarm, host)) {}
SideChannelServer::~SideChannelServer() { stop(); }

Result<void> SideChannelServer::start(std::string const& path, unsigned mode, std::optional<unsigned> group) {
  return impl_->listener.listen(path, mode, group);
}

void SideChannelServer::stop() {
  impl_->listener.close();
  impl_->clients.clear();
}

void SideChannelServer::publish(size_t port) {
  for (auto const& [id, client] : impl_->clients)
    if (client->follows.contains(port)) impl_->tell(*client, port);
}

}  // namespace offhook::driver
