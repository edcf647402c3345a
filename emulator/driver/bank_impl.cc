#include "emulator/driver/bank_impl.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <ctime>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"

namespace offhook::driver {
namespace {

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

/// A number of its own, never 0, for each part of a bank; short enough to be read out.
uint64_t derived_seed(uint64_t bank, uint64_t part) {
  return std::max<uint64_t>(Random(Random(bank).next() + part).next() >> 32, 1);
}

loop::CallerId::Date wall_clock() {
  std::time_t const t = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&t, &local);
  auto const u8 = [](int n) { return static_cast<uint8_t>(n); };
  return {u8(local.tm_mon + 1), u8(local.tm_mday), u8(local.tm_hour), u8(local.tm_min)};
}

}  // namespace

Bank::Impl::Impl(boost::asio::io_context& context, BankConfig bank_config)
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
      devpts(
          context, [this] { on_devpts(); }, [] {}),
      side_channel(context, alarm, *this),
      trunk(context, alarm, exchange, config, *this),
      started(io::now()),
      remotes(context, alarm, config.closing_wait, [this](Instant at) { settle(at); }) {}

// ---- start and stop

Result<void> Bank::Impl::start() {
  auto watch = pty::watch_devpts();
  if (watch.has_error()) return watch.error();
  if (auto assigned = devpts.assign(std::move(*watch)); assigned.has_error()) return assigned;
  devpts.await_readable();
  up = true;
  for (size_t i = 0; i < config.modems.size(); ++i)
    if (auto added = add_port(i); added.has_error()) return added;
  unsigned const mode = config.group ? 0660 : 0600;
  if (auto listening = side_channel.start(config.dir + "/v24.sock", mode, config.group);
      listening.has_error())
    return listening;
  if (auto listening = trunk.start(); listening.has_error()) return listening;
  for (auto& port : ports)
    if (auto const& at = port->config().rfc2217)
      if (auto listening = remotes.add(*port, *at); listening.has_error())
        return error("port ", port->name(), ": rfc2217: ", listening.error().message);
  settle(io::now());
  return {};
}

Result<void> Bank::Impl::add_port(size_t index) {
  auto const& modem = config.modems[index];
  auto dce = Dce::make(modem, config.pace, profiles.load(modem.port));
  if (dce.has_error()) return error("port ", modem.port, ": ", dce.error().message);
  auto port = std::make_unique<Port>(io, alarm, *this, index, modem, config.dir + "/" + modem.port,
                                     pty::Access{config.mode, config.group}, *std::move(dce));
  port->line = modem.line.value_or(config.line);
  ports.push_back(std::move(port));
  by_name.emplace(modem.port, index);
  if (auto started_port = ports.back()->start(); started_port.has_error())
    return error("port ", modem.port, ": ", started_port.error().message);
  return {};
}

void Bank::Impl::stop() {
  if (!std::exchange(up, false)) return;
  Instant const at = io::now();
  for (auto& port : ports) act(at, *port, loop::GoOnHook{});
  settle(at);
  for (auto const& [id, call] : calls) call->stop();  // of people outside with test lines, or slow to go
  calls.clear();
  trunk.stop();
  side_channel.stop();
  remotes.stop();
  for (auto& port : ports) port->stop();
  devpts.close();
  graves.clear();
  alarm.stop();
}

void Bank::Impl::on_devpts() {
  Instant const at = io::now();
  auto const changes = pty::read_devpts(devpts.fd());
  for (unsigned pts : changes.ptys)
    if (auto const port = by_pts.find(pts); port != by_pts.end()) port->second->look(at);
  if (changes.lost)
    for (auto& port : ports) port->look(at);
  devpts.await_readable();
  settle(at);
}

// ---- what ports ask

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
  // Its number may be another port's by now.
  if (auto const old = old_pts ? by_pts.find(*old_pts) : by_pts.end();
      old != by_pts.end() && old->second == &port)
    by_pts.erase(old);
  if (new_pts) by_pts[*new_pts] = &port;
  side_channel.publish(port.index());
}

void Bank::Impl::bury(Port& port, io::Fd master) {
  uint64_t const id = ++last_grave;
  auto end = std::make_unique<io::Alarm::Entry>(alarm, [this, id](Instant) {
    auto const grave = graves.find(id);
    grave->second.port->lost(pty::unread(grave->second.master.get()));
    graves.erase(grave);
  });
  end->set(io::now() + config.hangup_grace);
  graves.emplace(id, Grave{std::move(master), &port, std::move(end)});
}

