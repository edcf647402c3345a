// What the port hears: each fact becomes a cue for the table, once what it carries has been kept.
#include <utility>

#include "rasd/port/port.h"

namespace offhook::port {
namespace {

constexpr Cue reply_cues[] = {Cue::ok,      Cue::connect, Cue::no_carrier, Cue::refused,
                              Cue::garbage, Cue::echo,    Cue::silent};
constexpr Failure reply_failures[] = {Failure::none,    Failure::garbage, Failure::garbage, Failure::refused,
                                      Failure::garbage, Failure::echo,    Failure::silent};

struct TroubleRow {
  Cue cue;
  Failure failure;
};
constexpr TroubleRow troubles[] = {{Cue::no_device, Failure::none},
                                   {Cue::busy, Failure::busy},
                                   {Cue::unopenable, Failure::denied},
                                   {Cue::unopenable, Failure::unopenable}};

}  // namespace

bool Port::in_call() const {
  State const s = state();
  return s == State::connected || s == State::authenticating;
}

void Port::hear(Instant now, Ownership const& fact) {
  bool const unasked = fact.ticket == 0 || fact.ticket == era_;
  bool const before_read = !unasked && fact.ticket == awaited(Question::holder_before_read);
  if (before_read) awaited_[static_cast<size_t>(Question::holder_before_read)] = 0;
  if (!unasked && !before_read && !answers(Question::holder, fact.ticket, "ownership")) return;
  if (fact.holder.empty()) return nobody_has_it(now, unasked, before_read);
  held_by(now, fact.holder, Cue::held);
}

/// News where somebody had it, or may have: what waits to be read is then the init's to read.
void Port::nobody_has_it(Instant now, bool unasked, bool before_read) {
  State const before = state();
  if (doubt_ != Doubt::none)
    move(now, Cue::nobody_any_more);
  else if (unasked ? step_ == Step::away : !before_read)
    move(now, Cue::nobody);
  if (before_read && state() == before) perform(Do::read);
}

/// Elsewhere an init follows before the next listen, and the opens are our own.
void Port::hear(Instant now, Touched const&) {
  move(now, Cue::touched);
  State const s = state();
  if (s == State::listening || s == State::ringing || step_ == Step::renews) doubt_ = Doubt::unseen_program;
}

/// Somebody else has the port. In a call or a lease he is an intruder (root cannot be refused): he is named.
/// Whoever had it until now and is about to lose it by a revocation is not.
void Port::held_by(Instant now, std::string const& holder, Cue cue) {
  State const before = state();
  holder_ = holder;
  if (!move(now, cue) || state() != before || before == State::absent || before == State::disabled) return;
  if (step_ == Step::revokes) return;
  if (shown_.holder != holder) log(now, {.kind = Change::Kind::holder, .text = holder});
}

void Port::hear(Instant now, Opened const& fact) {
  if (!answers(Question::open, fact.ticket, "opened")) return;
  log(now, {.kind = Change::Kind::opened, .rate_bps = fact.dte_rate_bps});
  move(now, Cue::opened);
}

void Port::hear(Instant now, OpenFailed const& fact) {
  if (!answers(Question::open, fact.ticket, "open_failed")) return;
  TroubleRow const& row = troubles[static_cast<size_t>(fact.trouble)];
  if (row.failure != Failure::none) fail_as(row.failure, fact.text);
  move(now, row.cue);
}

void Port::hear(Instant now, Lost const&) { move(now, Cue::lost); }
void Port::hear(Instant now, DeviceAppeared const&) { move(now, Cue::appeared); }
void Port::hear(Instant now, DeviceGone const&) { move(now, Cue::gone); }

Cue Port::cue_of(Sampled const& fact) const {
  if (fact.device_ready == Level::off) return Cue::not_ready;
  if (in_call() && fact.carrier == Level::off) return Cue::carrier_gone;
  if (fact.carrier == Level::on) {
    if (config_.carrier == Carrier::stray) return Cue::carrier;
    if (config_.dial_in) return Cue::call;
  }
  // A cable's and a PAD's calls are carriers, whatever their 125 does.
  bool const over = step_ == Step::answer_samples && fact.bell == Level::off;
  if (over && config_.carrier == Carrier::stray && hesitation_ == Hesitation::none) return Cue::rings_no_more;
  // A burst that began before the port was armed shows no edge (law 2).
  bool const in_burst = state() == State::listening && fact.bell == Level::on;
  return (fact.ring || in_burst) && config_.dial_in ? Cue::rung : Cue::quiet;
}

void Port::hear(Instant now, Sampled const& fact) {
  bool const told_on_a_change = fact.ticket == 0;
  if (!told_on_a_change && !answers(Question::sample, fact.ticket, "sampled")) return;
  Cue const cue = cue_of(fact);
  // While a question is open its answer is on the way, and is the newer one: only bad news is taken before
  // it.
  if (told_on_a_change && awaited(Question::sample) != 0 && cue != Cue::not_ready) return;
  if (cue == Cue::rung && state() == State::listening) rings_ = 1;
  if (cue == Cue::rings_no_more) {  // the caller gave up, or the next burst is the one to answer
    hesitation_ = Hesitation::once;
    rings_ -= rings_ > 0 ? 1 : 0;
  }
  move(now, cue);
}

void Port::count_ring(Instant now) {
  if (rings_ < config_.rings_before_answer) ++rings_;
  if (state() != State::ringing) start(now, Clock::ring_memory, Timer::ring_gap);
}

/// A port that takes no calls lets it ring.
void Port::hear(Instant now, Ring const&) {
  if (!config_.dial_in) return;
  State const s = state();
  if (s == State::initialising || s == State::recovering || s == State::listening || step_ == Step::counts)
    count_ring(now);
  move(now, Cue::ring);
}

void Port::hear(Instant now, CallerId const& fact) {
  if (move(now, Cue::caller_id) && step_ != Step::unready)
    log(now, {.kind = Change::Kind::caller, .number = fact.number, .name = fact.name});
}

void Port::hear(Instant now, CarrierUp const&) {
  if (config_.carrier == Carrier::stray)
    move(now, Cue::carrier_up);
  else if (config_.dial_in)
    move(now, Cue::call_up);
}

void Port::hear(Instant now, CarrierLost const&) { move(now, Cue::carrier_lost); }

void Port::hear(Instant now, Readable const&) {
  if (move(now, Cue::readable) && step_ != Step::unready) perform(laws_->readable);
}

void Port::hear(Instant now, DialogueEnded const& fact) {
  if (!answers(Question::dialogue, fact.ticket, "dialogue_ended")) return;
  auto const reply = static_cast<size_t>(fact.reply);
  if (state() == State::initialising && reply_failures[reply] != Failure::none)
    fail_as(reply_failures[reply], fact.text);
  if (step_ == Step::answers && fact.reply == Reply::connect)
    log(now, {.kind = Change::Kind::connected, .rate_bps = fact.line_rate_bps});
  move(now, reply_cues[reply]);
}

void Port::hear(Instant now, Revoked const& fact) {
  if (!answers(Question::revocation, fact.ticket, "revoked")) return;
  era_ = ++tickets_;
  move(now, Cue::revoked);
}

void Port::hear(Instant now, NotRevoked const& fact) {
  if (answers(Question::revocation, fact.ticket, "not_revoked")) held_by(now, fact.holder, Cue::not_revoked);
}

void Port::hear(Instant now, ServiceStarted const& fact) {
  if (answers(Question::service, fact.ticket, "service_started")) move(now, Cue::started);
}

void Port::hear(Instant now, ServiceFailed const& fact) {
  if (answers(Question::service, fact.ticket, "service_failed")) move(now, Cue::service_failed);
}

void Port::hear(Instant now, ServiceEnded const& fact) {
  if (!answers(Question::service, fact.ticket, "service_ended")) return;
  move(now, Cue::service_ended, in_call() ? fact.why : Why::none);
}

void Port::hear(Instant now, AuthenticationBegun const& fact) {
  if (answers(Question::service, fact.ticket, "authentication_begun")) move(now, Cue::authentication_begun);
}

void Port::hear(Instant now, Authenticated const& fact) {
  if (!answers(Question::service, fact.ticket, "authenticated")) return;
  log(now, {.kind = Change::Kind::user, .text = fact.user});
  move(now, Cue::authenticated);
}

void Port::hear(Instant now, Traffic const& fact) {
  if (!shown_.call && !client_) return;
  if (fact.counters == shown_.now) return;
  log(now, {.kind = Change::Kind::traffic, .counters = fact.counters});
  if (timers_.running(Clock::idle)) start(now, Clock::idle, Timer::idle_limit);
}

void Port::hear(Instant now, HangUp const&) { move(now, Cue::hang_up); }
void Port::hear(Instant now, Reset const&) { move(now, Cue::reset); }

void Port::hear(Instant now, Enable const&) {
  if (rest_ == Rest::finished) return;
  rest_ = Rest::listening;
  move(now, Cue::enable);
}

void Port::hear(Instant now, Disable const&) {
  if (rest_ == Rest::listening) rest_ = Rest::disabled;
  move(now, Cue::disable);
}

void Port::hear(Instant now, Remove const&) {
  if (rest_ == Rest::finished) return;
  rest_ = Rest::removed;
  move(now, Cue::remove);
}

}  // namespace offhook::port
