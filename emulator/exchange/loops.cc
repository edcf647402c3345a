// A subscriber's loop: what its set may do in each state, and where that leads.
#include <string_view>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

namespace {

constexpr size_t longest_number = 32;  // E.164 allows 15; prefixes and codes need more
constexpr std::string_view digit_characters = "0123456789*#ABCD";

constexpr Duration dial_tone_delay = 400ms;  // Q.543: the mean at reference load A
constexpr Duration first_digit_limit = 30s;  // then the howler: the line is parked
constexpr Duration next_digit_limit = 10s;   // then the number is taken as it stands
constexpr Duration callback_delay = 2s;

constexpr uint16_t bit(LoopState state) { return static_cast<uint16_t>(1u << static_cast<unsigned>(state)); }

constexpr std::pair<LoopState, std::string_view> state_names[] = {
    {LoopState::on_hook, "on_hook"}, {LoopState::resting, "resting"},     {LoopState::ringing, "ringing"},
    {LoopState::seized, "seized"},   {LoopState::dial_tone, "dial_tone"}, {LoopState::dialling, "dialling"},
    {LoopState::routing, "routing"}, {LoopState::ringback, "ringback"},   {LoopState::connected, "connected"},
    {LoopState::parked, "parked"},
};

}  // namespace

std::string_view name(LoopState state) { return state_names[static_cast<size_t>(state)].second; }

/// Null: the act goes unheard in this state. Columns are loop::Act's first alternatives, in its order.
struct Exchange::StateRow {
  LoopState state;
  uint16_t next;
  std::array<Handler, 6> on;  // GoOffHook, GoOnHook, Flash, Digits, DialEnd, DialAddress
};

Exchange::StateRow const& Exchange::row(LoopState state) {
  using enum LoopState;
  using X = Exchange;
  static constexpr uint16_t hung_up = bit(on_hook) | bit(resting);
  static constexpr StateRow rows[] = {
      {on_hook, bit(seized) | bit(ringing) | bit(ringback), {&X::seize}},
      {resting, bit(on_hook) | bit(seized), {&X::seize}},
      {ringing, bit(connected) | bit(on_hook), {&X::answer}},
      {seized, bit(dial_tone) | bit(parked) | hung_up, {nullptr, &X::hang_up, &X::flash}},
      {dial_tone,
       bit(seized) | bit(dialling) | bit(routing) | bit(parked) | hung_up,
       {nullptr, &X::hang_up, &X::flash, &X::dial, nullptr, &X::dial_address}},
      {dialling,
       bit(dialling) | bit(routing) | bit(seized) | hung_up,
       {nullptr, &X::hang_up, &X::flash, &X::dial, &X::end_dialling, nullptr}},
      {routing, bit(ringback) | bit(parked) | bit(seized) | hung_up, {nullptr, &X::hang_up, &X::flash}},
      {ringback, bit(connected) | bit(parked) | bit(seized) | hung_up, {nullptr, &X::hang_up, &X::flash}},
      {connected, bit(parked) | hung_up, {nullptr, &X::hang_up}},
      {parked, bit(seized) | hung_up, {nullptr, &X::hang_up, &X::flash}},
  };
  return rows[static_cast<size_t>(state)];
}

Duration Exchange::limit(LoopState state) const {
  switch (state) {
    case LoopState::resting:
      return plan_.rest;
    case LoopState::seized:
      return dial_tone_delay;
    case LoopState::dial_tone:
      return first_digit_limit;
    case LoopState::dialling:
      return next_digit_limit;
    default:
      return Duration::zero();
  }
}

void Exchange::enter(Instant now, SubscriberId id, LoopState next) {
  Subscriber& s = subscribers_[id];
  OFFHOOK_CHECK((row(s.state).next & bit(next)) != 0);
  s.state = next;
  if (next != LoopState::dialling) s.digits.clear();
  Duration const time = limit(next);
  auto const due = time == Duration::zero() ? std::nullopt : std::optional(now + time);
  timers_.set(s.due, {TimerOwner::loop, id}, due);
}

