#include "emulator/driver/bank.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <ctime>
#include <map>
#include <unordered_map>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/driver/alarm.h"
#include "emulator/driver/call.h"
#include "emulator/driver/port.h"
#include "emulator/driver/profile_store.h"
#include "emulator/driver/side_channel_server.h"
#include "emulator/hayes/family.h"
#include "emulator/pty/devpts_watch.h"

namespace offhook::driver {
namespace {

using boost::asio::posix::stream_descriptor;

/// How often the termios of open ports are looked at, for B0 and the like: a pty tells of them in no other
/// way.
constexpr Duration settings_tick = 100ms;

exchange::Plan plan_of(BankConfig const& config) {
  exchange::Plan plan;
  for (auto const& modem : config.modems) plan.subscribers.push_back(modem.number);
  plan.groups = config.groups;
  plan.test_lines = config.test_lines;
  plan.country = config.country;
  plan.realistic = config.pace == hayes::Pace::realistic;
  plan.rest = config.rest;
  return plan;
}

/// The narrower of two lines.
line::Parameters narrower(line::Parameters a, line::Parameters const& b) {
  if (a.rate_bps == 0 || (b.rate_bps != 0 && b.rate_bps < a.rate_bps)) a.rate_bps = b.rate_bps;
  a.realistic_training = a.realistic_training || b.realistic_training;
  return a;
}

loop::CallerId::Date wall_clock() {
  std::time_t const t = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&t, &local);
  auto const u8 = [](int n) { return static_cast<uint8_t>(n); };
  return {u8(local.tm_mon + 1), u8(local.tm_mday), u8(local.tm_hour), u8(local.tm_min)};
}

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

constexpr std::array<std::string_view, 4> error_controls{"none", "mnp", "lapm"};
constexpr std::array<std::string_view, 4> compressions{"none", "mnp5", "v42bis", "v44"};

}  // namespace

struct Bank::Impl final : PortHost, SideChannelHost {
  Impl(boost::asio::io_context& context, BankConfig bank_config)
      : io(context),
        config(std::move(bank_config)),
        exchange(plan_of(config)),
        profiles(config.profiles.empty() ? config.dir + "/profiles" : config.profiles),
        alarm(context),
        exchange_alarm(alarm,
                       [this](Instant at) {
                         exchange.on_timeout(at);
                         settle(at);
                       }),
        tick(alarm, [this](Instant at) { look_at_settings(at); }),
        devpts(context),
        side_channel(context, *this),
        started(now()) {}

  // ---- start and stop
  // ------------------------------------------------------------------------------------------
  Result<void> start();
  Result<void> add_port(size_t index);
  void stop();
  void watch_devpts();

  // ---- PortHost
  // ------------------------------------------------------------------------------------------------
  void act(Instant at, Port& port, loop::Act const& act) override;
  void presented(Port& port) override { side_channel.publish(port.index()); }
  void repointed(Port& port, std::optional<unsigned> old_pts, std::optional<unsigned> new_pts) override;
  void bury(Port& port, pty::Fd master) override;
  void save_profiles(Port& port) override;
  void event(Port const& port, std::string_view kind, std::string text) override {
    emit(port.name(), kind, std::move(text));
  }
  bool tracing() const override { return !tracers.empty(); }
  void trace(Port const& port, bool to_dte, Bytes bytes) override;
  void touch(Port& port) override;
  void settle(Instant at) override;
  void opened_or_closed(Port& port) override;

  // ---- SideChannelHost
  // -----------------------------------------------------------------------------------------
  std::optional<size_t> port_index(std::string_view name) const override;
  v24::Message state_of(size_t port) const override;
  void carry_out(size_t port, v24::Message const& message, uint64_t client) override;
  void client_gone(size_t port, uint64_t client) override;

  // ---- calls
  // ---------------------------------------------------------------------------------------------------
  void touch(Call& call);
  void handle(Instant at, exchange::Tell const& tell) { ports[tell.to]->tell(at, tell.event); }
  void handle(Instant at, exchange::Connect const& connect);
  void handle(Instant at, exchange::Disconnect const& disconnect);
  void handle(Instant at, exchange::CallNote const& note);
  Call::Party party(exchange::Party const& who);
  std::string number_of(exchange::Party const& who) const;
  void retire(Call& call);
  void look_at_settings(Instant at);
  void emit(std::string const& port, std::string_view kind, std::string text,
            std::optional<exchange::CallNote> note = {});

