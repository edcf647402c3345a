#include "rasd/app/manager.h"

#include <grp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <tuple>
#include <utility>

namespace offhook::rasd {
namespace {

/// Differs between two runs: followers know by it that a log begins anew.
uint64_t make_epoch() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count());
}

/// States in which a port stays until something comes from outside.
bool at_rest(port::State state) {
  constexpr port::State rest[] = {port::State::listening, port::State::disabled, port::State::failed,
                                  port::State::absent, port::State::foreign};
  return std::ranges::find(rest, state) != std::end(rest);
}

}  // namespace

Result<std::optional<gid_t>> find_group(std::string const& name) {
  if (name.empty()) return std::optional<gid_t>();
  group entry{};
  group* found = nullptr;
  std::string space(16384, '\0');
  ::getgrnam_r(name.c_str(), &entry, space.data(), space.size(), &found);
  if (!found) return error("there is no group '", name, "'");
  return std::optional<gid_t>(found->gr_gid);
}

Manager::Manager(boost::asio::io_context& context, io::Alarm& alarm, Config config)
    : context_(context),
      alarm_(alarm),
      config_(std::move(config)),
      gatekeeper_(std::make_shared<auth::Gatekeeper>(config_.users)),
      banks_(context, alarm),
      presence_(context, alarm),
      children_(context, alarm),
      survey_(context, alarm, config_.lock_dir),
      server_(context, alarm,
              {.request = [this](ClientId c, Peer const& p, lease::Request const& r) { requested(c, p, r); },
               .progress = [this](ClientId c, lease::Progress const& p) { progressed(c, p); },
               .release = [this](ClientId c) { released(c); },
               .gone = [this](ClientId c) { gone(c); }}),
      call_backs_(
          {context, alarm, children_, nullptr}, banks_,
          {.request = [this](ClientId c, Peer const& p, lease::Request const& r) { requested(c, p, r); },
           .progress = [this](ClientId c, lease::Progress const& p) { progressed(c, p); },
           .release = [this](ClientId c) { gone(c); },
           .script = [this](std::string const& device) { return config_.device(device); }}),
      log_(make_epoch()) {}

Manager::~Manager() {
  call_backs_.stop();
  server_.stop();
}

Result<void> Manager::start(std::string const& dir) {
  auto const group = find_group(config_.group);
  if (!group) return group.error();
  auto ppp = make_accesses(config_.services, {}, pools_, gatekeeper_);
  if (!ppp) return ppp.error();
  ppp_ = *std::move(ppp);
  if (auto watching = presence_.start(); !watching) return watching;
  for (PortConfig const& port : config_.ports)
    if (auto added = add(port); !added) return added;
  return server_.listen(dir + "/lease.sock", *group);
}

Result<void> Manager::set_enabled(PortDriver& port, bool enabled) {
  if (leaving_.contains(port.name()))
    return error("port ", port.name(), " goes once it is free: the configuration has it no more, or another");
  orders_[port.name()] = enabled;
  port.set_enabled(enabled);
  return {};
}

bool Manager::wants_enabled(PortConfig const& config) const {
  auto const order = orders_.find(config.name);
  return order == orders_.end() ? config.enabled : order->second;
}

/// The file's word counts again where it has changed, and of a port that it does not have any more.
void Manager::forget_orders(std::vector<PortConfig> const& now) {
  std::erase_if(orders_, [&](auto const& order) {
    auto const before = std::ranges::find(config_.ports, order.first, &PortConfig::name);
    auto const after = std::ranges::find(now, order.first, &PortConfig::name);
    return before == config_.ports.end() || after == now.end() || before->enabled != after->enabled;
  });
}

Result<void> Manager::add(PortConfig const& config) {
  at::Script const* const device = config_.device(config.device);
  if (!device) return error("port ", config.name, ": there is no device '", config.device, "'");
  ServiceConfig const* const service = config_.service(config.service);
  Shared const shared{context_, alarm_, banks_, presence_, children_, config_.lock_dir, taps_};
  auto const ppp = ppp_.find(config.service);
  PortConfig as_ordered = config;
  as_ordered.enabled = wants_enabled(config);
  auto made = std::make_unique<PortDriver>(shared, *this, std::move(as_ordered), *device,
                                           service ? std::optional(*service) : std::nullopt,
                                           ppp == ppp_.end() ? nullptr : ppp->second);
  PortDriver& port = *made;
  ports_.emplace(config.name, std::move(made));
  port.start();
  return {};
}