void Bank::Impl::save_profiles(Port& port) {
  if (auto saved = profiles.save(port.name(), port.dce().stored()); saved.has_error())
    event(port, "fault", "profile not saved: " + saved.error().message);
}

void Bank::Impl::trace(Port const& port, bool to_dte, Bytes bytes) {
  TraceChunk const chunk{io::seconds(io::now() - started), port.name(), to_dte, std::string(as_text(bytes))};
  auto const all = tracers;
  for (auto const& [id, tracer] : all) tracer(chunk);
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
  retired.clear();
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
      if (call.left_behind()) exchange.clear_call(at, call.id());
      if (call.over()) retire(call);
    } else {
      break;
    }
  }
  exchange_alarm.set(exchange.next_timeout());
}

std::string Bank::Impl::port_with(std::string_view number) const {
  auto const found = std::ranges::find(config.modems, number, &ModemConfig::number);
  return found == config.modems.end() ? std::string() : found->port;
}

void Bank::Impl::retire(Call& call) {
  auto const found = calls.find(call.id());
  if (found == calls.end()) return;  // touched once more on its way out
  call.stop();
  retired.push_back(std::move(found->second));
  calls.erase(found);
}

void Bank::Impl::opened_or_closed(Port& port) {
  auto const found = std::ranges::find(open_ports, &port);
  if (port.open() && found == open_ports.end()) open_ports.push_back(&port);
  if (!port.open() && found != open_ports.end()) open_ports.erase(found);
  if (!tick.at() && !open_ports.empty()) tick.set(io::now() + settings_tick);
}

void Bank::Impl::look_at_settings(Instant at) {
  auto const open = open_ports;  // a look may close a port
  for (auto* port : open) port->look_at_settings(at);
  if (!open_ports.empty()) tick.set(at + settings_tick);
}

// ---- the side channel

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

v24::Status Bank::Impl::carry_out(size_t index, v24::Message const& message, uint64_t client) {
  Instant const at = io::now();
  Port& port = *ports[index];
  // Whoever was stopped while the port got a fresh pty does not act on that of others.
  if (message.generation != 0 && message.generation != port.generation()) return v24::Status::stale;
  auto status = v24::Status::done;
  if (message.kind == v24::Kind::revoke) {
    if (port.revoke(at).has_error()) status = v24::Status::failed;
  } else if (message.kind == v24::Kind::send_break) {
    port.on_break(at);
  } else if (message.kind == v24::Kind::set_format) {
    port.set_format(at, client, message.format);
  } else {
    port.override_dte(at, client, message.mask, message.circuits);
  }
  settle(at);
  return status;
}

void Bank::Impl::client_gone(size_t index, uint64_t client) {
  Instant const at = io::now();
  ports[index]->withdraw_override(at, client);
  ports[index]->withdraw_format(client);
  settle(at);
}

// ---- what the exchange decides

std::string Bank::Impl::number_of(exchange::Party const& who) const {
  if (auto const* subscriber = std::get_if<exchange::SubscriberId>(&who))
    return config.modems[*subscriber].number;
  auto const kind = std::get<exchange::TestLine>(who);
  return std::string(exchange::name(kind));
}

Call::Party Bank::Impl::party(exchange::CallId call, exchange::Party const& who,
                              exchange::Apparatus::Role role) {
  Call::Party made;
  if (std::holds_alternative<exchange::Outside>(who)) {
    made.outside = trunk.connect(
        call, role == exchange::Apparatus::Role::caller ? Trunk::Direction::in : Trunk::Direction::out);
    made.number = made.outside->name();
    return made;
  }
  made.number = number_of(who);
  if (auto const* subscriber = std::get_if<exchange::SubscriberId>(&who))
    made.port = ports[*subscriber].get();
  else
    made.apparatus.emplace(std::get<exchange::TestLine>(who), role);
  return made;
}

line::Parameters Bank::Impl::line_of(Call const& call) const {
  Port const* const near = call.party(line::End::near).port;
  Port const* const far = call.party(line::End::far).port;
  line::Parameters made = config.line;
  if (near != nullptr || far != nullptr)
    made = line::combine(near != nullptr ? near->line : line::Parameters{},
                         far != nullptr ? far->line : line::Parameters{});
  if (made.seed == 0) made.seed = derived_seed(config.seed, call.id());
  return made;
}

void Bank::Impl::adopt_line(Instant at, Call& call) {
  call.line().set_parameters(at, line_of(call));
  tell_line(call);
  touch(call);
}