  boost::asio::io_context& io;
  BankConfig config;
  exchange::Exchange exchange;
  ProfileStore profiles;
  Alarm alarm;
  Alarm::Entry exchange_alarm, tick;
  stream_descriptor devpts;
  std::optional<pty::DevptsWatch> devpts_watch;
  SideChannelServer side_channel;
  Instant started;
  std::vector<std::unique_ptr<Port>> ports;
  std::map<std::string, size_t, std::less<>> by_name;
  std::unordered_map<unsigned, Port*> by_pts;
  std::vector<Port*> open_ports;
  std::map<exchange::CallId, std::unique_ptr<Call>> calls;
  std::vector<Port*> touched_ports;
  std::vector<Call*> touched_calls;
  struct Grave {
    pty::Fd master;
    Port* port;
    std::unique_ptr<Alarm::Entry> end;
  };
  std::map<uint64_t, Grave> graves;
  uint64_t last_grave = 0;
  struct Override {
    uint64_t client;
  };
  std::map<size_t, Override> overrides;
  std::map<uint64_t, Watcher> watchers;
  std::map<uint64_t, Tracer> tracers;
  uint64_t last_watcher = 0;
  uint64_t last_event = 0;
  bool up = false;
};

// ---- start and stop
// ------------------------------------------------------------------------------------------------

Result<void> Bank::Impl::start() {
  auto watch = pty::DevptsWatch::open();
  if (watch.has_error()) return watch.error();
  devpts_watch = std::move(*watch);
  up = true;
  for (size_t i = 0; i < config.modems.size(); ++i)
    if (auto added = add_port(i); added.has_error()) return added;
  // Duplicated, so that the descriptor here and the watch each close their own.
  devpts.assign(::dup(devpts_watch->fd()));
  watch_devpts();
  unsigned const mode = config.group ? 0660 : 0600;
  if (auto listening = side_channel.start(config.dir + "/v24.sock", mode, config.group);
      listening.has_error())
    return listening;
  settle(now());
  return {};
}

Result<void> Bank::Impl::add_port(size_t index) {
  auto const& modem = config.modems[index];
  auto const* family = hayes::find_family(modem.family);
  if (family == nullptr) return error("port ", modem.port, ": family '", modem.family, "' is not known");
  hayes::Options options = modem.options;
  options.pace = config.pace;
  auto port = std::make_unique<Port>(io, alarm, *this, index, modem, config.dir + "/" + modem.port,
                                     pty::Access{config.mode, config.group},
                                     hayes::Modem(*family, options, profiles.load(modem.port)));
  port->line = config.line;
  ports.push_back(std::move(port));
  by_name.emplace(modem.port, index);
  if (auto started_port = ports.back()->start(); started_port.has_error())
    return error("port ", modem.port, ": ", started_port.error().message);
  return {};
}

void Bank::Impl::stop() {
  if (!std::exchange(up, false)) return;
  Instant const at = now();
  for (auto& port : ports) act(at, *port, loop::GoOnHook{});
  settle(at);
  side_channel.stop();
  for (auto& port : ports) port->stop();
  boost::system::error_code ignored;
  devpts.close(ignored);
  graves.clear();
  alarm.stop();
}

void Bank::Impl::watch_devpts() {
  devpts.async_wait(stream_descriptor::wait_read, [this](boost::system::error_code ec) {
    if (ec || !up) return;
    Instant const at = now();
    devpts_watch->read(
        [&](unsigned pts) {
          if (auto const port = by_pts.find(pts); port != by_pts.end()) port->second->look(at);
        },
        [&] {
          for (auto& port : ports) port->look(at);
        });
    watch_devpts();
  });
}

// ---- what ports ask
// ------------------------------------------------------------------------------------------------

void Bank::Impl::act(Instant at, Port& port, loop::Act const& act) {
  Call* const call = port.call();
  bool const on_the_line =
      std::holds_alternative<loop::StartCarrier>(act) || std::holds_alternative<loop::StopCarrier>(act);
  if (on_the_line) {
    if (call == nullptr) return;
    call->line().on_act(at, port.end(), act);
    return touch(*call);
  }
  if (std::holds_alternative<loop::GoOnHook>(act) && call != nullptr) {
    port.leave();
    call->left(at, port.end());
    touch(*call);
  }
  exchange.on_loop(at, static_cast<exchange::SubscriberId>(port.index()), act);
}

void Bank::Impl::repointed(Port& port, std::optional<unsigned> old_pts, std::optional<unsigned> new_pts) {
  if (old_pts) by_pts.erase(*old_pts);
  if (new_pts) by_pts[*new_pts] = &port;
  side_channel.publish(port.index());
}

void Bank::Impl::bury(Port& port, pty::Fd master) {
  uint64_t const id = ++last_grave;
  auto end = std::make_unique<Alarm::Entry>(alarm, [this, id](Instant) {
    auto const grave = graves.find(id);
    grave->second.port->lost(pty::unread(grave->second.master.get()));
    graves.erase(grave);
  });
  end->set(now() + config.hangup_grace);
  graves.emplace(id, Grave{std::move(master), &port, std::move(end)});
}

