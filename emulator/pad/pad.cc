#include "emulator/pad/pad.h"

#include <utility>

#include "emulator/base/check.h"
#include "emulator/pad/states.h"

namespace offhook::pad {
namespace {

using v24::Circuit;

constexpr Duration dtr_off_limit = 50ms;
constexpr size_t output_limit = 4096;               // bytes for the DTE in one call
constexpr uint8_t signals_bit = 1, prompt_bit = 4;  // parameter 6

// What a break does (parameter 7).
constexpr uint8_t break_interrupts = 1, break_resets = 2, break_indicates = 4, break_escapes = 8,
                  break_discards = 16;

}  // namespace

Pad::Pad(Options options) : options_(std::move(options)), parameters_(options_.profile) {
  circuits_.set(Circuit::cts, true);
  circuits_.set(Circuit::dsr, true);
}

// ---- out

void Pad::emit(Action action) { actions_.push_back(std::move(action)); }
void Pad::act(loop::Act a) { emit(Action(std::move(a))); }
void Pad::note(std::string text) { emit(Note{std::move(text)}); }

void Pad::to_dte(std::string bytes) {
  if (bytes.empty()) return;
  if (next_action_ < actions_.size())
    if (auto* last = std::get_if<ToDte>(&actions_.back())) {
      last->bytes += bytes;
      return;
    }
  emit(ToDte{std::move(bytes)});
}

std::optional<Action> Pad::poll_action() {
  if (next_action_ == actions_.size()) {
    actions_ = {};  // gives the memory back: thousands of idle PADs must cost little
    next_action_ = 0;
    return std::nullopt;
  }
  return std::move(actions_[next_action_++]);
}

void Pad::present(Circuit circuit, bool on) {
  if (circuits_.set(circuit, on)) emit(SetCircuit{circuit, on});
}

/// A service signal stands between two format effectors (X.28 3.5.2).
void Pad::signal(std::string_view text) {
  if (!(parameters_[Ref::service_signals] & signals_bit)) return;
  std::string out;
  output_.put(parameters_, Source::signal, "\r\n", out);
  output_.put(parameters_, Source::signal, text, out);
  output_.put(parameters_, Source::signal, "\r\n", out);
  to_dte(std::move(out));
}

/// The acknowledgement is a format effector alone.
void Pad::acknowledge() {
  if (!(parameters_[Ref::service_signals] & signals_bit)) return;
  std::string out;
  output_.put(parameters_, Source::signal, "\r\n", out);
  to_dte(std::move(out));
}

void Pad::prompt() {
  if (!(parameters_[Ref::service_signals] & prompt_bit)) return;
  std::string out;
  output_.put(parameters_, Source::signal, "\r\n*", out);
  to_dte(std::move(out));
}

void Pad::enter(Instant, State next, std::string_view why) {
  OFFHOOK_CHECK(has(row(state_).next, next));
  note("{" + std::string(name(state_)) + "} " + std::string(why) + " -> " + std::string(name(next)));
  state_ = next;
  for (unsigned i = 0; i < static_cast<unsigned>(Timer::count_); ++i)
    if (!has(row(next).timers, i)) timers_.cancel(static_cast<Timer>(i));
  present(Circuit::dcd, connected(next));
}

// ---- circuits, breaks, speed

void Pad::on_circuit(Instant now, Circuit circuit, bool on) {
  if (!v24::from_dte(circuit) || !circuits_.set(circuit, on) || circuit != Circuit::dtr) return;
  if (on) return timers_.cancel(Timer::dtr_off);
  timers_.set(Timer::dtr_off, now + dtr_off_limit);
}

/// The DTE is gone: so is its call, and the link with its parameters.
void Pad::dtr_stayed_off(Instant now) {
  line_.clear();
  home_ = State::active_link;
  switch (state_) {
    case State::active_link:
      return;
    case State::clearing:
      ending_.reset();
      return;
    case State::pad_waiting:
    case State::incoming:
      parameters_.load(options_.profile);
      return enter(now, State::active_link, "DTR off");
    case State::data_transfer:
    case State::waiting_for_command:
      forward();
      return release(now, std::nullopt, "DTR off");
    default:
      return finish(now, std::nullopt, "DTR off");
  }
}

void Pad::on_dte_rate(Instant, uint32_t bps) { parameters_.set_speed(bps); }

void Pad::on_break(Instant now) {
  if (row(state_).input == Input::commands) return line_.clear();
  if (state_ != State::data_transfer) return;
  uint8_t const action = parameters_[Ref::break_action];
  if (action == 0) return;
  forward();
  if (action & (break_interrupts | break_indicates))
    note("{data_transfer} break: the line carries no interrupt");
  if (action & break_resets) reset_call();
  if (action & break_discards) parameters_.discard_output();
  if (action & break_escapes) escape(now, "break");
}

void Pad::on_dte_backlog(Instant) {
  uint8_t const control = parameters_[Ref::device_control];
  bool const here = state_ == State::data_transfer ? control >= 1 : control == 2;
  if (!here || dte_ == Flow::stopped) return;
  dte_ = Flow::stopped;
  to_dte({xoff});
}

Split Pad::on_dte_bytes(Instant now, Bytes bytes) {
  if (bytes.empty()) return {};
  if (std::exchange(dte_, Flow::going) == Flow::stopped) to_dte({xon});
  if (transparent()) return pass_packets(now, bytes);
  return {0, take_characters(now, bytes)};
}

// ---- the line's bytes

bool Pad::accepts_line_data() const {
  return has(bits(State::data_transfer, State::draining), state_) && received_ == Flow::going &&
         Output::plain(parameters_);
}

void Pad::on_line_bytes(Instant, size_t) {}

size_t Pad::on_line_data(Instant, Bytes bytes) {
  if (!has(bits(State::data_transfer, State::draining), state_) || received_ == Flow::stopped) return 0;
  if (parameters_[Ref::discard_output] != 0) return bytes.size();
  if (output_.page_full(parameters_)) return 0;
  std::string out;
  size_t taken = 0;
  while (taken < bytes.size() && out.size() < output_limit && !output_.page_full(parameters_))
    output_.put(parameters_, Source::line, static_cast<char>(bytes[taken++]), out);
  to_dte(std::move(out));
  if (output_.page_full(parameters_)) signal("PAGE");
  return taken;
}

void Pad::on_line(Instant now, loop::Event const& event) {
  if (!has(row(state_).hears, event.index()))
    return note("{" + std::string(name(state_)) + "} " + loop::describe(event) + " is not expected");
  std::visit([&](auto const& e) { hear(now, e); }, event);
}

// ---- time

void Pad::on_timeout(Instant now) {
  while (auto const timer = timers_.take_due(now)) fire(now, *timer);
}

void Pad::fire(Instant now, Timer timer) {
  switch (timer) {
    case Timer::idle:
      return forward();
    case Timer::half_line:
      return line_.clear();
    case Timer::dtr_off:
      return dtr_stayed_off(now);
    case Timer::dial_tone:
      return finish(now, Clearing::congestion, "no dial tone");
    case Timer::ring_gap:
      caller_.clear();
      if (state_ == State::incoming) enter(now, home_, "the rings have ended");
      return;
    case Timer::completion:
      return finish(now, Clearing::remote_error, "nobody answered in time");
    case Timer::carrier_loss:
      return finish(now, Clearing::congestion, "carrier lost");
    case Timer::release:
      return finish(now, ending_, "not delivered in time");
    case Timer::count_:
      return;
  }
}

void Pad::power_cycle(Instant) {
  if (in_call(state_)) act(loop::GoOnHook{});
  note("{" + std::string(name(state_)) + "} power cycle -> active_link");
  present(Circuit::dcd, false);
  present(Circuit::ri, false);
  Pad fresh(options_);
  fresh.circuits_ = circuits_;
  fresh.parameters_.copy_speed(parameters_);
  fresh.actions_ = std::move(actions_);
  fresh.next_action_ = next_action_;
  *this = std::move(fresh);
}

}  // namespace offhook::pad
