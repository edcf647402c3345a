// Who gets a port, who waits for it, and what the others are told.
#include <string>
#include <utility>

#include "rasd/port/port.h"

namespace offhook::port {
namespace {

struct RefusalRow {
  Ask ask;
  unsigned ras_error;
  std::string_view words;  // what follows "port ttyVM0 "
};
constexpr RefusalRow refusals[] = {
    {Ask::grants, 633, "is in use"},        {Ask::waits, 633, "is not ready yet"},
    {Ask::is_in_use, 633, "is in use"},     {Ask::has_no_device, 608, "has no device"},
    {Ask::is_foreign, 633, "is in use:"},   {Ask::is_broken, 0, "has failed"},  // the failure's own
    {Ask::is_disabled, 647, "is disabled"},
};

}  // namespace

void Port::hear(Instant now, Lease const& fact) {
  if (rest_ == Rest::removed || rest_ == Rest::finished)
    return emit(Refuse{fact.client, 615, "port " + name_ + " is no longer configured"});
  if (!config_.dial_out)
    return emit(Refuse{fact.client, 633, "port " + name_ + " is not configured for dial-out"});
  Ask const ask = rest_ == Rest::disabled ? Ask::is_disabled : laws_->row(state()).lease;
  bool const may_wait = ask == Ask::grants || ask == Ask::waits;
  if (!may_wait || waiting_) return refuse(fact, may_wait ? Ask::is_in_use : ask);
  waiting_ = fact;
  start(now, Clock::lease_wait, Timer::lease_wait);
  if (step_ == Step::quietens || step_ == Step::quiet) go(now, Step::lease_asks, port::name(Cue::lease));
}

void Port::hear(Instant now, ClientGone const& fact) {
  if (waiting_ && waiting_->client == fact.client) {
    waiting_.reset();
    timers_.cancel(Clock::lease_wait);
    if (step_ == Step::lease_asks) go(now, Step::quiet, port::name(Cue::client_gone));
  } else if (client_ == fact.client) {
    move(now, Cue::client_gone);
  }
}

/// A state that neither grants nor waits sends the waiting client away; State::count_: its time is over.
void Port::refuse_waiting(State next) {
  if (!waiting_) return;
  Ask ask = Ask::waits;
  if (next != State::count_) {
    ask = rest_ == Rest::disabled ? Ask::is_disabled : laws_->row(next).lease;
    if (ask == Ask::grants || ask == Ask::waits) return;
  }
  Lease const lease = *std::exchange(waiting_, std::nullopt);
  timers_.cancel(Clock::lease_wait);
  refuse(lease, ask);
}

void Port::refuse(Lease const& lease, Ask ask) {
  RefusalRow const& row = refusals[static_cast<size_t>(ask)];
  bool const not_ready = ask == Ask::has_no_device && shown_.failure != Failure::none;
  std::string text = "port " + name_ + " " + std::string(not_ready ? "is not ready" : row.words);
  auto const add = [&](auto&&... words) { (text.append(words), ...); };
  unsigned error = row.ras_error;
  switch (ask) {
    case Ask::is_foreign:
      add(" ", shown_.holder);
      break;
    case Ask::is_broken:
      error = port::row(shown_.failure).ras_error;
      add(": ", shown_.failure_text);
      break;
    case Ask::is_in_use:
      if (client_) add(" by ", shown_.client_text);
      if (waiting_) add(" by ", waiting_->who);
      if (shown_.call) add(": {", port::name(state()), "} call ", std::to_string(shown_.call));
      if (!shown_.number.empty()) add(" from ", shown_.number);
      if (!shown_.user.empty()) add(", user ", shown_.user);
      break;
    case Ask::waits:
      // A port that listens waits for one thing.
      if (state() == State::listening)
        add(": whether another program has it open could not be seen in time (a busy machine)");
      else
        add(": it is still ", port::name(state()));
      break;
    case Ask::has_no_device:
      if (!not_ready) break;
      error = port::row(shown_.failure).ras_error;
      add(": ", shown_.failure_text);
      break;
    case Ask::grants:
    case Ask::is_disabled:
      break;
  }
  emit(Refuse{lease.client, error, std::move(text)});
}

}  // namespace offhook::port
