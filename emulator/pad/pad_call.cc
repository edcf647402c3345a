// A call from off-hook to on-hook: selecting, answering, the carrier, clearing; and what the loop says
// meanwhile.
#include <utility>

#include "emulator/pad/pad.h"
#include "emulator/pad/states.h"

namespace offhook::pad {
namespace {

using v24::Circuit;

constexpr Duration ring_gap_limit = 8s;
constexpr Duration answer_limit = 180s;  // X.25's T11
constexpr Duration training_limit = 60s;
constexpr Duration carrier_loss_limit = 1400ms;  // as a modem's S10
constexpr Duration release_limit = 20s;          // as a modem's S38

}  // namespace

void Pad::answer(Instant now, std::string_view why) {
  role_ = Role::called;
  act(loop::GoOffHook{});
  present(Circuit::ri, false);
  timers_.cancel(Timer::ring_gap);
  enter(now, State::answering, why);
  timers_.set(Timer::completion, now + training_limit);
}

void Pad::start_carrier(Instant now, std::string_view why) {
  loop::StartCarrier carrier;
  carrier.modulation = loop::Modulation::v34;
  carrier.originate = role_ == Role::caller;
  carrier.offer_lapm = carrier.offer_mnp = true;
  enter(now, State::training, why);
  timers_.set(Timer::completion, now + training_limit);
  act(carrier);
}

/// COM is sent immediately before 109 ON; that of an incoming call names the caller (X.28 3.5.18).
void Pad::connect(Instant now, loop::CarrierUp const& carrier) {
  carrier_ = carrier;
  received_ = Flow::going;
  output_.new_page();
  line_.clear();
  timers_.cancel(Timer::half_line);
  signal(role_ == Role::called && !caller_.empty() ? caller_ + "+COM" : "COM");
  enter(now, State::data_transfer, loop::describe(carrier));
}

/// The line delivers what was accepted, then says so: only then is the call over.
void Pad::release(Instant now, std::optional<Clearing> ending, std::string_view why) {
  ending_ = ending;
  act(loop::StopCarrier{true});
  enter(now, State::clearing, why);
  timers_.set(Timer::release, now + release_limit);
}

/// The clear indication comes before 109 falls, or a program that the fall hangs up could never read it. Of
/// an incoming call that never came up the DTE knows nothing.
void Pad::finish(Instant now, std::optional<Clearing> ending, std::string_view why) {
  act(loop::GoOnHook{});
  bool const known = role_ == Role::caller || carrier_.has_value();
  std::string text(why);
  if (ending) text += std::string(" (") + std::string(words(*ending)) + ")";
  if (ending && known) signal("CLR " + std::string(code(*ending)));
  packet_.clear();
  caller_.clear();
  carrier_.reset();
  ending_.reset();
  received_ = Flow::going;
  if (home_ == State::active_link) parameters_.load(options_.profile);
  enter(now, home_, text);
  if (home_ == State::pad_waiting && known) prompt();
}

/// X.25 4.3: a reset throws away what is on its way; here, what is assembled.
void Pad::reset_call() {
  packet_.clear();
  timers_.cancel(Timer::idle);
  resume_output();
}

// ---- what the loop says

void Pad::hear(Instant now, loop::DialTone const&) {
  if (state_ == State::answering) return finish(now, Clearing::dte, "the caller gave up");
  if (state_ != State::seizing) return;
  act(loop::Digits{number_});
  act(loop::DialEnd{});
  enter(now, State::connecting, "dial tone");
  timers_.set(Timer::completion, now + answer_limit);
}

/// Answered at once, or once the caller is known; a command that is being typed comes first.
void Pad::hear(Instant now, loop::RingOn const&) {
  present(Circuit::ri, true);
  timers_.set(Timer::ring_gap, now + ring_gap_limit);
  if (!circuits_.on(Circuit::dtr) || !line_.empty()) return;
  bool const awaits_identity = options_.accept == Options::Accept::identified && state_ != State::incoming;
  if (!awaits_identity) return answer(now, "incoming call");
  enter(now, State::incoming, "ring");
}

void Pad::hear(Instant, loop::RingOff const&) { present(Circuit::ri, false); }

void Pad::hear(Instant now, loop::CallerIdSent const& sent) {
  if (sent.id.presentation == loop::CallerId::Presentation::given) caller_ = sent.id.number.substr(0, 20);
  if (state_ == State::incoming && line_.empty()) answer(now, "incoming call");
}

void Pad::hear(Instant, loop::Ringback const&) {}

void Pad::hear(Instant now, loop::Voice const&) {
  if (state_ == State::connecting) finish(now, Clearing::incompatible, "a voice answered");
}

void Pad::hear(Instant now, loop::Answered const&) {
  switch (state_) {
    case State::connecting:
    case State::answering:
      return start_carrier(now, "answered");
    // Going off-hook to dial answered somebody's ring: that is not the call the DTE asked for.
    case State::seizing:
      return finish(now, Clearing::congestion, "call collision");
    // The exchange's operator made a call on this line and it was answered: it is the PAD's to originate.
    case State::active_link:
    case State::pad_waiting:
      if (!circuits_.on(Circuit::dtr))
        return note("{" + std::string(name(state_)) + "} answered, but DTR is off");
      role_ = Role::caller;
      act(loop::GoOffHook{});
      return start_carrier(now, "answered");
    default:
      return;
  }
}

/// Received data may still be on its way: the line says when there is no more.
void Pad::hear(Instant now, loop::Cleared const& cleared) {
  Clearing const why = clearing_of(cleared.cause);
  std::string const text = loop::describe(cleared);
  if (state_ == State::draining) return;
  if (state_ == State::clearing) return finish(now, ending_, text);
  if (!connected(state_) || timers_.running(Timer::carrier_loss)) return finish(now, why, text);
  ending_ = why;
  line_.clear();
  packet_.clear();
  enter(now, State::draining, text);
  timers_.set(Timer::release, now + release_limit);
}

void Pad::hear(Instant now, loop::CarrierUp const& carrier) {
  if (state_ == State::training) return connect(now, carrier);
  carrier_ = carrier;  // a retrain found another rate
}

void Pad::hear(Instant now, loop::CarrierDown const&) {
  if (state_ == State::training) return finish(now, Clearing::congestion, "training failed");
  if (state_ == State::clearing || state_ == State::draining) return finish(now, ending_, "released");
  if (!timers_.running(Timer::carrier_loss)) timers_.set(Timer::carrier_loss, now + carrier_loss_limit);
}

/// What was on the line meanwhile is lost: the network has reset the call (X.28 3.5.17).
void Pad::hear(Instant, loop::CarrierBack const&) {
  if (!timers_.running(Timer::carrier_loss)) return;
  timers_.cancel(Timer::carrier_loss);
  reset_call();
  signal("RESET NC");
}

void Pad::hear(Instant now, loop::LinkReleased const&) {
  if (state_ == State::clearing || state_ == State::draining) return finish(now, ending_, "released");
  finish(now, Clearing::dte, "link released by the far end");
}

}  // namespace offhook::pad
