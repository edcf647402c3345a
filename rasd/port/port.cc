#include "rasd/port/port.h"

#include <algorithm>
#include <utility>

namespace offhook::port {
namespace {

/// A call stands, or is being ended.
bool is_call(State s) {
  return s == State::ringing || s == State::answering || s == State::authenticating ||
         s == State::connected || s == State::hanging_up;
}
bool has_service(State s) {
  return s == State::connected || s == State::authenticating || s == State::hanging_up;
}
/// Bursts heard before the port is ready are still a call (law 2).
bool remembers_rings(State s) {
  return s == State::ringing || s == State::initialising || s == State::recovering;
}

constexpr size_t no_place = static_cast<size_t>(-1);
template <size_t N>
size_t place_of(std::array<Step, N> const& steps, Step step) {
  auto const at = std::find(steps.begin(), steps.end(), step);
  return at == steps.end() ? no_place : static_cast<size_t>(at - steps.begin());
}
/// The first of `steps` from place `i` on that is not left out; Step::count_ at the end.
template <size_t N>
Step from_place(std::array<Step, N> const& steps, size_t i) {
  while (i < N && steps[i] == Step::count_) ++i;
  return i < N ? steps[i] : Step::count_;
}

}  // namespace

Port::Port(Instant now, std::string name, Config config, Laws const& laws)
    : name_(std::move(name)), config_(config), laws_(&laws) {
  shown_.since = now;
  go(now, Step::opening_asks, "start");
}

void Port::on(Instant now, Event const& event) {
  on_timeout(now);
  std::visit([&](auto const& fact) { hear(now, fact); }, event);
}

void Port::on_timeout(Instant now) {
  while (auto const due = timers_.take_due(now)) fire(now, *due);
}

std::optional<Action> Port::poll_action() {
  if (next_action_ == actions_.size()) {
    actions_.clear();
    next_action_ = 0;
    return std::nullopt;
  }
  return std::move(actions_[next_action_++]);
}

/// False where the table has no such row: noted, counted, and nothing changes.
bool Port::move(Instant now, Cue cue, Why why) {
  Move const* const row = laws_->find(step_, cue);
  if (!row) {
    ++unexpected_;
    note_oddity(port::name(cue), "is not expected");
    return false;
  }
  if (row->to == Step::stay) return true;
  if (row->to == Step::look) {
    look(now);
    return true;
  }
  if (row->why != Why::none) why_ = row->why;
  if (why != Why::none) why_ = why;
  if (row->failure != Failure::none) fail_as(row->failure, {});
  bool const carrier_stands = cue == Cue::carrier || cue == Cue::call;
  if (carrier_stands && state() == State::initialising) fail_as(Failure::carrier, {});
  go(now, decide(row->to), port::name(cue));
  return true;
}

Step Port::decide(Step to) {
  switch (to) {
    case Step::open_or_recover:
      to = debt_ == Debt::none ? Step::opens : Step::revokes;
      break;
    case Step::next_recovery:
      to = next_recovery();
      break;
    case Step::absent_or_on:
      to = debt_ == Debt::recovery_that_waited ? Step::attends : Step::unready;
      debt_ = Debt::recovery_that_waited;
      break;
    case Step::skip_escape:
      to = recovered();
      break;
    case Step::next_blame:
      to = next_blame();
      break;
    case Step::ready:
      to = rings_ ? Step::counts : Step::posts;
      break;
    case Step::stray:
      // After a recovery the carrier should be gone; if it stands, only time can help.
      if (attempt_ == Attempt::after_recovery) fail_as(Failure::carrier, {});
      to = attempt_ == Attempt::after_recovery ? Step::fails : Step::revokes;
      break;
    default:
      break;
  }
  if (to == Step::revokes) to = from_place(laws_->recovery, 0);
  if (to == Step::count_) to = recovered();
  if (to == Step::counts && rings_ >= config_.rings_before_answer) to = Step::answer_asks;
  if ((to == Step::quietens || to == Step::quiet) && waiting_ && step_ != Step::lease_asks)
    to = Step::lease_asks;
  if (rest_ != Rest::listening && laws_->row(laws_->row(to).state).at_rest) to = Step::off;
  return to;
}

Step Port::next_recovery() {
  Step const next = from_place(laws_->recovery, place_of(laws_->recovery, step_) + 1);
  return next == Step::count_ ? recovered() : next;
}

Step Port::recovered() {
  debt_ = Debt::none;
  attempt_ = Attempt::after_recovery;
  return Step::initialises;
}

/// Law 5: what else it may be is asked in order; only then a verdict, and that once a recovery has not
/// helped.
Step Port::next_blame() {
  size_t const place = place_of(laws_->blame, step_);
  Step const next = from_place(laws_->blame, place == no_place ? 0 : place + 1);
  if (next != Step::count_) return next;
  if (attempt_ == Attempt::after_recovery) return Step::fails;
  return Step::revokes;
}

void Port::go(Instant now, Step to, std::string_view cause) {
  State const from = state(), next = laws_->row(to).state;
  if (from != next) leave(now, from, next, cause);
  if (to == Step::posts) rings_ = 0;
  if (to == Step::initialises || to == Step::posts || to == Step::opening_asks) {
    failure_ = Failure::none;
    failure_text_.clear();
  }
  step_ = to;
  if (from != next)
    enter(now, next);
  else if (next == State::absent)
    tell_absence(now);
  if (to == Step::quiet) {
    failures_ = 0;
    attempt_ = Attempt::first;
  }
  StepRow const& row = laws_->row(to);
  timers_.cancel(Clock::step);
  if (row.timer != Timer::none) timers_.set(Clock::step, now + deadline(row));
  if (to == Step::authenticates) start(now, Clock::authentication, Timer::authentication_limit);
  if (to == Step::starts) {
    start(now, Clock::session, Timer::session_limit);
    start(now, Clock::idle, Timer::idle_limit);
  }
  for (Do const what : row.actions) perform(what);
}

/// What ends with a state: leases, calls, the client's hope.
void Port::leave(Instant now, State from, State next, std::string_view cause) {
  if (from == State::leased) {
    if (cause != port::name(Cue::client_gone)) emit(EndLease{client_, why_});
    log(now, {.kind = Change::Kind::lease_ended, .why = why_, .client = client_, .counters = shown_.now});
    client_ = 0;
  }
  bool const call_ends = shown_.call && !is_call(next);
  if (call_ends || why_ == Why::manager_reboot)
    log(now, {.kind = Change::Kind::call_ended, .why = why_, .call = shown_.call, .counters = shown_.now});
  note_transition(from, next, cause);
  if (!remembers_rings(next) || from == State::ringing) rings_ = 0;
  if (rings_ == 0 || next == State::ringing) timers_.cancel(Clock::ring_memory);
  if (!has_service(next)) {
    timers_.cancel(Clock::session);
    timers_.cancel(Clock::idle);
  }
  if (next != State::authenticating) timers_.cancel(Clock::authentication);
  if (next != State::ringing) hesitation_ = Hesitation::none;
  // From everywhere else the way back to the listen leads through an init.
  if (next != State::listening && next != State::ringing) doubt_ = Doubt::none;
  if (next != State::hanging_up) why_ = Why::none;
  forget_questions(from, next);
  era_ = ++tickets_;
}

void Port::forget_questions(State from, State next) {
  auto const kept = [&](Question question) {
    if (question == Question::service) return has_service(from) && has_service(next);
    if (question == Question::holder_before_read) return from == State::listening && next == State::ringing;
    return false;
  };
  for (size_t i = 0; i < awaited_.size(); ++i)
    if (!kept(static_cast<Question>(i))) awaited_[i] = 0;
}

void Port::enter(Instant now, State next) {
  log(now, {.kind = Change::Kind::state, .state = next});
  if (next == State::answering || next == State::connected || next == State::leased) debt_ = Debt::recovery;
  if (next == State::opening) attempt_ = Attempt::first;
  if ((next == State::ringing || next == State::answering) && !shown_.call)
    log(now, {.kind = Change::Kind::call_began, .call = ++calls_});
  if (next == State::leased && waiting_) {
    client_ = waiting_->client;
    log(now, {.kind = Change::Kind::lease_began, .client = client_, .text = waiting_->who});
    waiting_.reset();
    timers_.cancel(Clock::lease_wait);
  }
  if (next == State::absent) tell_absence(now);
  if (next == State::foreign) log(now, {.kind = Change::Kind::holder, .text = holder_});
  if (next == State::failed) {
    if (failures_ == 0 || retry_wait() < time(Timer::retry_most)) ++failures_;
    log(now, {.kind = Change::Kind::failure, .failure = failure_, .text = failure_text_});
  }
  refuse_waiting(next);
}

/// No such device, or one that is there and not ready: the one can become the other.
void Port::tell_absence(Instant now) {
  Failure const failure = step_ == Step::unready ? Failure::not_ready : Failure::none;
  if (shown_.failure == failure) return;
  log(now, {.kind = Change::Kind::failure, .failure = failure, .text = std::string(row(failure).words)});
}

void Port::look(Instant now) {
  StepRow const& row = laws_->row(step_);
  timers_.set(Clock::step, now + deadline(row));
  for (Do const what : row.asks_again) perform(what);
}

Ticket Port::ask(Question question) { return awaited_[static_cast<size_t>(question)] = ++tickets_; }

void Port::perform(Do what) {
  switch (what) {
    case Do::nothing:
      return;
    case Do::ask:
      return emit(AskOwnership{ask(Question::holder)});
    case Do::ask_to_read:
      return emit(AskOwnership{ask(Question::holder_before_read)});
    case Do::read:
      return emit(Read{});
    case Do::open:
      return emit(Open{ask(Question::open)});
    case Do::close:
      return emit(Close{});
    case Do::lock:
      return emit(Lock{});
    case Do::unlock:
      return emit(Unlock{});
    case Do::dtr_on:
      return emit(SetDtr{true});
    case Do::dtr_off:
      return emit(SetDtr{false});
    case Do::arm:
      return emit(Arm{});
    case Do::sample:
      return emit(Sample{ask(Question::sample)});
    case Do::hush:
      return emit(HushUp{});
    case Do::attention:
      return emit(Talk{ask(Question::dialogue), Dialogue::attention});
    case Do::escape:
      return emit(Talk{ask(Question::dialogue), Dialogue::escape});
    case Do::initialise:
      return emit(Talk{ask(Question::dialogue), Dialogue::initialise});
    case Do::answer:
      return emit(Talk{ask(Question::dialogue), Dialogue::answer});
    case Do::revoke:
      return emit(Revoke{ask(Question::revocation)});
    case Do::start_service:
      return emit(StartService{ask(Question::service)});
    case Do::stop_service:
      return emit(StopService{false, why_ == Why::lost_carrier || why_ == Why::device_gone});
    case Do::kill_service:
      return emit(StopService{true, false});
    case Do::grant:
      return emit(Grant{client_});
    case Do::finish:
      if (rest_ != Rest::removed) return;
      rest_ = Rest::finished;
      emit(Change{.kind = Change::Kind::removed});
      return emit(Finished{});
  }
}

void Port::start(Instant now, Clock clock, Timer timer) {
  if (time(timer) > Duration::zero()) timers_.set(clock, now + time(timer));
}

Duration Port::deadline(StepRow const& row) const {
  return row.timer == Timer::retry ? retry_wait() : time(row.timer);
}

Duration Port::retry_wait() const {
  Duration wait = time(Timer::retry);
  for (int i = 1; i < failures_ && wait < time(Timer::retry_most); ++i) wait *= 2;
  return std::min(wait, time(Timer::retry_most));
}

void Port::fire(Instant now, Clock clock) {
  switch (clock) {
    case Clock::ring_memory:
      rings_ = 0;
      return;
    case Clock::lease_wait:
      refuse_waiting(State::count_);
      if (step_ == Step::lease_asks) go(now, Step::quiet, port::name(Timer::lease_wait));
      return;
    case Clock::authentication:
      move(now, Cue::authentication_over);
      return;
    case Clock::session:
      move(now, Cue::session_over);
      return;
    case Clock::idle:
      move(now, Cue::idle_over);
      return;
    case Clock::step:
    case Clock::count_:
      break;
  }
  StepRow const& row = laws_->row(step_);
  if (row.late == Step::look) return look(now);
  if (row.why != Why::none) why_ = row.why;
  if (row.late == Step::fails) fail_as(Failure::stuck, row.name);
  go(now, decide(row.late), port::name(row.timer));
}

void Port::fail_as(Failure failure, std::string_view detail) {
  failure_ = failure;
  failure_text_ = row(failure).words;
  if (!detail.empty()) failure_text_.append(": ").append(detail);
}

void Port::log(Instant now, Change change) {
  shown_ = fold(std::move(shown_), now, change);
  emit(std::move(change));
}

void Port::note_transition(State from, State next, std::string_view cause) {
  std::string line = "port " + name_ + " {";
  line.append(laws_->row(from).name).append("} ").append(cause).append(" -> ").append(laws_->row(next).name);
  std::string detail;
  auto const add = [&](auto&&... words) {
    if (!detail.empty()) detail += ", ";
    (detail.append(words), ...);
  };
  Timer const timer = laws_->row(step_).timer;
  if (timers_.running(Clock::step) && timer != Timer::none) add(port::name(timer), " cancelled");
  if (shown_.call) add("call ", std::to_string(shown_.call));
  if (why_ != Why::none) add(port::name(why_));
  if (next == State::foreign) add(holder_);
  if (next == State::failed) add(failure_text_);
  if (!detail.empty()) line.append(" (").append(detail).append(")");
  emit(Note{std::move(line)});
}

void Port::note_oddity(std::string_view what, std::string_view oddity) {
  std::string line = "port " + name_ + " {";
  line.append(laws_->row(state()).name).append("} ").append(what).append(" ").append(oddity);
  emit(Note{std::move(line)});
}

bool Port::answers(Question question, Ticket ticket, std::string_view what) {
  Ticket& awaited = awaited_[static_cast<size_t>(question)];
  if (ticket == 0 || ticket != awaited) {
    note_oddity(what, "comes late");
    return false;
  }
  if (question != Question::service) awaited = 0;
  return true;
}

std::string Port::key(Instant now) const {
  std::string key;
  auto const add = [&](auto value) { key.push_back(static_cast<char>(value)); };
  add(step_);
  add(rest_);
  add(debt_);
  add(doubt_);
  add(attempt_);
  add(hesitation_);
  add(rings_);
  add(failures_);
  add(failure_);
  for (Ticket const ticket : awaited_) add(ticket != 0);
  add(waiting_ ? waiting_->client : 0);
  add(client_);
  add(shown_.call != 0);
  for (size_t i = 0; i < static_cast<size_t>(Clock::count_); ++i) {
    auto const at = timers_.deadline(static_cast<Clock>(i));
    key.append(at ? std::to_string((*at - now).count()) : "-").push_back(';');
  }
  return key;
}

}  // namespace offhook::port