void Manager::stop(std::function<void()> done) {
  stopping_ = Stopping::yes;
  Waiter waiter{{}, [this, done = std::move(done)] {
                  server_.stop();
                  done();
                }};
  for (auto const& [name, port] : ports_)
    if (port->machine().state() != port::State::disabled) waiter.ports.insert(name);
  if (waiter.ports.empty()) return waiter.done();
  waiters_.push_back(std::move(waiter));
  // A holder of a lease is told by its port's end of it; whoever asks from now on is refused.
  for (auto const& [name, port] : ports_) port->tell(port::Disable{});
}

std::vector<std::string> Manager::reload(Config config) {
  if (stopping_ == Stopping::yes) return {"rasd is stopping: nothing is changed"};
  auto ppp = make_accesses(config.services, ppp_, pools_, gatekeeper_);
  if (!ppp) return {"nothing is changed: " + ppp.error().message};
  ppp_ = *std::move(ppp);
  gatekeeper_->set_users(std::move(config.users));
  std::vector<std::string> done;
  auto const own = [](Config const& c) { return std::tie(c.dir, c.log, c.group, c.lock_dir, c.level); };
  if (own(config) != own(config_)) done.push_back("[rasd] changes at the next start");
  forget_orders(config.ports);
  config_.services = std::move(config.services);
  config_.ports = std::move(config.ports);
  config_.devices = std::move(config.devices);
  config_.device_texts = std::move(config.device_texts);
  wanted_.clear();
  for (PortConfig const& port : config_.ports) wanted_.emplace(port.name, &port);
  for (auto const& [name, port] : ports_)
    if (auto words = compare(*port); !words.empty()) done.push_back(name + words);
  std::map<std::string_view, std::string_view> taken;
  for (auto const& [name, port] : ports_) taken.emplace(port->config().path, name);
  for (PortConfig const& port : config_.ports) {
    if (ports_.contains(port.name)) continue;
    if (auto const other = taken.find(port.path); other != taken.end()) {
      done.push_back(port.name + " begins once " + std::string(other->second) + " is free");
      continue;
    }
    auto const added = add(port);
    done.push_back(added ? port.name + " is new" : added.error().message);
  }
  return done;
}

/// Makes the port what the configuration says by now; returns what becomes of it, in words.
std::string Manager::compare(PortDriver& port) {
  auto const found = wanted_.find(port.name());
  PortConfig const* const now = found == wanted_.end() ? nullptr : found->second;
  if (!now || !port.is(*now, *config_.device(now->device), config_.service(now->service))) {
    leaving_.insert(port.name());
    port.tell(port::Remove{});
    return now ? " changes once it is free" : " goes once it is free";
  }
  bool const stays = leaving_.erase(port.name()) > 0, enabled = wants_enabled(*now);
  if (enabled != port.config().enabled) {
    port.set_enabled(enabled);
    return enabled ? " is enabled" : " is disabled";
  }
  if (stays) port.set_enabled(enabled);  // takes the Remove back
  if (enabled != now->enabled) return enabled ? " stays enabled by hand" : " stays disabled by hand";
  return stays ? " stays" : "";
}

void Manager::finished(PortDriver& port) {
  // Not from within its own call.
  boost::asio::post(context_, [this, name = port.name()] {
    auto const found = ports_.find(name);
    if (found == ports_.end()) return;
    std::string const path = found->second->config().path;
    survey_.forget(*found->second);
    ports_.erase(found);
    leaving_.erase(name);
    cleared_.erase(name);
    if (stopping_ == Stopping::no) add_what_waited_for(name, path);
  });
}

