#include "rasd/app/lease_server.h"

#include <sys/socket.h>

#include <deque>
#include <map>

#include "emulator/io/descriptor.h"
#include "emulator/io/packet_listener.h"
#include "rasd/lease/packets.h"

namespace offhook::rasd {
namespace {

constexpr size_t most_clients = 4096;
constexpr size_t most_waiting = 64;  // packets to one client: it reads none of them, and is given up
constexpr int packets_a_turn = 16;

/// Sent if it fits, never waited for.
void turn_away(int socket) {
  auto const words = std::to_string(most_clients) + " programs are connected to rasd, which is the limit";
  (void)lease::send_packet(socket, lease::encode(lease::Refused{633, words}), -1).has_value();
}

std::optional<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  Peer peer;
  peer.uid = credentials.uid;
  peer.process = holder::describe(credentials.pid).value_or(holder::Process{});
  peer.process.pid = credentials.pid;
  return peer;
}

}  // namespace

std::string Peer::words() const {
  std::string const program = process.program.empty() ? "a program" : process.program;
  std::string const user = process.user.empty() ? "uid " + std::to_string(uid) : process.user;
  return program + " (pid " + std::to_string(process.pid) + ", user " + user + ")";
}

struct LeaseServer::Impl {
  struct Waiting {
    std::string bytes;
    io::Fd descriptor;
  };
  enum class Life : uint8_t { asking, served, dismissed };
  struct Client {
    Client(Impl& all, ClientId number, Peer who)
        : peer(std::move(who)),
          socket(
              all.context, [&all, number] { all.on_readable(number); },
              [&all, number] { all.on_writable(number); }) {}
    Peer peer;
    io::Descriptor socket;
    std::deque<Waiting> waiting;
    Life life = Life::asking;
  };

  Impl(boost::asio::io_context& io, io::Alarm& alarm, Handlers called)
      : context(io),
        handlers(std::move(called)),
        listener(io, alarm, [this](io::Fd fd) { accept(std::move(fd)); }) {}

  void accept(io::Fd fd) {
    if (clients.size() >= most_clients) return turn_away(fd.get());
    auto peer = peer_of(fd.get());
    if (!peer) return;
    ClientId const id = ++last;
    auto client = std::make_unique<Client>(*this, id, *std::move(peer));
    if (client->socket.assign(std::move(fd)).has_error()) return;
    client->socket.await_readable();
    clients.emplace(id, std::move(client));
  }

  Client* find(ClientId id) {
    auto const found = clients.find(id);
    return found == clients.end() ? nullptr : found->second.get();
  }

  void on_readable(ClientId id) {
    for (int i = 0; i < packets_a_turn; ++i) {
      Client* const client = find(id);
      if (!client) return;
      auto const packet = lease::receive_packet(client->socket.fd());
      if (!packet) return lose(id);
      if (!*packet) break;
      auto const message = lease::decode_from_client((*packet)->bytes);
      if (!message) {
        send(id, lease::Refused{0, message.error().message}, {});
        return lose_after_farewell(id);
      }
      if (client->life != Life::dismissed) std::visit([&](auto const& m) { take(id, *client, m); }, *message);
    }
    if (Client* const client = find(id)) client->socket.await_readable();
  }

  void take(ClientId id, Client& client, lease::Request const& request) {
    if (client.life != Life::asking) return;  // one connection, one lease
    client.life = Life::served;
    Peer const peer = client.peer;
    handlers.request(id, peer, request);
  }
  void take(ClientId id, Client&, lease::Progress const& progress) { handlers.progress(id, progress); }
  void take(ClientId id, Client&, lease::Release const&) { handlers.release(id); }

  void lose(ClientId id) {
    Client const* const client = find(id);
    bool const told = client && client->life != Life::dismissed;
    clients.erase(id);
    if (told) handlers.gone(id);
  }
  void lose_after_farewell(ClientId id) {
    handlers.gone(id);
    dismiss(id);
  }

  void send(ClientId id, lease::ToClient const& message, io::Fd descriptor) {
    Client* const client = find(id);
    if (!client || client->life == Life::dismissed || client->waiting.size() >= most_waiting) return;
    client->waiting.push_back({lease::encode(message), std::move(descriptor)});
    flush(*client);
  }

  void flush(Client& client) {
    while (!client.waiting.empty()) {
      Waiting const& next = client.waiting.front();
      auto const sent = lease::send_packet(client.socket.fd(), next.bytes, next.descriptor.get());
      if (!sent) return client.waiting.clear();  // gone: its end will be read
      if (!*sent) return client.socket.await_writable();
      client.waiting.pop_front();
    }
  }

  void on_writable(ClientId id) {
    Client* const client = find(id);
    if (!client) return;
    flush(*client);
    if (client->life == Life::dismissed && client->waiting.empty()) clients.erase(id);
  }

  void dismiss(ClientId id) {
    Client* const client = find(id);
    if (!client) return;
    client->life = Life::dismissed;
    if (client->waiting.empty()) clients.erase(id);
  }

  boost::asio::io_context& context;
  Handlers handlers;
  io::PacketListener listener;
  std::map<ClientId, std::unique_ptr<Client>> clients;
  ClientId last = 0;
};

LeaseServer::LeaseServer(boost::asio::io_context& context, io::Alarm& alarm, Handlers handlers)
    : impl_(std::make_shared<Impl>(context, alarm, std::move(handlers))) {}
LeaseServer::~LeaseServer() { stop(); }

Result<void> LeaseServer::listen(std::string const& path, std::optional<gid_t> group) {
  return impl_->listener.listen(path, group ? 0660 : 0600, group);
}

void LeaseServer::stop() {
  impl_->listener.close();
  impl_->clients.clear();
}

void LeaseServer::send(ClientId client, lease::ToClient const& message, io::Fd descriptor) {
  impl_->send(client, message, std::move(descriptor));
}
void LeaseServer::dismiss(ClientId client) { impl_->dismiss(client); }

}  // namespace offhook::rasd
