// What is said, in which order, and how long an answer is waited for.
#include "rasd/at/dialogue.h"

#include <algorithm>
#include <iterator>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "rasd/at/dialogue_tables.h"

namespace offhook::at {
namespace {

constexpr Duration settle_time = 300ms;
/// The OK that ends an escape comes a guard time after it, and a little later.
constexpr Duration escape_answer = 400ms;
/// An answer that is so late does not come any more.
constexpr Duration debt_limit = 10s;
constexpr unsigned most_owed = 8;

}  // namespace

Dialogue::StateRow const& Dialogue::row(State state) {
  using enum State;
  static constexpr StateRow rows[] = {
      {idle, "idle", bits(idle, guarding, awaiting, line_end), bits(Timer::ring_gap)},
      {guarding, "guarding", bits(idle, guarding, awaiting, line_end), bits(Timer::ring_gap, Timer::guard)},
      {awaiting, "awaiting", bits(idle, guarding, awaiting, aborting, settling, line_end),
       bits(Timer::ring_gap, Timer::answer)},
      {aborting, "aborting", bits(idle, settling, line_end), bits(Timer::ring_gap, Timer::answer)},
      {settling, "settling", bits(idle, guarding, awaiting, settling, line_end),
       bits(Timer::ring_gap, Timer::settle)},
      {line_end, "line_end", bits(idle), bits(Timer::ring_gap, Timer::line_end)},
  };
  return rows[static_cast<size_t>(state)];
}

Dialogue::StepRow const& Dialogue::row(StepKind kind) {
  using enum Outcome;
  static constexpr unsigned failures =
      bits(busy, voice, no_answer, no_carrier, no_dialtone, refused, delayed, unobtainable, barred, congested,
           cleared, out_of_order, incompatible);
  static constexpr StepRow rows[] = {
      // What ERROR says to AT is that a command was half typed: it is not any more.
      {StepKind::attention, 3, bits(ok), bits(unexpected), bits(refused)},
      {StepKind::command, 2, bits(ok), bits(refused, unexpected), 0},
      {StepKind::request, 2, bits(ok, refused, unexpected), 0, 0},
      {StepKind::escape, 1, bits(ok), 0, 0},
      // Whatever it says of the call, it listens again.
      {StepKind::hangup, 2, bits(ok) | failures, 0, 0},
      {StepKind::answer, 1, 0, failures, 0},
      {StepKind::dial, 1, 0, failures, 0},
  };
  return rows[static_cast<size_t>(kind)];
}

std::string_view name(Task task) {
  constexpr std::string_view names[] = {"attention", "initialise", "hang_up", "answer", "dial"};
  return names[static_cast<size_t>(task)];
}
std::string_view name(State state) { return Dialogue::row(state).name; }

Dialogue::Dialogue(Script script) : script_(std::move(script)) {}

void Dialogue::enter(State next) {
  OFFHOOK_CHECK(has(row(state_).next, next));
  state_ = next;
  for (unsigned i = 0; i < static_cast<unsigned>(Timer::count_); ++i)
    if (!has(row(next).timers, i)) timers_.cancel(static_cast<Timer>(i));
}

std::optional<Action> Dialogue::poll_action() {
  if (next_action_ == actions_.size()) {
    actions_.clear();
    next_action_ = 0;
    return std::nullopt;
  }
  return std::move(actions_[next_action_++]);
}

bool Dialogue::calling() const {
  return step() && (step()->kind == StepKind::answer || step()->kind == StepKind::dial);
}

// ---- orders

void Dialogue::start(Instant now, Task task, std::string_view number) {
  if (state_ == State::awaiting && !calling()) owed_ = std::min(owed_ + 1, most_owed);
  if (state_ == State::awaiting && calling()) abort_call();
  if (state_ == State::aborting) owed_ = 1;
  if (now - last_said_ > debt_limit) owed_ = 0;
  enter(State::idle);
  task_ = task;
  steps_.clear();
  step_ = 0;
  last_text_.clear();
  if (task == Task::answer && std::exchange(carrier_, false)) return end(Outcome::connect);
  carrier_ = false;
  connection_ = {};
  auto const add = [this](StepKind kind, std::string const& text) {
    if (!text.empty()) steps_.push_back({kind, text});
  };
  if (task == Task::attention || task == Task::initialise) add(StepKind::attention, script_.attention);
  if (task == Task::initialise)
    for (auto const& command : script_.init) add(StepKind::command, command);
  if (task == Task::initialise)
    for (auto const& request : script_.requests) add(StepKind::request, request);
  if (task == Task::hang_up) {
    add(StepKind::escape, script_.escape);
    add(StepKind::hangup, script_.hangup);
  }
  // A device that answers by itself is told nothing, but its CONNECT may still be under way.
  if (task == Task::answer) steps_.push_back({StepKind::answer, script_.answer});
  if (task == Task::dial) {
    auto const command = dial_command(script_, number);
    if (!command) last_text_ = command.error().message;
    if (!command) return end(Outcome::refused);
    add(StepKind::dial, *command);
  }
  begin_step(now);
}

void Dialogue::cancel(Instant) {
  if (!busy()) return;
  if (state_ == State::awaiting && calling())
    abort_call();
  else if (state_ == State::awaiting || state_ == State::aborting)
    owed_ = std::min(owed_ + 1, most_owed);
  end(Outcome::cancelled);
}

void Dialogue::forget() { *this = Dialogue(std::move(script_)); }

// ---- step by step

void Dialogue::begin_step(Instant now) {
  attempt_ = 0;
  seen_ = {};
  if (!step()) return end(Outcome::ok);  // without anything to say all is well
  last_text_.clear();
  if (step()->kind != StepKind::escape) return say(now);
  enter(State::guarding);
  timers_.set(Timer::guard, now + script_.guard);
}

void Dialogue::say(Instant now) {
  ++attempt_;
  last_said_ = now;
  if (!step()->text.empty()) emit(Send{step()->text + script_.terminator});
  enter(State::awaiting);
  timers_.set(Timer::answer, now + patience());
  if (task_ != Task::answer || !script_.answer_connects) return;
  enter(State::line_end);
  connected(now);
}

Duration Dialogue::patience() const {
  switch (step()->kind) {
    case StepKind::attention:
      return script_.attention_timeout;
    case StepKind::dial:
      return script_.dial_timeout;
    case StepKind::answer:
      return script_.answer_timeout;
    default:
      return script_.command_timeout;
  }
}

void Dialogue::next_step(Instant now) {
  ++step_;
  if (!step()) return end(Outcome::ok);
  begin_step(now);
}

void Dialogue::answered(Instant now, Outcome outcome) {
  if (state_ == State::aborting && outcome == Outcome::ok) outcome = Outcome::no_carrier;
  auto const& rules = row(step()->kind);
  if (!has(rules.done | rules.ends | rules.again, outcome)) return;
  // It may be the answer to an earlier command.
  if (owed_ > 0) {
    --owed_;
    candidate_ = outcome;
    enter(State::settling);
    timers_.set(Timer::settle, now + settle_time);
    return;
  }
  act_on(now, outcome);
}

void Dialogue::act_on(Instant now, Outcome outcome) {
  auto const& rules = row(step()->kind);
  if (has(rules.done, outcome)) return next_step(now);
  if (has(rules.again, outcome) && attempt_ < rules.attempts) return say(now);
  end(outcome);
}

void Dialogue::end(Outcome outcome) {
  Ended ended{task_, outcome, escaped(last_text_), {}};
  if (outcome == Outcome::refused && step()) ended.text += " (to " + escaped(step()->text) + ")";
  if (outcome == Outcome::connect) ended.connection = connection_;
  steps_.clear();
  step_ = 0;
  enter(State::idle);
  emit(std::move(ended));
}

/// The caller gave up before the answer, or nobody there sends a carrier. A modem would keep the line busy
/// for all of S7 (50 s and more, for the sake of calls that are dialled).
void Dialogue::abort_answer(Instant now) {
  emit(Send{script_.terminator});
  enter(State::aborting);
  timers_.set(Timer::answer, now + script_.command_timeout);
}

/// A character ends the dialling or answering (V.250 5.6.1); its NO CARRIER or OK is still to come.
void Dialogue::abort_call() {
  if (step()->text.empty()) return;
  if (script_.kind == Kind::modem) emit(Send{script_.terminator});
  owed_ = 1;
}

// ---- time

void Dialogue::on_timeout(Instant now) {
  while (auto const timer = timers_.take_due(now)) fire(now, *timer);
}

void Dialogue::fire(Instant now, Timer timer) {
  switch (timer) {
    case Timer::guard:
      return silence_kept(now);
    case Timer::answer:
      return give_up(now);
    case Timer::settle:
      owed_ = 0;
      return act_on(now, candidate_);
    case Timer::line_end:
      return connected(now);
    case Timer::ring_gap:
      caller_ = {};
      return;
    case Timer::count_:
      return;
  }
}

/// Once before the escape, once after it.
void Dialogue::silence_kept(Instant now) {
  if (attempt_ != 0) return next_step(now);
  ++attempt_;
  emit(Send{step()->text});
  enter(State::guarding);
  timers_.set(Timer::guard, now + script_.guard + escape_answer);
}

void Dialogue::give_up(Instant now) {
  if (step()->text.empty()) return end(Outcome::no_carrier);  // nothing was asked for
  bool const answers = step()->kind == StepKind::answer && script_.kind == Kind::modem;
  if (answers && state_ == State::awaiting) return abort_answer(now);
  owed_ = std::min(owed_ + 1, most_owed);
  if (attempt_ < row(step()->kind).attempts) return say(now);
  if (auto const partial = trimmed(reader_.partial()); !partial.empty()) {
    (is_echo(partial) ? seen_.echo : seen_.other) = true;
    last_text_ = partial;
  }
  bool const dialled = calling() && seen_.echo && script_.kind != Kind::null_modem;
  if (calling() && state_ != State::aborting) abort_call();
  // A modem that echoed the dial command is alive: it is the far end that says nothing.
  end(seen_.other   ? Outcome::garbage
      : dialled     ? Outcome::no_answer
      : seen_.echo  ? Outcome::echo
      : seen_.bytes ? Outcome::garbage
                    : Outcome::silent);
}

}  // namespace offhook::at