void Bank::Impl::save_profiles(Port& port) {
  if (auto saved = profiles.save(port.name(), port.modem().stored()); saved.has_error())
    event(port, "fault", "profile not saved: " + saved.error().message);
}

void Bank::Impl::trace(Port const& port, bool to_dte, Bytes bytes) {
  TraceChunk const chunk{seconds(now() - started), port.name(), to_dte, std::string(as_text(bytes))};
  for (auto const& [id, tracer] : tracers) tracer(chunk);
}

void Bank::Impl::touch(Port& port) {
  if (std::exchange(port.touched, true)) return;
  touched_ports.push_back(&port);
}

void Bank::Impl::touch(Call& call) {
  if (std::exchange(call.touched, true)) return;
  touched_calls.push_back(&call);
}

void Bank::Impl::settle(Instant at) {
  for (;;) {
    if (auto action = exchange.poll_action()) {
      std::visit([&](auto const& what) { handle(at, what); }, *action);
    } else if (!touched_ports.empty()) {
      Port& port = *touched_ports.back();
      touched_ports.pop_back();
      port.touched = false;
      port.drain(at);
      port.finish(at);
      if (port.call() != nullptr) touch(*port.call());
    } else if (!touched_calls.empty()) {
      Call& call = *touched_calls.back();
      touched_calls.pop_back();
      call.touched = false;
      call.pump(at);
      call.finish();
      if (call.over()) retire(call);
    } else {
      break;
    }
  }
  exchange_alarm.set(exchange.next_timeout());
}

void Bank::Impl::retire(Call& call) {
  auto const found = calls.find(call.id());
  // Not at once: one of its own alarms may be what brought us here.
  boost::asio::post(io, [dead = std::shared_ptr<Call>(std::move(found->second))] {});
  calls.erase(found);
}

void Bank::Impl::opened_or_closed(Port& port) {
  auto const found = std::ranges::find(open_ports, &port);
  if (port.open() && found == open_ports.end()) open_ports.push_back(&port);
  if (!port.open() && found != open_ports.end()) open_ports.erase(found);
  if (!tick.at() && !open_ports.empty()) tick.set(now() + settings_tick);
}

void Bank::Impl::look_at_settings(Instant at) {
  auto const open = open_ports;  // a look may close a port
  for (auto* port : open) port->look_at_settings(at);
  if (!open_ports.empty()) tick.set(at + settings_tick);
}

// ---- the side channel
// ----------------------------------------------------------------------------------------------

std::optional<size_t> Bank::Impl::port_index(std::string_view name) const {
  auto const found = by_name.find(name);
  return found == by_name.end() ? std::nullopt : std::optional(found->second);
}

v24::Message Bank::Impl::state_of(size_t index) const {
  Port const& port = *ports[index];
  v24::Message message;
  message.kind = v24::Kind::state;
  message.port = port.name();
  message.generation = port.generation();
  message.circuits = port.presented();
  message.on_edges = port.on_edges();
  return message;
}

void Bank::Impl::carry_out(size_t index, v24::Message const& message, uint64_t client) {
  Instant const at = now();
  Port& port = *ports[index];
  if (message.kind == v24::Kind::revoke) {
    port.revoke(at, "revoked by the side channel");
  } else if (message.kind == v24::Kind::send_break) {
    port.on_break(at);
  } else {
    overrides[index] = {client};
    port.override_dte(at, message.mask, message.circuits);
  }
  settle(at);
}

void Bank::Impl::client_gone(size_t index, uint64_t client) {
  auto const found = overrides.find(index);
  if (found == overrides.end() || found->second.client != client) return;
  overrides.erase(found);
  Instant const at = now();
  ports[index]->release_overrides(at);
  settle(at);
}

// ---- what the exchange decides
// -------------------------------------------------------------------------------------

std::string Bank::Impl::number_of(exchange::Party const& who) const {
  if (auto const* subscriber = std::get_if<exchange::SubscriberId>(&who))
    return config.modems[*subscriber].number;
  auto const kind = std::get<exchange::TestLine>(who);
  return std::string(exchange::name(kind));
}

Call::Party Bank::Impl::party(exchange::Party const& who) {
  Call::Party made;
  made.number = number_of(who);
  if (auto const* subscriber = std::get_if<exchange::SubscriberId>(&who))
    made.port = ports[*subscriber].get();
  else
    made.apparatus.emplace(std::get<exchange::TestLine>(who));
  return made;
}

