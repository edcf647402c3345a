// A call from the number dialled to its end. Who wins a race is decided by the order in which on_loop() and
// the timers reach these functions, and by nothing else.
#include <utility>

#include "emulator/base/check.h"
#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

namespace {

constexpr Duration post_dial_delay = 1s;  // E.721: a local call's mean post-selection delay is at most 3 s
constexpr Duration test_line_answer_delay = 2s;  // one burst of ringing
constexpr Duration shortest_id_gap = 2s;  // GR-30: sent in the first long silence, never in a double ring's
constexpr Duration caller_id_delay = 1s;  // 500 ms after the burst, then its own length
constexpr uint32_t callback_bursts = 10;

enum class Answer : uint8_t { none, voice, carrier };
struct Treatment {
  TestLine line;
  std::optional<loop::Cause> refusal;
  Answer answer;
};
constexpr Treatment treatments[] = {
    {TestLine::echo, std::nullopt, Answer::carrier},
    {TestLine::busy, loop::Cause::user_busy, Answer::none},
    {TestLine::no_answer, std::nullopt, Answer::none},
    {TestLine::voice, std::nullopt, Answer::voice},
    {TestLine::carrier_loss, std::nullopt, Answer::carrier},
    {TestLine::pattern, std::nullopt, Answer::carrier},
    {TestLine::congestion, loop::Cause::no_circuit_available, Answer::none},
    {TestLine::unallocated, loop::Cause::unallocated_number, Answer::none},
    {TestLine::callback, loop::Cause::user_busy, Answer::none},
};
Treatment const& treatment(TestLine line) { return treatments[static_cast<size_t>(line)]; }

}  // namespace

Exchange::Call& Exchange::begin(Party caller, std::string from, std::string to) {
  Call& call = calls_[++last_call_];
  call.id = last_call_;
  call.caller = caller;
  call.from = std::move(from);
  call.to = std::move(to);
  note(call, CallNote::Kind::began);
  return call;
}

void Exchange::route(Instant now, SubscriberId caller, std::string to, Dialled dialled) {
  std::string const& own = plan_.subscribers[caller];
  Call& call = begin(caller, own, std::move(to));
  call.dialled = dialled;
  if (!own.empty()) call.identity = {loop::CallerId::Presentation::given, own, {}, {}};
  enter(now, caller, LoopState::routing);
  subscribers_[caller].call = call.id;
  if (!plan_.realistic) return present(now, call);
  set_due(call, now + post_dial_delay);
}

void Exchange::present(Instant now, Call& call) {
  Target const to = target(call);
  if (auto const* refusal = std::get_if<loop::Cause>(&to)) return end_call(now, call.id, *refusal);
  if (auto const* line = std::get_if<TestLine>(&to)) return present_to_test_line(now, call, *line);
  if (std::holds_alternative<Outside>(to)) return call_out(call);
  hear_ringback(now, call);
  alert(now, call, std::get<SubscriberId>(to));
}

void Exchange::present_to_test_line(Instant now, Call& call, TestLine line) {
  Treatment const& how = treatment(line);
  auto const* caller = std::get_if<SubscriberId>(&call.caller);
  if (line == TestLine::callback && caller != nullptr) subscribers_[*caller].callback = Callback::asked;
  if (how.refusal) return end_call(now, call.id, *how.refusal);
  call.called = line;
  call.state = CallState::alerting;
  // Also before an answer that takes no time: an answer without ringback is glare, and sets may tell them
  // apart.
  hear_ringback(now, call);
  note(call, CallNote::Kind::ringing);
  if (how.answer == Answer::none) {
    if (call.give_up_after == 0) return;
    Cadence const& ring = *cadence(plan_.country, call.pattern);
    return set_due(call, now + ring.end_of_burst(call.give_up_after));
  }
  if (plan_.realistic) return set_due(call, now + test_line_answer_delay);
  test_line_answers(now, call);
}

