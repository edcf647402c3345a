// The calls of the bank: what the exchange connects, and the bytes and events between the two ends.
#include <utility>

#include "emulator/base/text.h"
#include "tools/play/bank.h"

namespace offhook::play {
namespace {

/// As long as a closing serial port of Linux drains (closing_wait).
constexpr Duration undelivered_limit = 30s;
/// Turns of one pump; the rest has its turn when the others have had theirs.
constexpr int pump_turns = 16;

}  // namespace

Bank::Call* Bank::connected(size_t port) {
  auto const found = calls_.find(ports_[port].call);
  return found == calls_.end() ? nullptr : &found->second;
}

exchange::CallId Bank::offered(size_t port) const {
  return exchange_.call(static_cast<exchange::SubscriberId>(port)).value_or(0);
}

bool Bank::engaged(size_t port) const {
  return exchange_.state(static_cast<exchange::SubscriberId>(port)) != exchange::LoopState::on_hook;
}

std::optional<exchange::CallId> Bank::ring(Instant now, size_t port, uint32_t rings, std::string from) {
  exchange::RingOrder order;
  order.to = static_cast<exchange::SubscriberId>(port);
  order.rings = rings;
  order.from.presentation = loop::CallerId::Presentation::given;
  order.from.number = std::move(from);
  auto const begun = exchange_.ring(now, order);
  settle(now);
  return begun ? std::optional(*begun) : std::nullopt;
}

void Bank::clear(Instant now, exchange::CallId call) {
  exchange_.clear_call(now, call);
  settle(now);
}

bool Bank::drop(Instant now, size_t port, Ends ends) {
  Call* const call = connected(port);
  if (call == nullptr || !call->line.trained()) return false;
  line::End const own = ports_[port].end;
  if (ends != Ends::far) call->line.lose_carrier(now, line::other(own));
  if (ends != Ends::near) call->line.lose_carrier(now, own);
  settle(now);
  return true;
}

// ---- what the exchange decides

void Bank::handle(Instant now, exchange::Tell const& tell) { this->tell(now, tell.to, tell.event); }

void Bank::handle(Instant now, exchange::Connect const& connect) {
  using Role = exchange::Apparatus::Role;
  auto const party = [](exchange::Party const& who, Role role) {
    Party made;
    if (auto const* subscriber = std::get_if<exchange::SubscriberId>(&who)) made.port = *subscriber;
    if (auto const* kind = std::get_if<exchange::TestLine>(&who)) made.apparatus.emplace(*kind, role);
    return made;
  };
  auto& call = calls_
                   .emplace(connect.call,
                            Call{connect.call,
                                 line::Line(line_),
                                 {party(connect.caller, Role::caller), party(connect.called, Role::called)}})
                   .first->second;
  for (auto end : {line::End::near, line::End::far}) {
    if (auto const port = call.at(end).port) {
      ports_[*port].call = connect.call;
      ports_[*port].end = end;
    } else {
      tell_party(now, call, end, loop::Answered{});
    }
  }
}

void Bank::handle(Instant now, exchange::Disconnect const& disconnect) {
  auto const found = calls_.find(disconnect.call);
  if (found == calls_.end()) return;
  for (auto end : {line::End::near, line::End::far})
    if (found->second.at(end).apparatus) left(now, found->second, end);
}

/// Nobody is outside.
void Bank::handle(Instant now, exchange::CallOut const& out) {
  exchange_.out_failed(now, out.call, loop::Cause::no_route_to_destination);
}

// ---- bytes and events between the ends

size_t Bank::push(Instant now, Call& call, line::End from, Bytes bytes) {
  size_t taken = 0;
  if (call.line.transparent(from)) taken = take(now, call, line::other(from), bytes);
  if (taken != 0) call.line.note_passed(from, taken);
  if (taken < bytes.size()) taken += call.line.push(now, from, bytes.subspan(taken));
  return taken;
}

size_t Bank::take(Instant now, Call& call, line::End to, Bytes bytes) {
  Party& party = call.at(to);
  if (party.apparatus) return party.apparatus->on_line_bytes(now, bytes);
  if (!party.port) return 0;
  Port& port = ports_[*party.port];
  if (deaf(port) || port.power != Power::on) return 0;
  if (std::visit([](auto const& dce) { return dce.accepts_line_data(); }, port.dce)) {
    actions_.push_back(ToDte{*party.port, call.id, std::string(as_text(bytes))});
    std::visit([&](auto& dce) { dce.on_line_bytes(now, bytes.size()); }, port.dce);
    return bytes.size();
  }
  size_t const taken = std::visit([&](auto& dce) { return dce.on_line_data(now, bytes); }, port.dce);
  if (taken != 0) drain(now, *party.port, Speaker::far_end);
  return taken;
}

bool Bank::deliver(Instant now, Call& call, line::End to) {
  Bytes const ready = call.line.ready(now, to);
  if (ready.empty()) return false;
  Party const& party = call.at(to);
  bool const nobody_has_it =
      party.gone() ||
      (party.port && std::visit([](auto const& dce) { return dce.hanging_up(); }, ports_[*party.port].dce));
  size_t const taken = nobody_has_it ? ready.size() : take(now, call, to, ready);
  if (taken != 0) call.line.pop(now, to, taken);
  return taken != 0;
}

bool Bank::pump(Instant now, Call& call) {
  bool ever = false;
  for (int turn = 0; turn < pump_turns; ++turn) {
    bool moved = false;
    for (auto end : {line::End::near, line::End::far}) {
      Party& party = call.at(end);
      Bytes const bytes = party.apparatus ? party.apparatus->to_send() : Bytes();
      size_t const taken = bytes.empty() ? 0 : push(now, call, end, bytes);
      if (taken != 0) party.apparatus->sent(taken);
      moved = taken != 0 || moved;
    }
    for (auto end : {line::End::near, line::End::far}) moved = deliver(now, call, end) || moved;
    while (auto const action = call.line.poll_action()) {
      tell_party(now, call, action->to, action->event);
      moved = true;
    }
    for (auto end : {line::End::near, line::End::far}) settle_party(now, call, end);
    if (!moved) break;
    ever = true;
  }
  return ever;
}

void Bank::tell_party(Instant now, Call& call, line::End to, loop::Event const& event) {
  Party& party = call.at(to);
  if (party.port) return tell(now, *party.port, event);
  if (!party.apparatus) return;
  party.apparatus->on_line(now, event);
  settle_party(now, call, to);
}

void Bank::settle_party(Instant now, Call& call, line::End end) {
  while (call.at(end).apparatus) {
    auto const act = call.at(end).apparatus->poll_action();
    if (!act) return;
    if (std::holds_alternative<loop::GoOnHook>(*act)) return left(now, call, end);
    call.line.on_act(now, end, *act);
  }
}

void Bank::left(Instant now, Call& call, line::End end) {
  Party& party = call.at(end);
  if (party.gone()) return;
  call.line.on_gone(now, end);
  if (party.port) {
    Port& port = ports_[*party.port];
    port.call = 0;
    port.backlog.clear();
    port.stop.reset();
  }
  party = {};
  auto const& rest = call.at(line::other(end)).port;
  if (!rest) return;
  if (deaf(ports_[*rest])) return call.line.discard(now, line::other(end));
  call.linger = now + undelivered_limit;
}

/// A call with one party left is cleared in the exchange; one with none is over.
bool Bank::retire(Instant now) {
  bool moved = false;
  for (auto at = calls_.begin(); at != calls_.end();) {
    auto& [id, call] = *at;
    bool const near_gone = call.parties[0].gone(), far_gone = call.parties[1].gone();
    if (near_gone != far_gone && !std::exchange(call.cleared, true)) {
      exchange_.clear_call(now, id);
      moved = true;
    }
    bool const over = near_gone && far_gone;
    at = over ? calls_.erase(at) : std::next(at);
    moved = moved || over;
  }
  return moved;
}

}  // namespace offhook::play
