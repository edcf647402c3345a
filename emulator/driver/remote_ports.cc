#include "emulator/driver/remote_ports.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace offhook::driver {
namespace {

/// One is served; others are told why not.
constexpr size_t most_at_once = 16;

}  // namespace

RemotePorts::Seat::Seat(RemotePorts& all, Port& which, ListenerConfig config)
    : port(which),
      listener(
          all.io_, all.alarm_, std::move(config),
          {[this, &all](Instant at, Listener&, Caller caller) { all.arrived(at, *this, std::move(caller)); },
           [&all](Listener&, io::Fd socket) { all.refuse("too many clients", std::move(socket)); },
           [&all](Instant at) { all.settle_(at); }}),
      reap(all.alarm_, [this](Instant) {
        if (client && client->ended()) client.reset();
      }) {}

RemotePorts::RemotePorts(boost::asio::io_context& io, io::Alarm& alarm, Duration closing_wait,
                         std::function<void(Instant)> settle)
    : io_(io),
      alarm_(alarm),
      closing_wait_(closing_wait),
      settle_(std::move(settle)),
      farewells_(io, alarm) {}

Result<void> RemotePorts::add(Port& port, trunk::Address const& address) {
  ListenerConfig config;
  config.address = address;
  config.limits = {.per_address = 0, .in_all = most_at_once};
  seats_.push_back(std::make_unique<Seat>(*this, port, std::move(config)));
  return seats_.back()->listener.start();
}

void RemotePorts::stop() {
  seats_.clear();
  farewells_.stop();
}

RemotePorts::Seat* RemotePorts::seat(Port const& port) const {
  auto const found = std::ranges::find_if(seats_, [&](auto const& s) { return &s->port == &port; });
  return found == seats_.end() ? nullptr : found->get();
}

void RemotePorts::presented(Port& port) {
  if (auto* const at = seat(port); at != nullptr && at->client) at->client->on_circuits();
}

bool RemotePorts::on_break(Port& port) {
  auto* const at = seat(port);
  return at == nullptr || !at->client || at->client->on_break();
}

std::string RemotePorts::address(Port const& port) const {
  auto const* const at = seat(port);
  return at == nullptr ? std::string() : at->listener.bound();
}

void RemotePorts::arrived(Instant now, Seat& seat, Caller caller) {
  if (seat.client && seat.client->ended()) seat.client.reset();
  io::Fd spare(::dup(caller.socket.get()));
  auto made =
      std::make_unique<RemoteDte>(io_, alarm_, farewells_, seat.port, std::move(caller), closing_wait_,
                                  RemoteDte::Handlers{settle_, [&seat] { seat.reap.set(io::now()); }});
  // The seat is whose circuits are told; who is refused never had it.
  std::swap(seat.client, made);
  auto const begun = seat.client->begin(now);
  if (begun.has_value()) return;
  std::swap(seat.client, made);
  refuse(begun.error().message, std::move(spare));
}

void RemotePorts::refuse(std::string const& why, io::Fd socket) {
  std::string const text = why + "\r\n";
  ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  farewells_.part(std::move(socket));
}

}  // namespace offhook::driver