/// A port's name and its tty are free: a port of that name, or on that tty, may begin. Two ports never have
/// one tty at a time.
void Manager::add_what_waited_for(std::string const& name, std::string const& path) {
  auto const taken = [this](std::string const& other) {
    return std::ranges::any_of(ports_, [&](auto const& each) { return each.second->config().path == other; });
  };
  for (PortConfig const& port : config_.ports) {
    if (port.name != name && port.path != path) continue;
    if (ports_.contains(port.name) || taken(port.path)) continue;
    if (auto const added = add(port); !added) spdlog::error("{}", added.error().message);
  }
}

uint64_t Manager::observe(Observer observer) {
  observers_.emplace(++last_observer_, std::move(observer));
  return last_observer_;
}

void Manager::changed(PortDriver& port, port::Change const& change) {
  port::Entry const entry = log_.append(io::now(), port.name(), change);
  for (auto const& [id, observer] : observers_) observer(entry);
  if (change.kind == port::Change::Kind::state && at_rest(change.state)) came_to_rest(port.name());
}

void Manager::came_to_rest(std::string const& port) {
  for (auto it = leases_.begin(); it != leases_.end();) {
    auto const each = it++;
    if (each->second.port != port || each->second.phase != LeaseStatus::Phase::releasing) continue;
    server_.send(each->first, lease::Released{});
    server_.dismiss(each->first);
    leases_.erase(each);
  }
  std::vector<std::function<void()>> ready;
  for (Waiter& waiter : waiters_)
    if (waiter.ports.erase(port) > 0 && waiter.ports.empty()) ready.push_back(std::move(waiter.done));
  std::erase_if(waiters_, [](Waiter const& waiter) { return waiter.ports.empty(); });
  call_backs_.at_rest(port);
  for (auto& done : ready) boost::asio::post(context_, std::move(done));
}

Result<PortDriver*> Manager::find(std::string_view port) {
  auto const found = ports_.find(port);
  if (found != ports_.end()) return found->second.get();
  std::string names;
  for (auto const& [name, each] : ports_) {
    if (names.size() > 200) {
      names += ", ...";
      break;
    }
    names.append(names.empty() ? "" : ", ").append(name);
  }
  return error("there is no port '", std::string(port), "'; there are: ", names.empty() ? "none" : names);
}

// ---- leases

void Manager::requested(ClientId client, Peer const& peer, lease::Request const& request) {
  LeaseStatus& wish = leases_[client];
  wish.peer = peer;
  wish.purpose = request.purpose;
  wish.since = io::now();
  if (stopping_ == Stopping::yes) return refuse(client, 711, "rasd is stopping");
  PortDriver* port = nullptr;
  if (request.port.empty()) {
    port = free_port();
    if (!port) return refuse(client, 633, why_none_is_free());
  } else {
    auto const found = find(request.port);
    if (!found) return refuse(client, 615, found.error().message);
    port = *found;
  }
  wish.port = port->name();
  port->tell(port::Lease{client, peer.words()});
}

/// A port that listens, or else one that is on its way to that.
PortDriver* Manager::free_port() {
  constexpr port::State wanted[] = {port::State::listening, port::State::initialising,
                                    port::State::recovering, port::State::opening};
  for (port::State const state : wanted)
    for (auto const& [name, port] : ports_)
      if (port->machine().state() == state && port->config().use != Use::dial_in &&
          port->machine().waiting_client() == 0 && !leaving_.contains(name))
        return port.get();
  return nullptr;
}

std::string Manager::why_none_is_free() const {
  std::string why;
  for (auto const& [name, port] : ports_) {
    if (why.size() > 400) {
      why += "; ...";
      break;
    }
    auto const& shown = port->machine().shown();
    why.append(why.empty() ? "" : "; ").append(name).append(" is ").append(port::name(shown.state));
    if (port->config().use == Use::dial_in) why += " and for dial-in alone";
    for (std::string const* who : {&shown.holder, &shown.client_text})
      if (!who->empty()) why.append(" (").append(*who).append(")");
  }
  return why.empty() ? "there are no ports" : "no port is free: " + why;
}

