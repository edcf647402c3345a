#include "emulator/hayes/modem.h"

#include <algorithm>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/states.h"

namespace offhook::hayes {
namespace {

using v24::Circuit;

constexpr Duration partial_line_limit = 30s;  // 5.5
constexpr Duration abort_disregard = 125ms;   // 5.6.1
constexpr Duration dtr_unit = 10ms;           // S25
constexpr Duration guard_unit = 20ms;         // S12

bool online(State state) { return state == State::online_data || state == State::online_command; }

}  // namespace

Modem::Modem(Family const& family, Options options, std::string_view stored)
    : family_(&family), options_(std::move(options)), profiles_(profiles_from_text(family, stored)) {
  load_profile(profiles_.startup);
  actions_ = {};  // the driver asks circuits() first
}

State Modem::state() const { return state_; }
v24::Circuits Modem::circuits() const { return circuits_; }
Family const& Modem::family() const { return *family_; }
uint32_t Modem::line_rate_bps() const { return carrier_ ? carrier_->rx_rate_bps : 0; }
std::string Modem::stored() const { return to_text(*family_, profiles_); }

// ---- out
// ------------------------------------------------------------------------------------------------------

void Modem::emit(Action action) { actions_.push_back(std::move(action)); }
void Modem::act(loop::Act a) { emit(Action(std::move(a))); }
void Modem::note(std::string text) { emit(Note{std::move(text)}); }

void Modem::to_dte(std::string bytes, ToDte::Kind kind) {
  if (bytes.empty()) return;
  set_parity(bytes, line_.parity());
  if (next_action_ < actions_.size())
    if (auto* last = std::get_if<ToDte>(&actions_.back()); last != nullptr && last->kind == kind) {
      last->bytes += bytes;
      return;
    }
  emit(ToDte{std::move(bytes), kind});
}

/// 6.2.11: from the next AT on. Nothing: to be found out.
std::optional<Parity> Modem::stated_parity() const {
  if (dte_parity_) return dte_parity_;
  constexpr uint32_t automatic = 0, eight_and_parity = 2, seven_and_parity = 5;
  uint32_t const format = settings_.parameter(Parameter::icf_format);
  if (format == automatic) return std::nullopt;
  bool const stated = format == eight_and_parity || format == seven_and_parity;
  return stated ? static_cast<Parity>(settings_.parameter(Parameter::icf_parity)) : Parity::none;
}

void Modem::say(ResultCode code) {
  bool const quiet_answer = settings_.value<0, 'Q'>() == 2 && role_ == Role::answer;  // USR's Q2
  if (!quiet_answer) to_dte(result(*family_, settings_, code));
}

std::optional<Action> Modem::poll_action() {
  if (next_action_ == actions_.size()) {
    actions_ = {};  // gives the memory back: thousands of idle modems must cost little
    next_action_ = 0;
    return std::nullopt;
  }
  return std::move(actions_[next_action_++]);
}

void Modem::present(Circuit circuit, bool on) {
  if (circuits_.set(circuit, on)) emit(SetCircuit{circuit, on});
}

void Modem::present_circuits() {
  bool const call = online(state_);
  // &R0: 106 follows 105 while a call is up (Hayes; USR's &R is something else).
  bool const follows = settings_.value<'&', 'R'>() == 0 && family_->bit != in_usr && call;
  bool const stopped = sent_ == Sent::stopped && settings_.parameter(Parameter::ifc_dte) == 2;
  present(Circuit::cts, !stopped && (!follows || circuits_.on(Circuit::rts)));
  present(Circuit::dsr, settings_.value<'&', 'S'>() == 0 || call);
  present(Circuit::dcd, settings_.value<'&', 'C'>() == 0 || call);
}

void Modem::enter(Instant now, State next, std::string_view why) {
  OFFHOOK_CHECK((row(state_).next >> static_cast<unsigned>(next)) & 1);
  if (next != State::online_data) on_line_full(now, false);
  note("{" + std::string(name(state_)) + "} " + std::string(why) + " -> " + std::string(name(next)));
  state_ = next;
  for (unsigned i = 0; i < static_cast<unsigned>(Timer::count_); ++i)
    if (!((row(next).timers >> i) & 1)) timers_.cancel(static_cast<Timer>(i));
  if (next == State::online_data) {
    escape_.start(now, {.character = settings_.s<2>(),
                        .guard = settings_.s<12>() * guard_unit,
                        .ties = options_.ties,
                        .seven_bits = line_.parity() != Parity::none});
    received_ = Received::flowing;
    active(now);
  }
}

// ---- the DTE's bytes
// ------------------------------------------------------------------------------------------

CommandLine::Rules Modem::line_rules() const {
  return {.echo = settings_.value<0, 'E'>() != 0,
          .termination = static_cast<char>(settings_.s<3>()),
          .editing = static_cast<char>(settings_.s<5>()),
          .parity = stated_parity(),
          .limit = family_->line_limit};
}

Split Modem::on_dte_bytes(Instant now, Bytes bytes) {
  if (bytes.empty()) return {};
  if (row(state_).input == Input::data) return pass_data(now, bytes);
  return {0, take_characters(now, bytes)};
}

/// Takes characters until they are the line's.
size_t Modem::take_characters(Instant now, Bytes bytes) {
  std::string echo;
  size_t taken = 0;
  for (std::byte const byte : bytes) {
    Input const input = row(state_).input;
    if (input == Input::data) break;
    ++taken;
    if (input == Input::ignored) continue;
    if (input == Input::abort) {
      if (now - line_ended_ > abort_disregard) hang_up(now, Ending::no_carrier, "aborted by the DTE");
      continue;
    }
    auto const event = line_.on_char(static_cast<char>(byte), line_rules(), echo);
    if (event == CommandLine::Event::none) continue;
    to_dte(std::exchange(echo, {}), ToDte::Kind::echo);
    on_line_event(now, event);
  }
  to_dte(std::move(echo), ToDte::Kind::echo);
  if (line_.partial())
    timers_.set(Timer::partial_line, now + partial_line_limit);
  else
    timers_.cancel(Timer::partial_line);
  return taken;
}

Split Modem::pass_data(Instant now, Bytes bytes) {
  active(now);
  uint32_t const flow = settings_.parameter(Parameter::ifc_dce);
  if (flow == 1 || flow == 3) {  // 6.2.12: the DTE stops received data by XOFF; 3 passes the character on too
    FlowCharacters const characters = flow_characters();
    auto const mask = line_.parity() == Parity::none ? std::byte{0xff} : std::byte{0x7f};
    auto const found = std::ranges::find_if(
        bytes, [&](std::byte b) { return (b & mask) == characters.xon || (b & mask) == characters.xoff; });
    size_t const before = static_cast<size_t>(found - bytes.begin());
    if (before == 0 && !bytes.empty()) {
      received_ = (*found & mask) == characters.xoff ? Received::stopped : Received::flowing;
      escape_.disturb(now);
      return flow == 1 ? Split{0, 1} : Split{1, 0};
    }
    bytes = bytes.first(before);
  }
  auto const seen = escape_.on_bytes(now, bytes);
  if (seen.escaped) {
    enter(now, State::online_command, "escape");
    if (options_.ties)
      line_.begin();
    else
      say(ResultCode::ok);
  }
  return {seen.passed, 0};
}

Modem::FlowCharacters Modem::flow_characters() const {
  bool const usr = family_->bit == in_usr;
  return {std::byte{usr ? settings_.s<22>() : settings_.s<32>()},
          std::byte{usr ? settings_.s<23>() : settings_.s<33>()}};
}

void Modem::on_line_full(Instant, bool full) {
  auto const next = full && state_ == State::online_data ? Sent::stopped : Sent::flowing;
  if (std::exchange(sent_, next) == next) return;
  auto const [xon, xoff] = flow_characters();
  if (settings_.parameter(Parameter::ifc_dte) == 1)
    to_dte(std::string(1, static_cast<char>(next == Sent::stopped ? xoff : xon)));
  present_circuits();
}

void Modem::on_dte_backlog(Instant now) {
  if (state_ == State::online_data) escape_.disturb(now);
}

void Modem::on_break(Instant now) {
  if (state_ == State::online_data) escape_.disturb(now);
}

void Modem::on_dte_rate(Instant, uint32_t bps) { dte_rate_bps_ = bps; }

void Modem::on_dte_format(v24::Format const& format) {
  using v24::Parity;
  static constexpr struct {
    Parity theirs;
    hayes::Parity ours;
  } parities[] = {{Parity::odd, hayes::Parity::odd},
                  {Parity::even, hayes::Parity::even},
                  {Parity::mark, hayes::Parity::mark},
                  {Parity::none, hayes::Parity::mark},  // a stop bit is a one, too
                  {Parity::space, hayes::Parity::none}};
  dte_parity_.reset();
  if (format.data_bits != 7) return;
  for (auto const& [theirs, ours] : parities)
    if (theirs == format.parity) dte_parity_ = ours;
}

/// What the DTE's port is set to; where nobody knows, what +IPR says.
uint32_t Modem::dte_rate() const {
  return dte_rate_bps_ != 0 ? dte_rate_bps_ : settings_.parameter(Parameter::ipr);
}

// ---- circuits
// -------------------------------------------------------------------------------------------------

void Modem::on_circuit(Instant now, Circuit circuit, bool on) {
  if (circuit == Circuit::dtr && on) on_timeout(now);  // S25 may have ended before the rise was come to
  if (!v24::from_dte(circuit) || !circuits_.set(circuit, on)) return;
  if (circuit == Circuit::rts) return present_circuits();
  if (on) return timers_.cancel(Timer::dtr_off);
  line_.abandon();
  timers_.cancel(Timer::partial_line);
  if (settings_.value<'&', 'D'>() == 0) return;
  Duration const limit = settings_.s<25>() * dtr_unit;
  if (limit == 0s) return dtr_stayed_off(now);
  timers_.set(Timer::dtr_off, now + limit);
}

/// &D1: to command state; &D2: hang up; &D3: hang up and reset (V.250 6.2.9). An attempt is aborted under any
/// of them.
void Modem::dtr_stayed_off(Instant now) {
  uint8_t const d = settings_.value<'&', 'D'>();
  if (state_ == State::releasing || d == 0) return;
  if (d == 3) {
    reset_to_ = profiles_.startup;
    if (state_ == State::command) return load_profile(reset_to_);
    return hang_up(now, Ending::reset, "DTR off");
  }
  bool const call = online(state_);
  if (state_ == State::command || (d == 1 && state_ == State::online_command)) return;
  if (d == 1 && call) {
    enter(now, State::online_command, "DTR off");
    return say(ResultCode::ok);
  }
  if (d == 1 && state_ == State::off_hook) return;
  hang_up(now, Ending::dtr, "DTR off");
}

/// V.250 6.2.9: with &D2 and &D3 the modem does not answer by itself while 108 is off.
bool Modem::auto_answer_allowed() const {
  return settings_.value<'&', 'D'>() < 2 || circuits_.on(Circuit::dtr);
}

// ---- the line's bytes
// -----------------------------------------------------------------------------------------

bool Modem::accepts_line_data() const {
  if (state_ != State::online_data || received_ == Received::stopped) return false;
  return settings_.parameter(Parameter::ifc_dce) != 2 || circuits_.on(Circuit::rts);
}

size_t Modem::on_line_data(Instant, Bytes) { return 0; }

void Modem::on_line_bytes(Instant now, size_t n) {
  if (n > 0) active(now);
}

/// Data moves: S30's time (10 s; USR: S19 in minutes) begins anew.
void Modem::active(Instant now) {
  Duration const limit =
      family_->bit == in_usr ? settings_.s<19>() * Duration(1min) : settings_.s<30>() * Duration(10s);
  if (limit > 0s) timers_.set(Timer::inactivity, now + limit);
}

void Modem::on_line(Instant now, loop::Event const& event) {
  if (!((row(state_).hears >> event.index()) & 1))
    return note("{" + std::string(name(state_)) + "} " + loop::describe(event) + " is not expected");
  std::visit([&](auto const& e) { hear(now, e); }, event);
}

// ---- time
// -----------------------------------------------------------------------------------------------------

std::optional<Instant> Modem::next_timeout() const {
  auto next = timers_.next();
  if (state_ != State::online_data) return next;
  auto const escape = escape_.deadline();
  if (escape && (!next || *escape < *next)) return escape;
  return next;
}

void Modem::on_timeout(Instant now) {
  if (auto const escape = escape_.deadline(); state_ == State::online_data && escape && *escape <= now) {
    enter(now, State::online_command, "escape");
    say(ResultCode::ok);
  }
  while (auto const timer = timers_.take_due(now)) fire(now, *timer);
}

void Modem::fire(Instant now, Timer timer) {
  switch (timer) {
    case Timer::partial_line:
      return line_.abandon();
    case Timer::ring_gap:
      settings_.s<1>() = 0;
      return;
    case Timer::dial_step:
      return run_dial_steps(now);
    case Timer::dial_tone:
      return hang_up(now, Ending::no_dialtone, "no dial tone");
    case Timer::completion:
      return hang_up(now, ending_of(timeout_result(*family_, heard())), "S7 ran out");
    case Timer::carrier_loss:
      settings_.s<86>() = 4;  // Rockwell's reasons: 4 loss of carrier, 12 the far end hung up
      return hang_up(now, Ending::no_carrier, "carrier lost (S10)");
    case Timer::carrier_back:
      return timers_.cancel(Timer::carrier_loss);
    case Timer::inactivity:
      return hang_up(now, Ending::no_carrier, "inactivity");
    case Timer::dtr_off:
      return dtr_stayed_off(now);
    // What could not be delivered in S38's time is lost, and NO CARRIER says so.
    case Timer::release:
      return finish(now, ending_ == Ending::reset ? ending_ : Ending::no_carrier, "S38 ran out");
    case Timer::count_:
      return;
  }
}

void Modem::power_cycle(Instant now) {
  if (state_ != State::command) {
    act(loop::GoOnHook{});
    note("{" + std::string(name(state_)) + "} power cycle -> command");
  }
  auto const before = circuits_;
  auto actions = std::move(actions_);
  Modem fresh(*family_, options_, stored());
  fresh.circuits_ = before;
  fresh.dte_rate_bps_ = dte_rate_bps_;
  fresh.actions_ = std::move(actions);
  fresh.next_action_ = next_action_;
  *this = std::move(fresh);
  present(Circuit::ri, false);
  present_circuits();
  (void)now;
}

}  // namespace offhook::hayes