void Bank::Impl::handle(Instant at, exchange::Connect const& connect) {
  auto near = party(connect.caller), far = party(connect.called);
  line::Parameters parameters = near.port != nullptr ? near.port->line : config.line;
  if (far.port != nullptr) parameters = narrower(parameters, far.port->line);
  Port* const near_port = near.port;
  Port* const far_port = far.port;
  auto made = std::make_unique<Call>(
      alarm,
      [this](Instant when, Call& call) {
        touch(call);
        settle(when);
      },
      connect.call, std::move(near), std::move(far), parameters, at);
  if (near_port != nullptr) near_port->join(made.get(), line::End::near);
  if (far_port != nullptr) far_port->join(made.get(), line::End::far);
  for (auto end : {line::End::near, line::End::far})
    if (made->party(end).apparatus) made->tell(at, end, loop::Answered{});
  touch(*made);
  calls.emplace(connect.call, std::move(made));
}

void Bank::Impl::handle(Instant at, exchange::Disconnect const& disconnect) {
  auto const found = calls.find(disconnect.call);
  if (found == calls.end()) return;
  Call& call = *found->second;
  for (auto end : {line::End::near, line::End::far})
    if (call.party(end).apparatus) call.left(at, end);
  touch(call);
}

void Bank::Impl::handle(Instant, exchange::CallNote const& note) {
  constexpr std::array<std::string_view, 4> words{"began", "ringing", "answered", "ended"};
  std::string text(words[static_cast<size_t>(note.kind)]);
  text += ": " + (note.from.empty() ? std::string("withheld") : note.from) + " -> " + note.to;
  if (note.kind == exchange::CallNote::Kind::ended) text += " (" + std::string(loop::name(note.cause)) + ")";
  emit({}, "call", std::move(text), note);
}

void Bank::Impl::emit(std::string const& port, std::string_view kind, std::string text,
                      std::optional<exchange::CallNote> note) {
  if (port.empty())
    spdlog::info("call {} {}", note ? note->call : 0, text);
  else
    spdlog::info("port {} {}: {}", port, kind, text);
  Event const event{++last_event,      seconds(now() - started), port,
                    std::string(kind), std::move(text),          std::move(note)};
  for (auto const& [id, watcher] : watchers) watcher(event);
}

// ---- the bank
// ------------------------------------------------------------------------------------------------------

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
  status.loop = exchange::name(impl_->exchange.state(subscriber));
  static constexpr std::array<std::string_view, 5> forced{"", "forced busy", "forced no-answer",
                                                          "forced no-dialtone", "forced voice"};
  if (auto const f = impl_->exchange.forced(subscriber); f != exchange::Forced::none)
    status.faults.emplace_back(forced[static_cast<size_t>(f)]);
  if (Call const* call = port.call()) {
    CallStatus c;
    c.id = call->id();
    c.peer = call->party(line::other(port.end())).number;
    c.originated = port.end() == line::End::near;
    c.seconds = seconds(now() - call->since());
    if (auto const carrier = call->line().carrier(port.end())) {
      c.rate_bps = carrier->rx_rate_bps;
      c.modulation = loop::name(carrier->modulation);
      c.error_control = error_controls[static_cast<size_t>(carrier->error_control)];
      c.compression = compressions[static_cast<size_t>(carrier->compression)];
    }
    if (call->carrier_lost()) status.faults.emplace_back("carrier lost");
    status.call = std::move(c);
    status.line = call->line().parameters();
  }
  return status;
}

Result<uint64_t> Bank::ring(size_t port, RingRequest const& request) {
  exchange::RingOrder order;
  order.to = static_cast<exchange::SubscriberId>(port);
  order.from = request.from;
  order.from.date = wall_clock();
  order.rings = request.rings;
  order.pattern = request.pattern;
  if (!request.to.empty()) {
    auto const& modems = impl_->config.modems;
    auto const modem = std::ranges::find(modems, request.to, &ModemConfig::number);
    auto const test = std::ranges::find(impl_->config.test_lines, request.to,
                                        &std::pair<std::string, exchange::TestLine>::first);
    if (modem != modems.end())
      order.caller = static_cast<exchange::SubscriberId>(modem - modems.begin());
    else if (test != impl_->config.test_lines.end())
      order.caller = test->second;
    else
      return error("no number '", request.to, "': a modem's or a test line's is accepted");
  }
  Instant const at = now();
  auto const call = impl_->exchange.ring(at, order);
  if (call.has_error()) return call.error();
  impl_->settle(at);
  return *call;
}

Result<void> Bank::drop(size_t port, DropRequest const& request) {
  Call* const call = impl_->ports[port]->call();
  if (call == nullptr || !call->line().trained())
    return error("port ", impl_->ports[port]->name(), " has no carrier to drop");
  Instant const at = now();
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
  Instant const at = now();
  auto result = what(at);
  impl.settle(at);
  return result;
}
}  // namespace

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
  return with(*impl_, [&](Instant at) -> Result<void> {
    Port& p = *impl_->ports[port];
    p.line = parameters;
    if (p.call() != nullptr) {
      p.call()->line().set_parameters(at, parameters);
      impl_->touch(*p.call());
    }
    return {};
  });
}

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
