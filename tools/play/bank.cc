#include "tools/play/bank.h"

#include <algorithm>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/hayes/family.h"

namespace offhook::play {
namespace {

using v24::Circuit;

constexpr size_t backlog_limit = 16384;

exchange::Plan plan_of(std::vector<DceConfig> const& dces) {
  exchange::Plan plan;
  for (auto const& dce : dces) plan.subscribers.push_back(dce.number);
  plan.test_lines = exchange::default_test_lines();
  return plan;
}

std::optional<Instant> earliest(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Bank::Bank(std::vector<DceConfig> const& dces, line::Parameters line)
    : line_(line), exchange_(plan_of(dces)) {
  for (auto const& config : dces) {
    auto const* family = hayes::find_family(config.family);
    OFFHOOK_CHECK(family != nullptr);
    ports_.push_back(
        Port{config.kind == DceConfig::Kind::pad ? Dce(pad::Pad()) : Dce(hayes::Modem(*family, {}))});
    Port& port = ports_.back();
    port.dce_circuits = std::visit([](auto& dce) { return dce.circuits(); }, port.dce);
    std::visit([](auto& dce) { dce.on_dte_rate(Instant{}, 115200); }, port.dce);
    present(ports_.size() - 1);
  }
  settle(Instant{});
}

std::optional<Bank::Action> Bank::poll_action() {
  if (actions_.empty()) return std::nullopt;
  Action action = std::move(actions_.front());
  actions_.pop_front();
  return action;
}

void Bank::settle(Instant now) {
  for (bool moved = true; moved;) {
    moved = false;
    while (auto const action = exchange_.poll_action()) {
      std::visit([&](auto const& what) { handle(now, what); }, *action);
      moved = true;
    }
    for (size_t i = 0; i < ports_.size(); ++i) {
      moved = drain(now, i) || moved;
      moved = send_backlog(now, i) || moved;
    }
    for (auto& [id, call] : calls_) moved = pump(now, call) || moved;
    moved = retire(now) || moved;
  }
}

void Bank::on_timeout(Instant now) {
  if (exchange_.next_timeout() <= now) exchange_.on_timeout(now);
  for (Port& port : ports_)
    if (port.power == Power::on) std::visit([&](auto& dce) { dce.on_timeout(now); }, port.dce);
  for (auto& [id, call] : calls_) {
    call.line.on_timeout(now);
    for (auto& party : call.parties)
      if (party.apparatus) party.apparatus->on_timeout(now);
    if (call.linger && *call.linger <= now) {
      call.linger.reset();
      for (auto end : {line::End::near, line::End::far}) call.line.discard(now, end);
    }
  }
  settle(now);
}

std::optional<Instant> Bank::next_timeout() const {
  auto next = exchange_.next_timeout();
  for (Port const& port : ports_)
    if (port.power == Power::on)
      next = earliest(next, std::visit([](auto const& dce) { return dce.next_timeout(); }, port.dce));
  for (auto const& [id, call] : calls_) {
    next = earliest(earliest(next, call.linger), call.line.next_timeout());
    for (auto const& party : call.parties)
      if (party.apparatus) next = earliest(next, party.apparatus->next_timeout());
  }
  return next;
}

// ---- the DTE's side

void Bank::on_dte_bytes(Instant now, size_t index, Bytes bytes) {
  Port& port = ports_[index];
  if (port.power == Power::wedged || port.cable != Cable::plugged) return;
  while (!bytes.empty()) {
    auto const [to_line, taken] =
        std::visit([&](auto& dce) { return dce.on_dte_bytes(now, bytes); }, port.dce);
    OFFHOOK_CHECK(to_line + taken > 0 && to_line + taken <= bytes.size());
    if (to_line != 0) pass(now, index, bytes.first(to_line));
    bytes = bytes.subspan(to_line + taken);
    settle(now);
  }
}

void Bank::on_dte(Instant now, size_t index, bool open, bool dtr) {
  ports_[index].open = open;
  ports_[index].dtr = dtr;
  update_circuits(now, index);
  settle(now);
}

void Bank::pass(Instant now, size_t index, Bytes bytes) {
  Port& port = ports_[index];
  Call* const call = connected(index);
  if (call == nullptr) return;
  actions_.push_back(Sent{index, port.call, std::string(as_text(bytes))});
  size_t const taken = port.backlog.empty() ? push(now, *call, port.end, bytes) : 0;
  auto const rest = as_text(bytes.subspan(taken));
  port.backlog += rest.substr(0, backlog_limit - std::min(backlog_limit, port.backlog.size()));
}

bool Bank::send_backlog(Instant now, size_t index) {
  Port& port = ports_[index];
  Call* const call = connected(index);
  if (call == nullptr || (port.backlog.empty() && !port.stop)) return false;
  size_t const moved = push(now, *call, port.end, as_bytes(port.backlog));
  port.backlog.erase(0, moved);
  bool const stops = port.backlog.empty() && port.stop;
  if (stops) call->line.on_act(now, port.end, *std::exchange(port.stop, std::nullopt));
  return moved != 0 || stops;
}

// ---- the engine

bool Bank::drain(Instant now, size_t index, Speaker speaker) {
  Port& port = ports_[index];
  if (port.power == Power::wedged) return false;
  bool moved = false;
  while (auto action = std::visit([](auto& dce) { return dce.poll_action(); }, port.dce)) {
    moved = true;
    if (auto* words = std::get_if<v24::ToDte>(&*action)) {
      if (!deaf(port))
        actions_.push_back(ToDte{index, speaker == Speaker::dce ? 0 : port.call, std::move(words->bytes)});
    } else if (auto const* data = std::get_if<v24::ToLine>(&*action)) {
      pass(now, index, as_bytes(data->bytes));
    } else if (auto const* change = std::get_if<v24::SetCircuit>(&*action)) {
      port.dce_circuits.set(change->circuit, change->on);
      present(index);
    } else if (auto const* what = std::get_if<loop::Act>(&*action)) {
      act(now, index, *what);
    }
  }
  return moved;
}

void Bank::act(Instant now, size_t index, loop::Act const& act) {
  Port& port = ports_[index];
  Call* const call = connected(index);
  auto const* stop = std::get_if<loop::StopCarrier>(&act);
  if (stop != nullptr || std::holds_alternative<loop::StartCarrier>(act)) {
    if (call == nullptr) return;
    // The carrier stops behind what was sent before.
    if (stop != nullptr && !port.backlog.empty())
      port.stop = *stop;
    else
      call->line.on_act(now, port.end, act);
    return;
  }
  if (std::holds_alternative<loop::GoOnHook>(act) && call != nullptr) left(now, *call, port.end);
  exchange_.on_loop(now, static_cast<exchange::SubscriberId>(index), act);
}

void Bank::tell(Instant now, size_t index, loop::Event const& event) {
  Port& port = ports_[index];
  if (port.power == Power::wedged) return;
  std::visit([&](auto& dce) { dce.on_line(now, event); }, port.dce);
  drain(now, index);  // event by event: a circuit that goes on and off again was on
}

// ---- circuits

void Bank::update_circuits(Instant now, size_t index) {
  present(index);
  Port& port = ports_[index];
  if (port.power == Power::wedged) return;
  bool const on = port.dtr && port.cable == Cable::plugged;
  auto const known = std::visit([](auto const& dce) { return dce.circuits(); }, port.dce);
  for (auto circuit : {Circuit::dtr, Circuit::rts})
    if (known.on(circuit) != on) std::visit([&](auto& dce) { dce.on_circuit(now, circuit, on); }, port.dce);
}

void Bank::present(size_t index) {
  Port& port = ports_[index];
  v24::Circuits next;
  for (auto circuit : v24::all_circuits) {
    bool const of_dce = port.cable == Cable::plugged && port.dce_circuits.on(circuit);
    next.set(circuit, v24::from_dte(circuit) ? port.dtr : of_dce);
  }
  if (next == std::exchange(port.presented, next)) return;
  actions_.push_back(Shows{index, next});
}

// ---- what operators do

bool Bank::unplug(Instant now, size_t index) {
  if (std::exchange(ports_[index].cable, Cable::unplugged) == Cable::unplugged) return false;
  update_circuits(now, index);
  settle(now);
  return true;
}

bool Bank::plug(Instant now, size_t index) {
  if (std::exchange(ports_[index].cable, Cable::plugged) == Cable::plugged) return false;
  update_circuits(now, index);
  settle(now);
  return true;
}

bool Bank::wedge(Instant, size_t index) {
  return std::exchange(ports_[index].power, Power::wedged) != Power::wedged;
}

void Bank::power_cycle(Instant now, size_t index) {
  Port& port = ports_[index];
  port.power = Power::on;
  act(now, index, loop::GoOnHook{});
  std::visit([&](auto& dce) { dce.power_cycle(now); }, port.dce);
  drain(now, index);
  port.dce_circuits = std::visit([](auto& dce) { return dce.circuits(); }, port.dce);
  std::visit([&](auto& dce) { dce.on_dte_rate(now, 115200); }, port.dce);
  update_circuits(now, index);
  settle(now);
}

}  // namespace offhook::play