CallStatus Bank::Impl::unconnected(exchange::CallId call, exchange::SubscriberId subscriber) const {
  CallStatus status;
  status.id = call;
  status.state = exchange::name(exchange.state(subscriber));
  status.originated = exchange.state(subscriber) != exchange::LoopState::ringing;
  if (auto const found = numbers.find(call); found != numbers.end())
    status.peer = status.originated ? found->second.to : found->second.from;
  return status;
}

Result<void> Bank::Impl::on_carrier(size_t port, std::string_view what, CarrierAct const& act) {
  Instant const at = io::now();
  Call* const call = ports[port]->call();
  if (call == nullptr || !call->line().trained())
    return error("port ", ports[port]->name(), " has no call with a carrier");
  if (auto done = act(at, *call, ports[port]->end()); done.has_error())
    return error("port ", ports[port]->name(), ": ", done.error().message);
  emit(ports[port]->name(), "fault", std::string(what));
  touch(*call);
  settle(at);
  return {};
}

void Bank::Impl::set_words(Instant at, Port& port, fault::Parameters parameters) {
  if (parameters.seed == 0) parameters.seed = derived_seed(config.seed, ~uint64_t{port.index()});
  port.set_words(at, parameters);
  std::string text;
  for (auto const& fault : fault::describe(parameters)) text += (text.empty() ? "" : "; ") + fault;
  emit(port.name(), "fault", text.empty() ? "the modem's words as it says them" : text);
}

void Bank::Impl::tell_line(Call const& call) {
  auto const& parameters = call.line().parameters();
  auto shown = parameters;
  shown.seed = 0;
  std::string text = "call " + std::to_string(call.id()) + " seed " + std::to_string(parameters.seed);
  if (auto const words = line::describe(shown); !words.empty()) text += ": " + words;
  for (auto end : {line::End::near, line::End::far})
    if (auto const* port = call.party(end).port) emit(port->name(), "line", text);
}

void Bank::Impl::handle(Instant at, exchange::Tell const& tell) {
  loop::Event event = tell.event;
  // The exchange has no clock of its own: the hour it sends is ours.
  if (auto* sent = std::get_if<loop::CallerIdSent>(&event)) sent->id.date = wall_clock();
  ports[tell.to]->tell(at, event);
}

void Bank::Impl::handle(Instant at, exchange::Connect const& connect) {
  using Role = exchange::Apparatus::Role;
  auto near = party(connect.call, connect.caller, Role::caller);
  auto far = party(connect.call, connect.called, Role::called);
  Port* const near_port = near.port;
  Port* const far_port = far.port;
  auto made = std::make_unique<Call>(
      alarm,
      [this](Instant when, Call& call) {
        touch(call);
        settle(when);
      },
      connect.call, std::move(near), std::move(far), line::Parameters{}, at);
  made->line().set_parameters(at, line_of(*made));
  tell_line(*made);
  if (near_port != nullptr) near_port->join(made.get(), line::End::near);
  if (far_port != nullptr) far_port->join(made.get(), line::End::far);
  for (auto end : {line::End::near, line::End::far}) {
    if (made->party(end).outside) made->party(end).outside->join(*made, end);
    if (made->party(end).port == nullptr) made->tell(at, end, loop::Answered{});
  }
  touch(*made);
  calls.emplace(connect.call, std::move(made));
}

void Bank::Impl::handle(Instant at, exchange::Disconnect const& disconnect) {
  trunk.disconnected(disconnect.call);
  auto const found = calls.find(disconnect.call);
  if (found == calls.end()) return;
  Call& call = *found->second;
  for (auto end : {line::End::near, line::End::far}) {
    if (call.party(end).apparatus) call.left(at, end);
    if (call.party(end).outside) call.tell(at, end, loop::Cleared{disconnect.cause});
  }
  touch(call);
}

void Bank::Impl::handle(Instant at, exchange::CallOut const& out) { trunk.call_out(at, out); }

void Bank::Impl::handle(Instant, exchange::CallNote const& note) {
  if (note.kind == exchange::CallNote::Kind::began) numbers[note.call] = {note.from, note.to};
  if (note.kind == exchange::CallNote::Kind::ended) numbers.erase(note.call);
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
  Event const event{
      ++last_event,   io::seconds(io::now() - started), port, std::string(kind), std::move(text),
      std::move(note)};
  auto const all = watchers;  // one may forget itself
  for (auto const& [id, watcher] : all) watcher(event);
}

}  // namespace offhook::driver
