// The programs of the virtual world: services, clients of leases, foreign ones.
#include <algorithm>
#include <utility>

#include "rasd/at/script.h"
#include "tools/play/world.h"

namespace offhook::play {
namespace {

constexpr Duration start_time = 200ms;
constexpr Duration stop_time = 1s;
constexpr Duration kill_time = 50ms;
constexpr Duration told_time = 200ms;  // until a client that was told has closed the port
constexpr Duration dials_after = 100ms;
constexpr Duration grandchild_lasts = 60s;

}  // namespace

Holder& World::add(size_t port, Holder::Kind kind, std::string name, uint8_t mark,
                   Holder::Handlers handlers) {
  holders_.push_back(std::make_unique<Holder>(stage, ledger_, *ttys_[port], port, kind, std::move(name), mark,
                                              std::move(handlers)));
  return *holders_.back();
}

// ---- who has a port

bool World::is_ours(size_t port, Holder const& holder) const {
  Service const& service = services_[port];
  if (holder.kind() == Holder::Kind::service) return service.holder == &holder;
  if (holder.kind() == Holder::Kind::grandchild)
    return service.holder != nullptr && service.holder->mark() == holder.mark();
  auto const client = clients_.find(machine(port).shown().client);
  return client != clients_.end() && client->second.holder == &holder;
}

std::vector<Holder const*> World::openers(size_t port) const {
  std::vector<Holder const*> all;
  for (Tty::User const* user : ttys_[port]->users())
    if (auto const* holder = dynamic_cast<Holder const*>(user)) all.push_back(holder);
  return all;
}

std::string World::stranger(size_t port, std::vector<Holder const*> const& seen) const {
  auto const at = std::ranges::find_if(seen, [&](Holder const* holder) { return !is_ours(port, *holder); });
  return at == seen.end() ? std::string() : (*at)->name();
}

std::string World::locker(size_t port) const {
  for (Foreigner const& each : foreigners_) {
    bool const locks = each.manners == Manners::takes_locks || each.manners == Manners::takes_exclusive;
    bool const here = std::ranges::find(ttys_[port]->users(), each.holder) != ttys_[port]->users().end();
    if (locks && here) return each.holder->name();
  }
  return {};
}

/// A client and a service lose a pty with their leave: none of them is a stranger there afterwards, unless
/// the device was said to be gone before it could be taken from him.
void World::changed(size_t port, port::Change const& change) {
  bool const is_left = change.kind == port::Change::Kind::state && change.state == port::State::foreign;
  if (is_left && ttys_[port]->kind() == Tty::Kind::pty) {
    auto const before = log_.picture().ports.find(name(port));
    std::string const& to = machine(port).shown().holder;
    bool const had_leave = std::ranges::any_of(holders_, [&](auto const& holder) {
      bool const ours = holder->kind() == Holder::Kind::client || holder->kind() == Holder::Kind::service;
      return ours && holder->name() == to;
    });
    stage.demand(!had_leave || before->second.state == port::State::opening, port,
                 "law 6: the port is left to " + to + ", who had it by our leave");
  }
  observers_.entry(log_.append(stage.now, name(port), change));
}

// ---- services

void World::start_service(size_t port, port::Ticket ticket) {
  Service& service = services_[port];
  service = {ticket, nullptr};
  if (stage.random.one_in(services.fails))
    return drivers_[port]->fact(port::ServiceFailed{ticket, "no such program"}, Grade::owed);
  service.holder = &add(port, Holder::Kind::service, "the service", ledger_.mark(Holding::ours));
  stage.after(stage.up_to(start_time), [this, port, ticket] {
    Service& starts = services_[port];
    if (starts.ticket != ticket || starts.holder == nullptr) return;
    if (!starts.holder->join())
      return drivers_[port]->fact(port::ServiceFailed{ticket, "the port is gone"}, Grade::owed);
    starts.holder->talk();
    drivers_[port]->fact(port::ServiceStarted{ticket}, Grade::owed);
  });
  stage.after(start_time + services.lasts / 2 + stage.up_to(services.lasts / 2), [this, port, ticket] {
    if (services_[port].ticket == ticket && services_[port].holder != nullptr)
      end_service(port, port::Why::user_request);
  });
}

void World::stop_service(size_t port, bool at_once) {
  Service const& service = services_[port];
  if (service.holder == nullptr)
    return drivers_[port]->fact(port::ServiceEnded{service.ticket, port::Why::none}, Grade::owed);
  if (!at_once && stage.random.one_in(services.resists)) return;
  stage.after(stage.up_to(at_once ? kill_time : stop_time), [this, port, ticket = service.ticket] {
    if (services_[port].ticket == ticket && services_[port].holder != nullptr)
      end_service(port, port::Why::none);
  });
}

void World::end_service(size_t port, port::Why why) {
  Service& service = services_[port];
  if (stage.random.one_in(services.leaves_grandchild)) leave_grandchild(port);
  drivers_[port]->fact(port::Traffic{service.holder->counters()}, Grade::owed);
  std::exchange(service.holder, nullptr)->close();
  drivers_[port]->fact(port::ServiceEnded{service.ticket, why}, Grade::owed);
}

void World::service_over(size_t port) {
  if (Holder* const holder = std::exchange(services_[port].holder, nullptr)) holder->close();
}

void World::kill_grandchildren() {
  for (auto& holder : holders_)
    if (holder->kind() == Holder::Kind::grandchild) holder->die();
}

bool World::kill_service(size_t port) {
  if (services_[port].holder == nullptr) return false;
  end_service(port, port::Why::lost_service);
  return true;
}

void World::leave_grandchild(size_t port) {
  Holder const* const parent = services_[port].holder;
  if (parent == nullptr || !parent->has_port()) return;
  Holder& left = add(port, Holder::Kind::grandchild, "what the service left", parent->mark());
  if (!left.join()) return;
  left.talk();
  stage.after(stage.up_to(grandchild_lasts), [&left] { left.die(); });
}

port::Counters World::counters(size_t port) const {
  Service const& service = services_[port];
  return service.holder != nullptr ? service.holder->counters() : machine(port).shown().now;
}

bool World::served(size_t port) const {
  Service const& service = services_[port];
  return machine(port).state() == port::State::connected && service.holder != nullptr &&
         service.holder->echoes() != 0;
}

// ---- clients of leases

void World::lease(size_t port, std::string name, std::string number) {
  port::ClientId const id = ++last_client_;
  clients_[id] = {id, name, std::move(number), port};
  drivers_[port]->tell(port::Lease{id, std::move(name)});
}

bool World::grant(size_t port, port::ClientId id) {
  Client* const found = client(id);
  if (found == nullptr || found->life != Client::Life::waiting) return false;
  auto const over = [this, id] {
    stage.after(stage.up_to(stop_time), [this, id] { client_leaves(*client(id)); });
  };
  Holder& holder = add(port, Holder::Kind::client, found->name, ledger_.mark(Holding::ours), {over, over});
  if (!holder.join()) return false;
  found->holder = &holder;
  found->life = Client::Life::has_port;
  auto const* script = at::find_built_in(devices_[port]);
  if (auto const dial = at::dial_command(*script, found->number); dial.has_value() && !found->number.empty())
    stage.after(dials_after, [&holder, text = *dial + script->terminator] {
      if (!holder.stopped()) holder.say(text);
    });
  if (clients_last != Duration::zero()) stage.after(stage.up_to(clients_last), over);
  return true;
}

void World::refuse(port::ClientId id) {
  if (Client* const found = client(id)) found->life = Client::Life::gone;
}

/// Its connection is closed. A client that is stopped does not see it.
void World::end_lease(port::ClientId id) {
  Client* const found = client(id);
  if (found == nullptr || found->life != Client::Life::has_port) return;
  found->life = Client::Life::told;
  stage.after(stage.up_to(told_time), [this, id] { client_leaves(*client(id)); });
}

void World::client_leaves(Client& client) {
  if (client.life == Client::Life::gone) return;
  if (client.holder != nullptr && client.holder->stopped()) return;
  bool const told = client.life == Client::Life::told;
  client.life = Client::Life::gone;
  if (client.holder != nullptr) client.holder->close();
  if (!told) drivers_[client.port]->fact(port::ClientGone{client.id}, Grade::owed);
}

World::Client* World::client(port::ClientId id) {
  auto const found = clients_.find(id);
  return found == clients_.end() ? nullptr : &found->second;
}

World::Client* World::client(std::string_view name) {
  for (auto& [id, each] : clients_)
    if (each.name == name && each.life != Client::Life::gone) return &each;
  return nullptr;
}

std::vector<std::string> World::clients() const {
  std::vector<std::string> names;
  for (auto const& [id, each] : clients_)
    if (each.life != Client::Life::gone) names.push_back(each.name);
  return names;
}

// ---- foreign programs

bool World::foreign(size_t port, std::string name, Manners manners) {
  bool const polite = manners == Manners::takes_locks || manners == Manners::takes_exclusive;
  if (polite && (drivers_[port]->locked() || !stranger(port, openers(port)).empty())) return false;
  Holder& program = add(port, Holder::Kind::foreign, std::move(name), ledger_.mark(Holding::foreign));
  bool const in = manners == Manners::is_root ? program.join() : program.open() == Tty::Outcome::opened;
  if (!in) return false;
  if (manners == Manners::takes_exclusive) ttys_[port]->exclusive(true);
  foreigners_.push_back({&program, manners});
  return true;
}

std::vector<std::string> World::foreigners() const {
  std::vector<std::string> names;
  for (Foreigner const& each : foreigners_) names.push_back(each.holder->name());
  return names;
}

Holder* World::find_holder(std::string_view name) {
  if (Client const* const found = client(name)) return found->holder;
  for (Foreigner const& each : foreigners_)
    if (each.holder->name() == name) return each.holder;
  return nullptr;
}

bool World::say(std::string_view foreigner, std::string_view text) {
  Holder* const holder = find_holder(foreigner);
  if (holder == nullptr || holder->stopped()) return false;
  holder->say(text);
  return true;
}

// ---- signals

/// What a program leaves behind, TIOCEXCL among it, stays.
bool World::kill(std::string_view name) {
  if (Client* const found = client(name)) {
    if (found->holder != nullptr) found->holder->die();
    client_leaves(*found);
    return true;
  }
  auto const at =
      std::ranges::find_if(foreigners_, [&](Foreigner const& each) { return each.holder->name() == name; });
  if (at == foreigners_.end()) return false;
  at->holder->die();
  foreigners_.erase(at);
  return true;
}

bool World::stop(std::string_view name) {
  Holder* const holder = find_holder(name);
  if (holder != nullptr) holder->stop();
  return holder != nullptr;
}

bool World::go_on(std::string_view name) {
  Holder* const holder = find_holder(name);
  if (holder == nullptr) return false;
  holder->go_on();
  if (Client* const found = client(name); found != nullptr && found->life == Client::Life::told)
    client_leaves(*found);
  return true;
}

}  // namespace offhook::play
