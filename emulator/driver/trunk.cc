#include "emulator/driver/trunk.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <utility>

#include "emulator/base/text.h"
#include "emulator/driver/trunk_tcp.h"
#include "emulator/trunk/identity.h"

namespace offhook::driver {
namespace {

/// An address that has neither answered nor refused for so long is heard ringing, and given up in the end:
/// S7 may be as long as a caller likes.
constexpr Duration rings_after = 1s;
constexpr Duration attempt_limit = 180s;

}  // namespace

Trunk::Trunk(boost::asio::io_context& io, io::Alarm& alarm, exchange::Exchange& exchange,
             BankConfig const& config, TrunkHost& host)
    : io_(io),
      alarm_(alarm),
      exchange_(exchange),
      config_(config),
      host_(host),
      resolver_(io),
      farewells_(io, alarm),
      children_(io, alarm),
      lines_(std::make_shared<trunk::Lines>()) {
  set_phonebook(config.phonebook);
}

Result<void> Trunk::start() {
  for (auto const& each : config_.listeners) {
    Listener::Handlers handlers{
        [this](Instant at, Listener& listener, Caller caller) { arrived(at, listener, std::move(caller)); },
        [this](Listener& listener, io::Fd socket) { refuse(listener.config().busy_text, std::move(socket)); },
        [this](Instant at) { host_.settle(at); }};
    listeners_.push_back(std::make_unique<Listener>(io_, alarm_, each, std::move(handlers)));
    if (auto started = listeners_.back()->start(); started.has_error()) return started;
  }
  return {};
}

void Trunk::stop() {
  listeners_.clear();
  leaving_.clear();
  arriving_.clear();
  farewells_.stop();
  children_.stop();
}

void Trunk::set_phonebook(trunk::Phonebook phonebook) {
  phonebook_ = std::move(phonebook);
  exchange_.set_routes(phonebook_.numbers());
}

std::vector<Listening> Trunk::listening() const {
  std::vector<Listening> all;
  for (auto const& listener : listeners_) all.push_back({listener->bound(), listener->config().number});
  return all;
}

// ---- out

void Trunk::call_out(Instant now, exchange::CallOut const& out) {
  trunk::Entry const* const entry =
      out.is_address ? phonebook_.by_name(out.target) : phonebook_.by_number(out.target);
  if (entry != nullptr && entry->target) return dial(now, out.call, *entry->target, entry->protocol);
  if (entry != nullptr) return run_program(now, out, *entry);
  // A word is a name that the phonebook does not have; what is dialled as an address says so by its form.
  bool const address = out.is_address && out.target.find_first_of(".:[") != std::string::npos;
  auto const to = trunk::parse_address(out.target);
  if (!address || to.has_error()) {
    spdlog::info("call {} to '{}': {}", out.call, escaped(out.target),
                 address ? to.error().message : "not in the phonebook");
    return exchange_.out_failed(now, out.call, loop::Cause::unallocated_number);
  }
  dial(now, out.call, *to, config_.dial_protocol);
}

void Trunk::dial(Instant now, exchange::CallId id, trunk::Address const& address, trunk::Protocol protocol) {
  Leaving& attempt = leaving_[id];
  Dialer::Outcome outcome{[this, id, name = text(address), protocol](Instant at, io::Fd socket) {
                            reached(at, id, name, protocol, std::move(socket));
                            host_.settle(at);
                          },
                          [this, id](Instant at, loop::Cause cause) {
                            exchange_.out_failed(at, id, cause);
                            host_.settle(at);
                          }};
  attempt.dialer = std::make_unique<Dialer>(io_, alarm_, resolver_, std::move(outcome));
  time_attempt(now, id, attempt);
  attempt.dialer->start(now, address);
}

void Trunk::time_attempt(Instant now, exchange::CallId id, Leaving& attempt) {
  attempt.alarm =
      std::make_unique<io::Alarm::Entry>(alarm_, [this, id, end = now + attempt_limit](Instant at) {
        if (at < end) {
          leaving_.at(id).alarm->set(end);
          exchange_.out_ringing(at, id);
        } else {
          exchange_.out_failed(at, id, loop::Cause::no_answer);
        }
        host_.settle(at);
      });
  attempt.alarm->set(now + rings_after);
}

void Trunk::reached(Instant now, exchange::CallId id, std::string name, trunk::Protocol protocol,
                    io::Fd socket) {
  Leaving& attempt = leaving_.at(id);
  auto far = std::make_unique<TcpEnd>(io_, alarm_, *this, farewells_, std::move(name), protocol,
                                      telnet::Role::client);
  if (far->adopt_socket(std::move(socket)).has_error())
    return exchange_.out_failed(now, id, loop::Cause::no_circuit_available);
  TcpEnd& end = *far;
  attempt.far = std::move(far);
  end.begin(now, id);
}

void Trunk::run_program(Instant now, exchange::CallOut const& out, trunk::Entry const& entry) {
  auto const& name = entry.number.empty() ? entry.name : entry.number;
  if (!lines_->take(now, name, entry.lines))
    return exchange_.out_failed(now, out.call, loop::Cause::user_busy);
  std::shared_ptr<void> line(nullptr, [lines = lines_, name, restart = entry.restart](void*) {
    lines->released(io::now(), name, restart);
  });
  Leaving& attempt = leaving_[out.call];
  attempt.far = std::make_unique<ProgramEnd>(io_, alarm_, *this, children_, name, entry.program,
                                             environment_of(out), std::move(line));
  attempt.far->begin(now, out.call);
}

ProgramEnd::Environment Trunk::environment_of(exchange::CallOut const& out) const {
  auto const caller = arriving_.find(out.call);
  auto const name = caller == arriving_.end() ? host_.port_with(out.from) : caller->second.address;
  return {{"CALLER_NUMBER", out.from}, {"CALLER_NAME", name}, {"TERM", "ansi"}};
}

// ---- in

void Trunk::arrived(Instant now, Listener& listener, Caller caller) {
  auto const& config = listener.config();
  exchange::OfferOrder order;
  order.from = trunk::identity(caller.address);
  order.rings = config.rings;
  auto const offered = exchange_.offer(now, config.number, order);
  if (offered.has_error()) {
    spdlog::info("caller {} at {}: {}", caller.name, listener.bound(), offered.error().message);
    return refuse(config.busy_text, std::move(caller.socket));
  }
  Arriving& arriving = arriving_[*offered];
  arriving.address = caller.address;
  arriving.busy_text = config.busy_text;
  auto far = std::make_unique<TcpEnd>(io_, alarm_, *this, farewells_, std::move(caller.name), config.protocol,
                                      telnet::Role::server, std::move(caller.slot));
  if (far->adopt_socket(std::move(caller.socket)).has_error()) return exchange_.clear_call(now, *offered);
  TcpEnd& end = *far;
  arriving.caller = std::move(far);
  end.begin(now, *offered);
}

void Trunk::refuse(std::string const& text, io::Fd socket) {
  if (!text.empty()) ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  farewells_.part(std::move(socket));
}

// ---- until it is a call, and after

bool Trunk::is_leaving(exchange::CallId id, Outside const& who) const {
  auto const found = leaving_.find(id);
  return found != leaving_.end() && found->second.far.get() == &who;
}

void Trunk::ready(Instant now, exchange::CallId id, Outside const& who) {
  if (is_leaving(id, who)) exchange_.out_answered(now, id);
}

void Trunk::gone(Instant now, exchange::CallId id, Outside const& who) {
  // Whoever was reached and has ended already answered: what it said is delivered.
  if (is_leaving(id, who)) return exchange_.out_answered(now, id);
  if (arriving_.contains(id)) exchange_.clear_call(now, id);
}

std::unique_ptr<Outside> Trunk::connect(exchange::CallId id, Direction direction) {
  if (direction == Direction::out) {
    auto leaving = leaving_.extract(id);
    return leaving ? std::move(leaving.mapped().far) : nullptr;
  }
  auto arriving = arriving_.extract(id);
  return arriving ? std::move(arriving.mapped().caller) : nullptr;
}

void Trunk::disconnected(exchange::CallId id) {
  if (auto leaving = leaving_.extract(id); leaving && leaving.mapped().far) leaving.mapped().far->hang_up();
  auto arriving = arriving_.extract(id);
  if (!arriving || !arriving.mapped().caller) return;
  arriving.mapped().caller->say(arriving.mapped().busy_text);
  arriving.mapped().caller->hang_up();
}

}  // namespace offhook::driver