bool Manager::grant(PortDriver& port, ClientId client, lease::Granted granted, io::Fd descriptor) {
  auto const found = leases_.find(client);
  if (found == leases_.end()) return false;
  found->second.phase = LeaseStatus::Phase::holding;
  found->second.port = port.name();
  if (auto const text = config_.device_texts.find(granted.device); text != config_.device_texts.end())
    granted.config = text->second;
  if (!call_backs_.granted(client, granted, descriptor)) server_.send(client, granted, std::move(descriptor));
  return true;
}

void Manager::refuse(ClientId client, unsigned ras_error, std::string const& text) {
  leases_.erase(client);
  if (call_backs_.refused(client, text)) return;
  server_.send(client, lease::Refused{ras_error, text});
  server_.dismiss(client);
}

void Manager::end_lease(ClientId client, port::Why why) {
  auto const found = leases_.find(client);
  if (found == leases_.end() || found->second.phase == LeaseStatus::Phase::releasing) return;
  std::string const port = found->second.port;
  leases_.erase(found);
  if (call_backs_.ended(client, why)) return;
  server_.send(client,
               lease::Ended{std::string(port::name(why)), "the port manager took port " + port + " back"});
  server_.dismiss(client);
}

bool Manager::may_call_back() const {
  return std::ranges::any_of(ports_,
                             [](auto const& each) { return each.second->config().use != Use::dial_in; });
}

void Manager::call_back(PortDriver& port, CallBackOrder order) {
  if (stopping_ == Stopping::yes || !port.service()) return;
  bool const again = port.config().use != Use::dial_in && !leaving_.contains(port.name());
  call_backs_.add(std::move(order), *port.service(), port.ppp(), port.name(), again);
}

std::optional<holder::Process> Manager::process_of(ClientId client) const {
  auto const found = leases_.find(client);
  return found == leases_.end() ? std::nullopt : std::optional(found->second.peer.process);
}

void Manager::progressed(ClientId client, lease::Progress const& progress) {
  if (auto const found = leases_.find(client); found != leases_.end()) found->second.progress = progress;
}

void Manager::released(ClientId client) {
  auto const found = leases_.find(client);
  if (found == leases_.end() || found->second.phase == LeaseStatus::Phase::releasing) return;
  found->second.phase = LeaseStatus::Phase::releasing;
  auto const port = find(found->second.port);
  if (!port) return came_to_rest(found->second.port);  // it went meanwhile
  (*port)->tell(port::ClientGone{client});
  if (at_rest((*port)->machine().state())) came_to_rest((*port)->name());
}

void Manager::gone(ClientId client) {
  auto const found = leases_.find(client);
  if (found == leases_.end()) return;
  std::string const name = found->second.port;
  leases_.erase(found);
  if (auto const port = find(name)) (*port)->tell(port::ClientGone{client});
}

Result<void> Manager::disconnect(std::string const& entry, uid_t uid, std::function<void()> done) {
  Waiter waiter{{}, std::move(done)};
  std::string others;
  for (auto const& [client, lease] : leases_) {
    if (lease.phase != LeaseStatus::Phase::holding) continue;
    if (!entry.empty() && lease.progress.entry != entry) continue;
    if (uid != 0 && lease.peer.uid != uid)
      others = lease.peer.words();
    else
      waiter.ports.insert(lease.port);
  }
  if (waiter.ports.empty())
    return error(
        entry.empty() ? std::string("there is no connection") : "there is no connection to '" + entry + "'",
        others.empty() ? "" : " of yours; " + others + " has one");
  std::set<std::string> const ports = waiter.ports;
  waiters_.push_back(std::move(waiter));
  for (std::string const& name : ports)
    if (auto const port = find(name)) (*port)->tell(port::HangUp{});
  return {};
}

// ---- statistics

void Manager::clear_statistics(std::string const& port) {
  auto const found = picture().ports.find(port);
  if (found != picture().ports.end()) cleared_[port] = found->second.total;
}

port::Counters Manager::cleared(std::string const& port) const {
  auto const found = cleared_.find(port);
  return found == cleared_.end() ? port::Counters{} : found->second;
}

}  // namespace offhook::rasd
