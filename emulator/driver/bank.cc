#include "emulator/driver/bank.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/driver/bank_impl.h"

namespace offhook::driver {

Bank::Bank(boost::asio::io_context& io, BankConfig config)
    : impl_(std::make_unique<Impl>(io, std::move(config))) {}
Bank::~Bank() { stop(); }
Result<void> Bank::start() { return impl_->start(); }
void Bank::stop() { impl_->stop(); }
size_t Bank::size() const { return impl_->ports.size(); }

Result<size_t> Bank::find(std::string_view port) const {
  if (auto const index = impl_->port_index(port)) return *index;
  std::string names;
  constexpr size_t shown = 8;
  for (size_t i = 0; i < std::min(shown, size()); ++i) names += (i == 0 ? "" : " ") + impl_->ports[i]->name();
  if (size() > shown) names += " ... " + impl_->ports.back()->name();
  return error("no port '", std::string(port), "': there are ", names);
}

PortStatus Bank::status(size_t index) const {
  Port const& port = *impl_->ports[index];
  auto const subscriber = static_cast<exchange::SubscriberId>(index);
  PortStatus status;
  port.describe(status);
  status.rfc2217 = impl_->remotes.address(port);
  status.loop = exchange::name(impl_->exchange.state(subscriber));
  static constexpr std::array<std::string_view, 5> forced{"", "forced busy", "forced no-answer",
                                                          "forced no-dialtone", "forced voice"};
  if (auto const f = impl_->exchange.forced(subscriber); f != exchange::Forced::none)
    status.faults.emplace_back(forced[static_cast<size_t>(f)]);
  if (Call const* call = port.call()) {
    CallStatus c;
    c.id = call->id();
    c.state = "connected";
    c.seed = call->line().parameters().seed;
    c.line = call->line().parameters();
    c.sent = call->line().tally(port.end());
    c.received = call->line().tally(line::other(port.end()));
    c.peer = call->party(line::other(port.end())).number;
    c.originated = port.end() == line::End::near;
    c.seconds = io::seconds(io::now() - call->since());
    if (auto const carrier = call->line().carrier(port.end())) {
      c.rate_bps = carrier->rx_rate_bps;
      c.modulation = loop::name(carrier->modulation);
      c.error_control = loop::name(carrier->error_control);
      c.compression = loop::name(carrier->compression);
    }
    for (auto& fault : call->carrier_faults(io::now(), port.end())) status.faults.push_back(std::move(fault));
    if (auto ordered = call->ordered_loss(io::now())) status.faults.push_back(*std::move(ordered));
    status.call = std::move(c);
  } else if (auto const offered = impl_->exchange.call(subscriber)) {
    status.call = impl_->unconnected(*offered, subscriber);
  }
  return status;
}

Result<uint64_t> Bank::ring(size_t port, RingRequest const& request) {
  if (impl_->ports[port]->removed())
    return error("port ", impl_->ports[port]->name(), " is removed: plug it first");
  exchange::RingOrder order;
  order.to = static_cast<exchange::SubscriberId>(port);
  order.from = request.from;
  order.rings = request.rings;
  order.pattern = request.pattern;
  if (!request.to.empty()) {
    auto const caller = impl_->exchange.party(request.to);
    if (!caller) return error("no number '", request.to, "': a modem's or a test line's is accepted");
    order.caller = *caller;
  }
  Instant const at = io::now();
  auto const call = impl_->exchange.ring(at, order);
  if (call.has_error()) return call.error();
  impl_->settle(at);
  return *call;
}

Result<void> Bank::drop(size_t port, DropRequest const& request) {
  Call* const call = impl_->ports[port]->call();
  Instant const at = io::now();
  auto const offered = impl_->exchange.call(static_cast<exchange::SubscriberId>(port));
  if (call == nullptr && offered) {  // not answered yet: whoever calls gives up
    impl_->exchange.clear_call(at, *offered);
    impl_->settle(at);
    return {};
  }
  if (call == nullptr || !call->line().trained())
    return error("port ", impl_->ports[port]->name(), " has no call to drop");
  auto const end = impl_->ports[port]->end();
  if (request.after_bytes && *request.after_bytes > 0)
    call->lose_carrier_after(*request.after_bytes, request.ends, end);
  else if (request.after_time)
    call->lose_carrier_at(at + *request.after_time, request.ends, end);
  else
    call->lose_carrier(at, request.ends, end);
  impl_->emit(impl_->ports[port]->name(), "fault", "carrier drop ordered");
  impl_->touch(*call);
  impl_->settle(at);
  return {};
}

namespace {
/// Does something to a port and lets the bank settle.
template <class ImplT, class F>
auto with(ImplT& impl, F&& what) {
  Instant const at = io::now();
  auto result = what(at);
  impl.settle(at);
  return result;
}
}  // namespace

Result<void> Bank::cancel_drop(size_t port) {
  Call* const call = impl_->ports[port]->call();
  if (call == nullptr || !call->cancel_ordered_loss())
    return error("port ", impl_->ports[port]->name(), " has no drop that waits");
  impl_->emit(impl_->ports[port]->name(), "fault", "carrier drop cancelled");
  return {};
}

Result<void> Bank::restore(size_t port, Ends ends) {
  return impl_->on_carrier(port, "carrier restored", [&](Instant at, Call& call, line::End near) {
    return call.restore_carrier(at, ends, near);
  });
}
Result<void> Bank::clip(size_t port, Duration time, Ends ends) {
  return impl_->on_carrier(port, "carrier clipped", [&](Instant at, Call& call, line::End near) {
    return call.clip(at, time, ends, near);
  });
}
Result<void> Bank::retrain(size_t port) {
  return impl_->on_carrier(port, "retraining",
                           [&](Instant at, Call& call, line::End) { return call.line().retrain(at); });
}

Result<void> Bank::unplug(size_t port, bool remove) {
  return with(*impl_, [&](Instant at) { return impl_->ports[port]->unplug(at, remove); });
}
Result<void> Bank::plug(size_t port) {
  return with(*impl_, [&](Instant at) { return impl_->ports[port]->plug(at); });
}
Result<void> Bank::wedge(size_t port) {
  return with(*impl_, [&](Instant at) { return impl_->ports[port]->wedge(at); });
}
Result<void> Bank::reset(size_t port) {
  return with(*impl_, [&](Instant at) -> Result<void> {
    impl_->ports[port]->reset(at);
    return {};
  });
}
Result<void> Bank::force(size_t port, exchange::Forced forced) {
  impl_->exchange.force(static_cast<exchange::SubscriberId>(port), forced);
  impl_->emit(impl_->ports[port]->name(), "fault",
              forced == exchange::Forced::none ? "calls as dialled" : "calls forced");
  return {};
}

Result<void> Bank::set_line(size_t port, line::Parameters parameters) {
  if (auto checked = line::check(parameters); checked.has_error()) return checked;
  return with(*impl_, [&](Instant at) -> Result<void> {
    Port& p = *impl_->ports[port];
    p.line = parameters;
    auto const words = line::describe(parameters);
    impl_->emit(p.name(), "line", words.empty() ? "without a fault" : words);
    if (p.call() != nullptr) impl_->adopt_line(at, *p.call());
    return {};
  });
}

line::Parameters Bank::configured_line(size_t port) const {
  return impl_->config.modems[port].line.value_or(impl_->config.line);
}

Result<void> Bank::set_words(size_t port, fault::Parameters parameters) {
  if (auto checked = fault::check(parameters); checked.has_error()) return checked;
  return with(*impl_, [&](Instant at) -> Result<void> {
    impl_->set_words(at, *impl_->ports[port], parameters);
    return {};
  });
}

void Bank::set_phonebook(trunk::Phonebook phonebook) { impl_->trunk.set_phonebook(std::move(phonebook)); }
std::vector<Listening> Bank::listening() const { return impl_->trunk.listening(); }

uint64_t Bank::watch(Watcher watcher) {
  impl_->watchers.emplace(++impl_->last_watcher, std::move(watcher));
  return impl_->last_watcher;
}
uint64_t Bank::trace(Tracer tracer) {
  impl_->tracers.emplace(++impl_->last_watcher, std::move(tracer));
  return impl_->last_watcher;
}
void Bank::forget(uint64_t id) {
  impl_->watchers.erase(id);
  impl_->tracers.erase(id);
}

}  // namespace offhook::driver