std::optional<loop::Cause> Exchange::refusal_of(TestLine line) { return treatment(line).refusal; }

/// A caller outside hears what its own exchange gives it.
void Exchange::hear_ringback(Instant now, Call const& call) {
  auto const* caller = std::get_if<SubscriberId>(&call.caller);
  if (caller == nullptr) return;
  enter(now, *caller, LoopState::ringback);
  tell(*caller, loop::Ringback{});
}

void Exchange::test_line_due(Instant now, Call& call) {
  Answer const answer = treatment(std::get<TestLine>(*call.called)).answer;
  if (answer == Answer::none) return end_call(now, call.id, loop::Cause::no_answer);
  test_line_answers(now, call);
}

void Exchange::test_line_answers(Instant now, Call& call) {
  bool const carrier = treatment(std::get<TestLine>(*call.called)).answer == Answer::carrier;
  auto const* caller = std::get_if<SubscriberId>(&call.caller);
  if (carrier || caller == nullptr) return connect(now, call);
  call.state = CallState::voice;
  note(call, CallNote::Kind::answered);
  tell(*caller, loop::Voice{});
}

void Exchange::alert(Instant now, Call& call, SubscriberId called) {
  call.called = called;
  call.state = CallState::alerting;
  call.cadence = cadence(plan_.country, call.pattern);
  call.step = 0;
  call.bursts_here = 0;
  enter(now, called, LoopState::ringing);
  subscribers_[called].call = call.id;
  note(call, CallNote::Kind::ringing);
  ring_on(now, call);
}

void Exchange::ring_on(Instant now, Call& call) {
  SubscriberId const called = std::get<SubscriberId>(*call.called);
  call.phase = RingPhase::burst;
  if (subscribers_[called].wire == Wire::whole) subscribers_[called].ringer = Ringer::sounding;
  tell(called, loop::RingOn{call.pattern});
  set_due(call, now + call.cadence->on_off[call.step]);
}

void Exchange::ring_off(Instant now, Call& call) {
  silence(std::get<SubscriberId>(*call.called));
  ++call.bursts;
  ++call.bursts_here;
  if (call.bursts == call.give_up_after) return end_call(now, call.id, loop::Cause::no_answer);
  if (hunt_on(now, call)) return;
  Duration const gap = call.cadence->on_off[call.step + 1u];
  size_t const steps = call.cadence->on_off.size();
  bool const first_round = call.bursts_here * 2 <= steps;
  call.step = static_cast<uint8_t>((call.step + 2u) % steps);
  bool const identify = first_round && gap >= shortest_id_gap;
  call.phase = identify ? RingPhase::before_id : RingPhase::silence;
  set_due(call, now + (identify ? caller_id_delay : gap));
}

void Exchange::on_call_timeout(Instant now, CallId id) {
  Call& call = calls_.at(id);
  set_due(call, std::nullopt);
  switch (call.phase) {
    case RingPhase::burst:
      return ring_off(now, call);
    case RingPhase::silence:
      return ring_on(now, call);
    case RingPhase::before_id: {
      size_t const steps = call.cadence->on_off.size();
      Duration const gap = call.cadence->on_off[(call.step + steps - 1) % steps];
      tell(std::get<SubscriberId>(*call.called), loop::CallerIdSent{call.identity});
      call.phase = RingPhase::silence;
      return set_due(call, now + gap - caller_id_delay);
    }
    case RingPhase::none:
      break;
  }
  if (call.state == CallState::routing) return present(now, call);
  if (call.called == Party(Outside{})) return end_call(now, id, loop::Cause::no_answer);
  test_line_due(now, call);
}

