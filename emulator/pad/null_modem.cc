#include "emulator/pad/null_modem.h"

#include <tuple>
#include <utility>

#include "emulator/base/check.h"

namespace offhook::pad {
namespace {

using v24::Circuit;
using enum CableState;
using loop::Answered;
using loop::CarrierBack;
using loop::CarrierDown;
using loop::CarrierUp;
using loop::Cleared;
using loop::DialTone;
using loop::LinkReleased;

constexpr Duration redial_pause = 1s;
constexpr Duration ring_gap_limit = 8s;
constexpr Duration dial_tone_limit = 5s, setup_limit = 60s;
constexpr Duration release_limit = 20s;
constexpr std::string_view client = "CLIENT", server = "CLIENTSERVER";

constexpr unsigned over = bits(idle, redialling);
constexpr unsigned on_hook = hears<loop::RingOn, loop::RingOff, loop::CallerIdSent, Answered>;
constexpr unsigned off_hook =
    hears<DialTone, loop::RingOff, loop::CallerIdSent, loop::Ringback, loop::Voice, Answered, Cleared>;
constexpr unsigned carrier = hears<loop::RingOff, CarrierUp, CarrierDown, CarrierBack, LinkReleased, Cleared>;

}  // namespace

struct NullModem::StateRow {
  CableState state;
  std::string_view name;
  unsigned next;   // bit n: CableState n may follow
  unsigned hears;  // bit n: the nth alternative of loop::Event is expected
  enum class Shows : uint8_t { nobody, the_other_end } shows;
};

NullModem::StateRow const& NullModem::row(CableState state) {
  using enum StateRow::Shows;
  static constexpr StateRow rows[] = {
      {idle, "idle", bits(redialling, seizing, answering, training), on_hook, nobody},
      {redialling, "redialling", bits(idle, seizing, answering, training), on_hook, nobody},
      {seizing, "seizing", over | bits(calling, training), off_hook, nobody},
      {calling, "calling", over | bits(training), off_hook, nobody},
      {answering, "answering", over | bits(training), off_hook, nobody},
      {training, "training", over | bits(greeting, joined), off_hook | carrier, nobody},
      {greeting, "greeting", over | bits(joined, draining), carrier, the_other_end},
      {joined, "joined", over | bits(draining), carrier, the_other_end},
      {draining, "draining", over, carrier, the_other_end},
  };
  return rows[static_cast<size_t>(state)];
}

std::string_view name(CableState state) { return NullModem::row(state).name; }

NullModem::NullModem(CableOptions options) : options_(std::move(options)) {}

bool NullModem::calls() const {
  std::string const &mine = options_.number, &other = options_.peer;
  if (other.empty()) return false;
  return std::forward_as_tuple(mine.size(), mine) < std::forward_as_tuple(other.size(), other);
}

std::optional<Action> NullModem::poll_action() {
  if (next_action_ == actions_.size()) {
    actions_ = {};  // gives the memory back: thousands of idle cables must cost little
    next_action_ = 0;
    return std::nullopt;
  }
  return std::move(actions_[next_action_++]);
}

void NullModem::present(Circuit circuit, bool on) {
  if (circuits_.set(circuit, on)) emit(SetCircuit{circuit, on});
}

/// What lives in a state sets its timer after entering it; a ring that sounds is the line's, not a state's.
void NullModem::enter(CableState next, std::string_view why) {
  OFFHOOK_CHECK(has(row(state_).next, next));
  emit(Note{"{" + std::string(name(state_)) + "} " + std::string(why) + " -> " + std::string(name(next))});
  state_ = next;
  matched_ = 0;
  for (auto const timer : {CableTimer::redial, CableTimer::setup, CableTimer::release}) timers_.cancel(timer);
  bool const there = row(next).shows == StateRow::Shows::the_other_end;
  if (!there) rate_bps_ = 0;
  for (auto const circuit : {Circuit::dsr, Circuit::cts, Circuit::dcd}) present(circuit, there);
}

// ---- the DTE

void NullModem::on_circuit(Instant now, Circuit circuit, bool on) {
  if (!v24::from_dte(circuit) || !circuits_.set(circuit, on) || circuit != Circuit::dtr) return;
  if (on) return dte_came(now);
  if (state_ == idle) return;
  if (state_ == redialling) return enter(idle, "DTR off");
  if (!has(bits(greeting, joined, draining), state_)) return hang_up(now, "DTR off");
  if (state_ == draining) return;
  emit(loop::Act(loop::StopCarrier{true}));  // the line delivers what it was given, and answers CarrierDown
  enter(draining, "DTR off");
  timers_.set(CableTimer::release, now + release_limit);
}

void NullModem::dte_came(Instant now) {
  if (state_ != idle) return;
  if (timers_.running(CableTimer::ring_gap)) return answer(now, "DTR on while the other end rings");
  if (calls()) dial(now, "DTR on");
}

void NullModem::dial(Instant now, std::string_view why) {
  emit(loop::Act(loop::GoOffHook{}));
  enter(seizing, why);
  timers_.set(CableTimer::setup, now + dial_tone_limit);
}

void NullModem::answer(Instant now, std::string_view why) {
  timers_.cancel(CableTimer::ring_gap);
  emit(loop::Act(loop::GoOffHook{}));
  enter(answering, why);
  timers_.set(CableTimer::setup, now + setup_limit);
}

Split NullModem::on_dte_bytes(Instant, Bytes bytes) {
  if (state_ == greeting) return greet(bytes);
  if (state_ == joined) return {bytes.size(), 0};
  return {0, bytes.size()};  // into an open end
}

/// Takes CLIENT, as often as it is said; the first byte of anything else ends that, and nothing is lost.
Split NullModem::greet(Bytes bytes) {
  for (size_t taken = 0; taken < bytes.size(); ++taken) {
    char const c = static_cast<char>(bytes[taken]);
    if (c == client[matched_]) {
      if (++matched_ < client.size()) continue;
      matched_ = 0;
      emit(ToDte{std::string(server)});
      continue;
    }
    std::string held(client.substr(0, matched_));
    enter(joined, "the DTE speaks");
    if (held.empty() && taken == 0) return {bytes.size(), 0};
    emit(ToLine{std::move(held) + c});
    return {0, taken + 1};
  }
  return {0, bytes.size()};
}

void NullModem::on_dte_backlog(Instant) {}
void NullModem::on_dte_rate(Instant, uint32_t) {}
void NullModem::on_break(Instant) {}

// ---- the line

bool NullModem::accepts_line_data() const {
  return row(state_).shows == StateRow::Shows::the_other_end && circuits_.on(Circuit::rts);
}

bool NullModem::passes_break() const { return row(state_).shows == StateRow::Shows::the_other_end; }

void NullModem::on_line_bytes(Instant, size_t) {}
size_t NullModem::on_line_data(Instant, Bytes) { return 0; }

void NullModem::start_carrier(Instant now, bool originate) {
  loop::StartCarrier start;
  start.originate = originate;
  enter(training, "answered");
  timers_.set(CableTimer::setup, now + setup_limit);
  emit(loop::Act(start));
}

/// The end that calls tries again for as long as its DTE is there.
void NullModem::hang_up(Instant now, std::string_view why) {
  emit(loop::Act(loop::GoOnHook{}));
  bool const again = calls() && circuits_.on(Circuit::dtr);
  enter(again ? redialling : idle, why);
  if (again) timers_.set(CableTimer::redial, now + redial_pause);
}

void NullModem::on_line(Instant now, loop::Event const& event) {
  std::string const text = loop::describe(event);
  if (!has(row(state_).hears, event.index()))
    return emit(Note{"{" + std::string(name(state_)) + "} " + text + " is not expected"});
  bool const idle_here = has(over, state_);
  bool const dte = circuits_.on(Circuit::dtr);
  if (std::holds_alternative<loop::RingOn>(event)) {
    timers_.set(CableTimer::ring_gap, now + ring_gap_limit);
    if (dte) answer(now, text);
  } else if (std::holds_alternative<DialTone>(event)) {
    if (state_ == answering) return hang_up(now, "the ring was over");
    if (state_ != seizing) return;
    emit(loop::Act(loop::Digits{options_.peer}));
    emit(loop::Act(loop::DialEnd{}));
    enter(calling, text);
  } else if (std::holds_alternative<Answered>(event)) {
    // On-hook the exchange's operator made the call, and it is this end's to originate; while seizing, going
    // off-hook answered a ring that was not heard yet: any call will do for a cable.
    if (idle_here && !dte) return;
    if (idle_here) emit(loop::Act(loop::GoOffHook{}));
    if (state_ != training) start_carrier(now, idle_here || state_ == calling);
  } else if (auto const* up = std::get_if<CarrierUp>(&event)) {
    rate_bps_ = up->rx_rate_bps;
    if (state_ == training) enter(options_.script == CableOptions::Script::server ? greeting : joined, text);
  } else if (std::holds_alternative<Cleared>(event) && has(bits(greeting, joined), state_)) {
    enter(draining, text);  // what the far end sent may still be on its way
    timers_.set(CableTimer::release, now + release_limit);
  } else if (std::holds_alternative<CarrierDown>(event) || std::holds_alternative<LinkReleased>(event) ||
             (std::holds_alternative<Cleared>(event) && state_ != draining) ||
             std::holds_alternative<loop::Voice>(event)) {
    hang_up(now, text);
  }
}

// ---- time

void NullModem::on_timeout(Instant now) {
  while (auto const timer = timers_.take_due(now)) {
    if (*timer == CableTimer::redial) dial(now, "again");
    if (*timer == CableTimer::setup || *timer == CableTimer::release) hang_up(now, "took too long");
  }
}

void NullModem::power_cycle(Instant now) {
  if (!has(over, state_)) emit(loop::Act(loop::GoOnHook{}));
  if (state_ != idle) enter(idle, "power cycle");
  timers_.cancel_all();
  if (circuits_.on(Circuit::dtr)) dte_came(now);
}

}  // namespace offhook::pad
