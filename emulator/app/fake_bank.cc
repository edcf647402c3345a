#include "emulator/app/fake_bank.h"

namespace offhook {
namespace app {
namespace {
FakeBank* latest_bank = nullptr;
}

FakeBank& FakeBank::latest() { return *latest_bank; }

void FakeBank::happen(driver::Event const& event) {
  auto const told = watchers;
  for (auto const& [id, watcher] : told) watcher(event);
}
void FakeBank::note(exchange::CallId call, exchange::CallNote::Kind kind, loop::Cause cause) {
  happen({.port = "ttyVM0",
          .kind = "call",
          .text = "a note",
          .call = exchange::CallNote{call, kind, "", "", cause}});
}
void FakeBank::pass(driver::TraceChunk const& chunk) {
  auto const told = tracers;
  for (auto const& [id, tracer] : told) tracer(chunk);
}

}  // namespace app

namespace driver {

struct Bank::Impl : app::FakeBank {};

Bank::Bank(boost::asio::io_context&, BankConfig config) : impl_(std::make_unique<Impl>()) {
  app::latest_bank = impl_.get();
  for (ModemConfig const& modem : config.modems) {
    PortStatus status;
    status.port = modem.port;
    status.path = config.dir + "/" + modem.port;
    status.number = modem.number;
    status.family = modem.family;
    status.state = "command";
    status.line = modem.line.value_or(config.line);
    impl_->configured.push_back(status.line);
    impl_->ports.push_back(std::move(status));
  }
}
Bank::~Bank() { app::latest_bank = nullptr; }

Result<void> Bank::start() { return {}; }
void Bank::stop() {}
size_t Bank::size() const { return impl_->ports.size(); }

Result<size_t> Bank::find(std::string_view port) const {
  for (size_t i = 0; i < impl_->ports.size(); ++i)
    if (impl_->ports[i].port == port) return i;
  return error("there is no port '", port, "'");
}
PortStatus Bank::status(size_t port) const { return impl_->ports[port]; }

Result<uint64_t> Bank::ring(size_t, RingRequest const& request) {
  impl_->rung = request;
  uint64_t const call = impl_->next_call++;
  if (impl_->answers_at_once) impl_->note(call, exchange::CallNote::Kind::answered);
  return call;
}
Result<void> Bank::drop(size_t port, DropRequest const& request) {
  if (!impl_->ports[port].call) return error("there is no call on ", impl_->ports[port].port);
  impl_->dropped = request;
  return {};
}
Result<void> Bank::unplug(size_t port, bool remove) {
  impl_->ports[port].faults = {remove ? "removed" : "unplugged"};
  return {};
}
Result<void> Bank::plug(size_t port) {
  impl_->ports[port].faults.clear();
  return {};
}
Result<void> Bank::wedge(size_t port) {
  impl_->ports[port].faults = {"wedged"};
  return {};
}
Result<void> Bank::reset(size_t port) { return plug(port); }
Result<void> Bank::force(size_t port, exchange::Forced forced) {
  impl_->forced = forced;
  impl_->ports[port].faults = {"forced"};
  return {};
}
Result<void> Bank::cancel_drop(size_t) {
  ++impl_->cancelled;
  return {};
}
Result<void> Bank::restore(size_t, Ends ends) {
  impl_->restored = ends;
  return {};
}
Result<void> Bank::clip(size_t, Duration time, Ends ends) {
  impl_->clipped = {time, ends};
  return {};
}
Result<void> Bank::retrain(size_t) {
  ++impl_->retrained;
  return {};
}
Result<void> Bank::set_words(size_t port, fault::Parameters parameters) {
  if (auto checked = fault::check(parameters); !checked) return checked;
  impl_->ports[port].words = parameters;
  impl_->ports[port].faults = fault::describe(parameters);
  return {};
}
line::Parameters Bank::configured_line(size_t port) const { return impl_->configured[port]; }
Result<void> Bank::set_line(size_t port, line::Parameters parameters) {
  impl_->ports[port].line = parameters;
  return {};
}

void Bank::set_phonebook(trunk::Phonebook) {}
std::vector<Listening> Bank::listening() const { return {}; }
uint64_t Bank::watch(Watcher watcher) {
  impl_->watchers.emplace(impl_->next_id, std::move(watcher));
  return impl_->next_id++;
}
uint64_t Bank::trace(Tracer tracer) {
  impl_->tracers.emplace(impl_->next_id, std::move(tracer));
  return impl_->next_id++;
}
void Bank::forget(uint64_t id) {
  impl_->watchers.erase(id);
  impl_->tracers.erase(id);
}

}  // namespace driver
}  // namespace offhook
