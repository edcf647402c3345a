// What the exchange and the line say on the loop, and what that means in each state.
#include <utility>

#include "emulator/hayes/family.h"
#include "emulator/hayes/modem.h"

namespace offhook::hayes {
namespace {

using v24::Circuit;

constexpr Duration ring_gap_limit = 8s;        // 6.3.9: S1 is cleared after eight seconds without a ring
constexpr Duration quiet_answer_silence = 5s;  // 6.3.1.9

}  // namespace

void Modem::hear(Instant now, loop::DialTone const&) {
  bool const awaited = state_ == State::dialling && dial_phase_ == DialPhase::dial_tone;
  if (tone_ == Tone::silence) tone_ = Tone::dial_tone;
  if (!awaited) return;
  timers_.cancel(Timer::dial_tone);
  run_dial_steps(now);
}

void Modem::hear(Instant now, loop::RingOn const& ring) {
  present(Circuit::ri, true);
  timers_.cancel(Timer::ring_gap);
  if (uint8_t& rings = settings_.s<1>(); rings < 255) ++rings;
  if (!line_.entering()) to_dte(ring_result(*family_, settings_, ring.pattern));
  answer_if_rung_enough(now);
}

void Modem::hear(Instant now, loop::RingOff const&) {
  present(Circuit::ri, false);
  timers_.set(Timer::ring_gap, now + ring_gap_limit);
}

void Modem::hear(Instant, loop::CallerIdSent const& sent) {
  caller_ = sent.id;
  uint32_t const form = settings_.parameter(Parameter::vcid);
  if (form != 0 && !line_.entering()) report_caller(form - 1);
}

void Modem::hear(Instant, loop::Ringback const&) {
  if (tone_ == Tone::answered) return;
  tone_ = Tone::ringback;
  if (settings_.value<0, 'X'>() >= family_->ringing_x) say(ResultCode::ringing);
}

void Modem::hear(Instant now, loop::Voice const&) {
  tone_ = Tone::voice;
  bool const told = settings_.value<0, 'X'>() >= family_->voice_x && settings_.value<0, 'X'>() < 7;
  if (told && state_ != State::off_hook) return hang_up(now, Ending::voice, "voice");
  if (state_ == State::dialling && dial_phase_ == DialPhase::quiet_answer) hear(now, loop::Answered{});
}

void Modem::hear(Instant now, loop::Answered const&) {
  if (state_ == State::command) return taken_off_hook(now);
  bool const again = tone_ == Tone::answered;
  Tone const before = std::exchange(tone_, tone_ == Tone::voice ? Tone::voice : Tone::answered);
  if (state_ == State::awaiting_carrier && !again) return start_carrier();
  if (state_ != State::dialling) return;
  if (dial_phase_ == DialPhase::quiet_answer) {
    if (options_.pace == Pace::realistic) {
      dial_phase_ = DialPhase::steps;
      timers_.cancel(Timer::completion);
      timers_.set(Timer::dial_step, now + quiet_answer_silence);
      return;
    }
    timers_.cancel(Timer::completion);
    return run_dial_steps(now);
  }
  // Glare: a caller's ring was answered by going off-hook to dial.
  if (before == Tone::silence || before == Tone::dial_tone) {
    bool const listened = dial_phase_ == DialPhase::dial_tone;
    hang_up(now, listened ? Ending::no_dialtone : Ending::no_carrier, "glare");
  }
}

void Modem::hear(Instant now, loop::Cleared const& cleared) {
  switch (state_) {
    case State::releasing:
      return finish(now, ending_, "released");
    case State::online_data:
    case State::online_command:
      // Received data may still be on its way: S10's time is for that too. 255 waits for a carrier, not for a
      // call.
      lose_carrier(now);
      if (settings_.s<10>() == 255) hang_up(now, Ending::no_carrier, loop::describe(cleared));
      return;
    case State::off_hook:
      tone_ = Tone::silence;
      return;
    default:
      break;
  }
  auto const [waits, code] = result_of(*family_, settings_.value<0, 'X'>(), cleared.cause, heard());
  if (!waits) return hang_up(now, ending_of(code), loop::describe(cleared));
}

void Modem::hear(Instant now, loop::CarrierUp const& carrier) {
  if (state_ == State::awaiting_carrier) return connect(now, carrier);
  carrier_ = carrier;  // a retrain found another rate
}

void Modem::hear(Instant now, loop::CarrierDown const&) {
  if (state_ == State::releasing) return finish(now, ending_, "released");
  if (state_ == State::awaiting_carrier) return hang_up(now, Ending::no_carrier, "training failed");
  lose_carrier(now);
}

void Modem::hear(Instant now, loop::CarrierBack const&) {
  if (timers_.running(Timer::carrier_loss))
    timers_.set(Timer::carrier_back, now + settings_.s<9>() * Duration(100ms));
}

void Modem::hear(Instant now, loop::LinkReleased const&) {
  if (state_ == State::releasing) return finish(now, ending_, "released");
  settings_.s<86>() = 12;
  hang_up(now, Ending::no_carrier, "link released by the far end");
}

}  // namespace offhook::hayes
