// A call from off-hook to on-hook: dialling, answering, the carrier, hanging up.
#include <algorithm>
#include <array>
#include <utility>

#include "emulator/hayes/carrier_offer.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/modem.h"

namespace offhook::hayes {
namespace {

using v24::Circuit;

constexpr Duration dial_tone_limit = 5s;  // X2, X4: manufacturers' choice; W waits for S7
constexpr Duration short_pause = 125ms;   // '/'
constexpr Duration pulse_period = 100ms;  // ten pulses a second
constexpr Duration pulse_gap = 800ms;
constexpr Duration flash_time = 500ms;  // 6.3.1.6

Duration signalling_time(char digit, bool pulse, uint8_t s11) {
  if (!pulse) return s11 * Duration(2ms);  // S11 on, S11 off
  int const pulses = digit == '0' ? 10 : digit >= '1' && digit <= '9' ? digit - '0' : 0;
  return pulses * pulse_period + pulse_gap;
}

}  // namespace

/// What the DTE hears of an ending, and whether before or after 109 falls. ATH's OK comes after 109 OFF; NO
/// CARRIER comes before, or a program that the fall hangs up could never read it.
struct Modem::EndingRow {
  Ending ending;
  ResultCode code;
  enum class Said : uint8_t { before, after, by_the_line } said;
};

// ---- dialling
// -------------------------------------------------------------------------------------------------

void Modem::start_dialling(Instant now, DialString dial) {
  dial_ = std::move(dial);
  dial_step_ = dial_digit_ = 0;
  dial_phase_ = DialPhase::steps;
  role_ = Role::originate;
  line_ended_ = now;
  bool const rung = circuits_.on(Circuit::ri) || timers_.running(Timer::ring_gap);
  present(Circuit::ri, false);
  if (state_ == State::command) act(loop::GoOffHook{});
  enter(now, State::dialling, "dial" + (dial_.steps.empty() ? "" : " " + dial_.steps.front().text));
  uint8_t const x = settings_.value<0, 'X'>();
  bool const first_is_w = !dial_.steps.empty() && dial_.steps.front().kind == DialStep::Kind::dial_tone;
  if (dial_.steps.empty() || first_is_w || tone_ != Tone::silence) return run_dial_steps(now);
  if (detects_dial_tone(x)) {
    wait_for_dial_tone(now, dial_tone_limit);
  } else if (options_.pace == Pace::realistic || rung) {  // a line that may be ringing takes S6 to show glare
    timers_.set(Timer::dial_step, now + settings_.s<6>() * Duration(1s));
  } else {
    run_dial_steps(now);
  }
}

/// False where it was heard already.
bool Modem::wait_for_dial_tone(Instant now, Duration limit) {
  if (tone_ == Tone::dial_tone) return false;
  dial_phase_ = DialPhase::dial_tone;
  timers_.set(Timer::dial_tone, now + limit);
  return true;
}

void Modem::run_dial_steps(Instant now) {
  dial_phase_ = DialPhase::steps;
  while (dial_step_ < dial_.steps.size())
    if (run_dial_step(now, dial_.steps[dial_step_])) return;
  dialled(now);
}

/// True where the step takes time; it is then done when its timer fires or its tone is heard.
bool Modem::run_dial_step(Instant now, DialStep const& step) {
  using Kind = DialStep::Kind;
  auto const pause = [&](Duration length) {
    ++dial_step_;
    if (length > 0s) timers_.set(Timer::dial_step, now + length);
    return length > 0s;
  };
  bool const realistic = options_.pace == Pace::realistic;
  switch (step.kind) {
    case Kind::digits:
      return signal_digits(now, step);
    case Kind::pause:
      return pause(settings_.s<8>() * Duration(1s));
    case Kind::short_pause:
      return pause(short_pause);
    case Kind::bong:
      return pause(0s);  // no exchange here asks for a calling card
    case Kind::flash:
      act(loop::Flash{});
      tone_ = Tone::silence;
      return pause(realistic ? flash_time : 0s);
    case Kind::address:
      act(loop::DialAddress{step.text});
      tone_ = Tone::dialled;
      return pause(0s);
    case Kind::dial_tone:
      ++dial_step_;
      return wait_for_dial_tone(now, settings_.s<7>() * Duration(1s));
    case Kind::quiet_answer:
      ++dial_step_;
      if (tone_ == Tone::answered || tone_ == Tone::voice) return false;
      act(loop::DialEnd{});
      dial_phase_ = DialPhase::quiet_answer;
      timers_.set(Timer::completion, now + settings_.s<7>() * Duration(1s));
      return true;
  }
  return false;
}

bool Modem::signal_digits(Instant now, DialStep const& step) {
  if (tone_ != Tone::answered) tone_ = Tone::dialled;
  if (options_.pace == Pace::instant) {
    ++dial_step_;
    act(loop::Digits{step.text, step.pulse});
    return false;
  }
  char const digit = step.text[dial_digit_++];
  act(loop::Digits{std::string(1, digit), step.pulse});
  timers_.set(Timer::dial_step, now + signalling_time(digit, step.pulse, settings_.s<11>()));
  if (dial_digit_ == step.text.size()) {
    dial_digit_ = 0;
    ++dial_step_;
  }
  return true;
}

void Modem::dialled(Instant now) {
  if (dial_.more) {
    dial_ = {};
    enter(now, State::off_hook, "dial string ends with ;");
    return run_line(now);
  }
  bool const number = tone_ == Tone::dialled || tone_ == Tone::ringback;
  bool const ended = std::ranges::any_of(dial_.steps, [](DialStep const& step) {
    return step.kind == DialStep::Kind::address || step.kind == DialStep::Kind::quiet_answer;
  });
  if (number && !ended) act(loop::DialEnd{});
  await_carrier(now, "dialled");
  // With nobody dialled the far end is taken to be there already: two modems back to back (6.3.1).
  if (!number && tone_ != Tone::voice) start_carrier();
}

// ---- answering, and the carrier
// -------------------------------------------------------------------------------

void Modem::answer(Instant now, std::string_view why) {
  if (state_ == State::command) act(loop::GoOffHook{});
  role_ = Role::answer;
  settings_.s<1>() = 0;  // what comes next is another call's first ring
  dial_ = {};
  line_ended_ = now;
  present(Circuit::ri, false);
  await_carrier(now, why);
  if (tone_ == Tone::answered) start_carrier();
}

/// 6.3.8. A half-entered line has the modem first: the next ring after it asks again.
void Modem::answer_if_rung_enough(Instant now) {
  uint8_t const wanted = settings_.s<0>();
  if (wanted == 0 || settings_.s<1>() < wanted || line_.entering() || !auto_answer_allowed()) return;
  answer(now, "S0 rings");
}

/// The exchange's operator made a call on this line and it was answered: it is the modem's to originate.
void Modem::taken_off_hook(Instant now) {
  if (!auto_answer_allowed()) return note("{command} answered, but DTR is off");
  act(loop::GoOffHook{});
  role_ = Role::originate;
  dial_ = {};
  line_ended_ = now;
  await_carrier(now, "answered");
  start_carrier();
}

void Modem::await_carrier(Instant now, std::string_view why) {
  enter(now, State::awaiting_carrier, why);
  timers_.set(Timer::completion, now + settings_.s<7>() * Duration(1s));
}

void Modem::start_carrier() {
  tone_ = Tone::answered;
  act(carrier_offer(*family_, settings_, role_ == Role::originate && !dial_.answer_mode));
}

void Modem::connect(Instant now, loop::CarrierUp const& carrier) {
  carrier_ = carrier;
  settings_.s<86>() = 0;
  dial_ = {};
  line_.abandon();
  bool const quiet = settings_.value<0, 'Q'>() == 2 && role_ == Role::answer;
  if (!quiet) {
    to_dte(connect_reports(*family_, settings_, carrier, dte_rate()));
    to_dte(connect_result(*family_, settings_, carrier, dte_rate()));
  }
  enter(now, State::online_data, loop::describe(carrier));
  present_circuits();
}

/// S10 runs until the carrier has been back for S9: a short S10 never lets it be believed.
void Modem::lose_carrier(Instant now) {
  timers_.cancel(Timer::carrier_back);
  uint8_t const s10 = settings_.s<10>();
  if (s10 != 255 && !timers_.running(Timer::carrier_loss))
    timers_.set(Timer::carrier_loss, now + s10 * Duration(100ms));
}

// ---- hanging up
// -----------------------------------------------------------------------------------------------

/// With error control in use the link is released first, so that what was accepted is delivered (V.42 8.3),
/// for S38 at the most. Where DTR fell, it is sent in any case, if the far end takes it (V.250 6.2.9): a
/// program that has closed its port cannot wait for it.
void Modem::hang_up(Instant now, Ending ending, std::string_view why) {
  bool const call = state_ == State::online_data || state_ == State::online_command;
  bool const dtr_fell = !circuits_.on(Circuit::dtr) && (ending == Ending::dtr || ending == Ending::reset);
  bool const sends = call && carrier_ && !timers_.running(Timer::carrier_loss) &&
                     ending != Ending::no_carrier &&
                     (dtr_fell || carrier_->error_control != loop::ErrorControl::none);
  uint8_t const s38 = settings_.s<38>();
  if (!sends || s38 == 0) return finish(now, ending, why);
  ending_ = ending;
  act(loop::StopCarrier{true});
  enter(now, State::releasing, why);
  if (s38 != 255) timers_.set(Timer::release, now + s38 * Duration(1s));
  present_circuits();
}

void Modem::finish(Instant now, Ending ending, std::string_view why) {
  using Said = EndingRow::Said;
  static constexpr std::array<EndingRow, 8> endings{{
      {Ending::rest_of_line, ResultCode::ok, Said::by_the_line},
      {Ending::reset, ResultCode::ok, Said::after},
      {Ending::dtr, ResultCode::ok, Said::after},
      {Ending::no_carrier, ResultCode::no_carrier, Said::before},
      {Ending::no_answer, ResultCode::no_answer, Said::before},
      {Ending::busy, ResultCode::busy, Said::before},
      {Ending::no_dialtone, ResultCode::no_dialtone, Said::before},
      {Ending::voice, ResultCode::voice, Said::before},
  }};
  EndingRow const& row = endings[static_cast<size_t>(ending)];
  act(loop::GoOnHook{});
  if (row.said == Said::before) say(row.code);
  carrier_.reset();
  dial_ = {};
  tone_ = Tone::silence;
  enter(now, State::command, why);
  if (ending == Ending::reset) load_profile(reset_to_);
  present_circuits();
  if (row.said == Said::after) say(row.code);
  role_ = Role::originate;
  if (row.said == Said::by_the_line) run_line(now);
}

Modem::Ending Modem::ending_of(ResultCode code) {
  switch (code) {
    case ResultCode::busy:
      return Ending::busy;
    case ResultCode::no_answer:
      return Ending::no_answer;
    case ResultCode::no_dialtone:
      return Ending::no_dialtone;
    case ResultCode::voice:
      return Ending::voice;
    default:
      return Ending::no_carrier;
  }
}

Heard Modem::heard() const {
  return {.ringback = tone_ == Tone::ringback,
          .quiet = state_ == State::dialling && dial_phase_ == DialPhase::quiet_answer};
}

}  // namespace offhook::hayes