void Exchange::connect(Instant now, Call& call) {
  set_due(call, std::nullopt);
  call.phase = RingPhase::none;
  call.state = CallState::connected;
  remember_answer(call);
  Party const parties[] = {call.caller, *call.called};
  for (Party const& party : parties)
    if (auto const* id = std::get_if<SubscriberId>(&party)) silence(*id);
  note(call, CallNote::Kind::answered);
  actions_.push_back(Connect{call.id, call.caller, *call.called});
  for (Party const& party : parties) {
    if (auto const* id = std::get_if<SubscriberId>(&party)) {
      enter(now, *id, LoopState::connected);
      tell(*id, loop::Answered{});
    }
  }
}

void Exchange::end_call(Instant now, CallId id, loop::Cause cause, std::optional<SubscriberId> left) {
  auto node = calls_.extract(id);
  OFFHOOK_CHECK(!node.empty());
  Call& call = node.mapped();
  set_due(call, std::nullopt);
  note(call, CallNote::Kind::ended, cause);
  bool const outside = std::holds_alternative<Outside>(call.caller) || call.called == Party(Outside{});
  if (outside || call.state == CallState::connected) actions_.push_back(Disconnect{id, cause});
  if (auto const* caller = std::get_if<SubscriberId>(&call.caller))
    release_party(now, *caller, call, cause, left);
  if (!call.called) return;
  if (auto const* called = std::get_if<SubscriberId>(&*call.called))
    release_party(now, *called, call, cause, left);
}

/// One who left is on-hook. One who waited is told why; one who was connected hears the far end's carrier go.
void Exchange::release_party(Instant now, SubscriberId id, Call const& call, loop::Cause cause,
                             std::optional<SubscriberId> left) {
  Subscriber& s = subscribers_[id];
  s.call = 0;
  if (s.state == LoopState::ringing) {
    silence(id);
    return enter(now, id, LoopState::on_hook);
  }
  if (left == id)
    return enter(now, id, plan_.rest > Duration::zero() ? LoopState::resting : LoopState::on_hook);
  if (s.hook == Hook::on) return enter(now, id, LoopState::on_hook);  // the operator held its line
  enter(now, id, LoopState::parked);
  if (call.state != CallState::connected) tell(id, loop::Cleared{cause});
}

void Exchange::clear_call(Instant now, CallId call) {
  on_timeout(now);
  if (calls_.contains(call)) end_call(now, call, loop::Cause::normal_clearing);
}

/// A call that the operator or a test line makes, to a subscriber that is on-hook.
CallId Exchange::begin_ordered(Instant now, RingOrder const& order) {
  bool const given = order.from.presentation == loop::CallerId::Presentation::given;
  Call& call = begin(order.caller, given ? order.from.number : "", plan_.subscribers[order.to]);
  CallId const id = call.id;
  call.identity = order.from;
  call.pattern = order.pattern;
  call.give_up_after = order.rings;
  if (auto const* caller = std::get_if<SubscriberId>(&order.caller)) {
    enter(now, *caller, LoopState::ringback);
    subscribers_[*caller].call = id;
  }
  alert(now, call, order.to);
  return id;
}

void Exchange::on_callback(Instant now, SubscriberId id) {
  Subscriber& s = subscribers_[id];
  if (s.state == LoopState::resting) return timers_.set(s.callback_due, {TimerOwner::callback, id}, s.due);
  timers_.set(s.callback_due, {TimerOwner::callback, id}, std::nullopt);
  s.callback = Callback::none;
  if (s.state != LoopState::on_hook) return;  // the called-back line is busy: no second try
  RingOrder order{id, {}, callback_bursts, 0, TestLine::callback};
  for (auto const& [number, line] : plan_.test_lines)
    if (line == TestLine::callback) order.from = {loop::CallerId::Presentation::given, number, {}, {}};
  begin_ordered(now, order);
}

void Exchange::set_due(Call& call, std::optional<Instant> at) {
  timers_.set(call.due, {TimerOwner::call, call.id}, at);
}

void Exchange::note(Call const& call, CallNote::Kind kind, loop::Cause cause) {
  actions_.push_back(CallNote{call.id, kind, call.from, call.to, cause});
}

}  // namespace offhook::exchange