void Exchange::on_loop(Instant now, SubscriberId from, loop::Act const& act) {
  // What fell due by now happened first. This is what decides every race: the caller who gives up at the end
  // of a burst against the set that answers at that very moment, two callers for one line, abort against
  // answer.
  on_timeout(now);
  OFFHOOK_CHECK(from < subscribers_.size());
  Subscriber& s = subscribers_[from];
  if (std::holds_alternative<loop::GoOffHook>(act)) s.hook = Hook::off;
  if (std::holds_alternative<loop::GoOnHook>(act)) s.hook = Hook::on;
  auto const& on = row(s.state).on;
  if (s.wire == Wire::cut || act.index() >= on.size() || on[act.index()] == nullptr) return;
  (this->*on[act.index()])(now, from, act);
}

void Exchange::on_loop_cut(Instant now, SubscriberId subscriber, bool cut) {
  on_timeout(now);
  Subscriber& s = subscribers_.at(subscriber);
  if (cut == (s.wire == Wire::cut)) return;
  if (cut) {
    silence(subscriber);
    // Where it rings, the caller goes on hearing ringback.
    if (Handler const on_hook = row(s.state).on[1]) (this->*on_hook)(now, subscriber, loop::GoOnHook{});
    s.wire = Wire::cut;
    return;
  }
  s.wire = Wire::whole;
  if (s.hook == Hook::off) on_loop(now, subscriber, loop::GoOffHook{});
}

void Exchange::seize(Instant now, SubscriberId id, loop::Act const&) {
  enter(now, id, LoopState::seized);
  if (subscribers_[id].forced == Forced::no_dialtone) return enter(now, id, LoopState::parked);
  if (!plan_.realistic) give_dial_tone(now, id);
}

void Exchange::give_dial_tone(Instant now, SubscriberId id) {
  enter(now, id, LoopState::dial_tone);
  tell(id, loop::DialTone{});
}

void Exchange::hang_up(Instant now, SubscriberId id, loop::Act const&) {
  Subscriber& s = subscribers_[id];
  if (s.call != 0) {
    end_call(now, s.call, loop::Cause::normal_clearing, id);
  } else {
    enter(now, id, plan_.rest > Duration::zero() ? LoopState::resting : LoopState::on_hook);
  }
  if (s.callback != Callback::asked) return;
  s.callback = Callback::due;
  timers_.set(s.callback_due, {TimerOwner::callback, id}, now + callback_delay);
}

/// Register recall: whatever was tried is forgotten. A connected call stays, since no second one can be added
/// to it.
void Exchange::flash(Instant now, SubscriberId id, loop::Act const& act) {
  Subscriber& s = subscribers_[id];
  if (s.call != 0) end_call(now, s.call, loop::Cause::normal_clearing, id);
  if (s.state == LoopState::seized) return;
  seize(now, id, act);
}

void Exchange::dial(Instant now, SubscriberId id, loop::Act const& act) {
  Subscriber& s = subscribers_[id];
  for (char digit : std::get<loop::Digits>(act).digits) {
    if (digit_characters.find(digit) == std::string_view::npos) continue;
    enter(now, id, LoopState::dialling);
    s.digits.push_back(digit);
    // What follows a complete number is heard by nobody but the far end.
    if (is_complete(s.digits) || s.digits.size() == longest_number) return route(now, id, s.digits);
  }
}

void Exchange::end_dialling(Instant now, SubscriberId id, loop::Act const&) {
  route(now, id, subscribers_[id].digits);
}

void Exchange::dial_address(Instant now, SubscriberId id, loop::Act const& act) {
  route(now, id, std::get<loop::DialAddress>(act).address, Dialled::address);
}

void Exchange::answer(Instant now, SubscriberId id, loop::Act const&) {
  connect(now, calls_.at(subscribers_[id].call));
}

void Exchange::on_loop_timeout(Instant now, SubscriberId id) {
  switch (subscribers_[id].state) {
    case LoopState::resting:
      return enter(now, id, LoopState::on_hook);
    case LoopState::seized:
      return give_dial_tone(now, id);
    case LoopState::dial_tone:
      return enter(now, id, LoopState::parked);
    case LoopState::dialling:
      return route(now, id, subscribers_[id].digits);
    default:
      OFFHOOK_CHECK(false && "a loop timer ran in a state that has none");
  }
}

void Exchange::tell(SubscriberId to, loop::Event event) {
  if (subscribers_[to].wire == Wire::whole) actions_.push_back(Tell{to, std::move(event)});
}

/// Ringing current stops, where the set heard it start.
void Exchange::silence(SubscriberId id) {
  if (std::exchange(subscribers_[id].ringer, Ringer::silent) == Ringer::sounding) tell(id, loop::RingOff{});
}

}  // namespace offhook::exchange
