#include "emulator/driver/call.h"

#include <algorithm>

#include "emulator/driver/port.h"

namespace offhook::driver {
namespace {

/// How long received data waits for a program that does not read it once the far end is gone: no state
/// without a way out. Linux lets a closing serial port drain as long (closing_wait).
constexpr Duration undelivered_limit = 30s;
/// Turns of one pump; the rest waits for the event loop to serve the others.
constexpr int pump_turns = 16;

/// To a tenth: "2.5 s".
std::string in_seconds(Duration time) {
  auto const tenths = std::chrono::round<std::chrono::duration<int64_t, std::deci>>(time).count();
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

/// The ends whose carrier is meant: what the near end hears is the far end's.
std::vector<line::End> senders(Ends ends, line::End near) {
  if (ends == Ends::both) return {line::other(near), near};
  return {ends == Ends::near ? line::other(near) : near};
}

std::optional<Instant> earliest(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Call::Call(io::Alarm& alarm, std::function<void(Instant, Call&)> wake, exchange::CallId id, Party near,
           Party far, line::Parameters parameters, Instant now)
    : id_(id),
      line_(parameters),
      parties_{std::move(near), std::move(far)},
      since_(now),
      wake_(std::move(wake)),
      alarm_(alarm, [this](Instant at) { on_alarm(at); }),
      loss_alarm_(alarm,
                  [this](Instant at) {
                    if (timed_loss_) lose_carrier(at, timed_loss_->ends, timed_loss_->near);
                    wake_(at, *this);
                  }),
      linger_alarm_(alarm, [this](Instant at) {
        for (auto end : {line::End::near, line::End::far}) line_.discard(at, end);
        wake_(at, *this);
      }) {}

size_t Call::pass(Instant now, line::End from, Bytes bytes) {
  if (after_bytes_) bytes = bytes.first(std::min<size_t>(bytes.size(), after_bytes_->first));
  size_t taken = line_.transparent(from) ? hand_across(now, from, bytes) : 0;
  if (taken < bytes.size()) taken += line_.push(now, from, bytes.subspan(taken));
  if (after_bytes_ && (after_bytes_->first -= taken) == 0) {
    auto const [ends, near] = std::exchange(after_bytes_, std::nullopt)->second;
    lose_carrier(now, ends, near);
  }
  return taken;
}

size_t Call::hand_across(Instant now, line::End from, Bytes bytes) {
  Party& to = at(line::other(from));
  size_t taken = 0;
  if (to.port != nullptr && to.port->can_take())
    taken = to.port->take(now, bytes);
  else if (to.outside && to.outside->can_take())
    taken = to.outside->take(bytes);
  if (taken != 0) line_.note_passed(from, taken);
  return taken;
}

/// Nobody will have what arrives for it any more.
bool Call::drops_received(Party const& party) {
  return party.gone() || (party.port != nullptr && party.port->hanging_up());
}

bool Call::deliver(Instant now, line::End to) {
  Bytes const ready = line_.ready(now, to);
  if (ready.empty()) return false;
  Party& party = at(to);
  size_t taken = 0;
  if (drops_received(party))
    taken = ready.size();
  else if (party.apparatus)
    taken = party.apparatus->on_line_bytes(now, ready);
  else if (party.port != nullptr && party.port->can_take())
    taken = party.port->take(now, ready);
  else if (party.outside && party.outside->can_take())
    taken = party.outside->take(ready);
  if (taken != 0) line_.pop(now, to, taken);
  return taken != 0;
}

bool Call::feed(Instant now, line::End from) {
  Party& party = at(from);
  if (!party.apparatus) return false;
  Bytes const bytes = party.apparatus->to_send();
  size_t const taken = bytes.empty() ? 0 : pass(now, from, bytes);
  if (taken != 0) party.apparatus->sent(taken);
  return taken != 0;
}

void Call::pump(Instant now) {
  if (yielded_) return;
  for (int turn = 0; turn < pump_turns; ++turn) {
    bool moved = false;
    for (auto end : {line::End::near, line::End::far}) moved = feed(now, end) || moved;
    for (auto end : {line::End::near, line::End::far}) moved = deliver(now, end) || moved;
    while (auto action = line_.poll_action()) {
      tell(now, action->to, action->event);
      moved = true;
    }
    for (auto end : {line::End::near, line::End::far}) {
      Party& party = at(end);
      moved = (party.port != nullptr && party.port->resume(now)) || moved;
      moved = (party.outside && party.outside->resume(now)) || moved;
      settle_party(now, end);
    }
    if (!moved) return;
  }
  yielded_ = true;
  alarm_.set(now);
}

void Call::tell(Instant now, line::End to, loop::Event const& event) {
  Party& party = at(to);
  if (party.port != nullptr) return party.port->tell(now, event);
  if (party.apparatus) party.apparatus->on_line(now, event);
  if (party.outside) party.outside->on_line(now, event);
  settle_party(now, to);
}

std::optional<loop::Act> Call::next_act(Party& party) {
  if (party.apparatus) return party.apparatus->poll_action();
  return party.outside ? party.outside->poll_action() : std::nullopt;
}

void Call::settle_party(Instant now, line::End end) {
  while (auto const act = next_act(at(end))) {
    if (std::holds_alternative<loop::GoOnHook>(*act)) return left(now, end);
    line_.on_act(now, end, *act);
  }
}

void Call::left(Instant now, line::End end) {
  Party& party = at(end);
  if (party.gone()) return;
  line_.on_gone(now, end);
  party.port = nullptr;
  party.apparatus.reset();
  if (party.outside) party.outside->hang_up();
  departed_[static_cast<size_t>(end)] = std::move(party.outside);
  Party const& rest = at(line::other(end));
  if (rest.port == nullptr) return;
  if (rest.port->deaf()) return line_.discard(now, line::other(end));
  linger_alarm_.set(now + undelivered_limit);
}

void Call::pass_break(Instant now, line::End from) {
  Party& to = at(line::other(from));
  if (to.port != nullptr) to.port->hear_break(now);
  if (to.outside) to.outside->hear_break();
}

void Call::lose_carrier(Instant now, Ends ends, line::End near) {
  for (auto sender : senders(ends, near)) line_.lose_carrier(now, sender);
}

Result<void> Call::restore_carrier(Instant now, Ends ends, line::End near) {
  bool lost = false;
  for (auto sender : senders(ends, near)) {
    lost = lost || line_.carrier_lost(sender);
    line_.restore_carrier(now, sender);
  }
  if (!lost) return error("no carrier of the call is lost");
  return {};
}

Result<void> Call::clip(Instant now, Duration time, Ends ends, line::End near) {
  for (auto sender : senders(ends, near))
    if (auto clipped = line_.clip(now, sender, time); clipped.has_error()) return clipped;
  return {};
}

std::vector<std::string> Call::carrier_faults(Instant now, line::End near) const {
  std::vector<std::string> faults;
  for (auto sender : senders(Ends::both, near)) {
    if (!line_.carrier_lost(sender)) continue;
    auto const back = line_.clipped_until(sender);
    std::string const what = back ? "carrier clipped, back in " + in_seconds(*back - now) : "carrier lost";
    faults.push_back(sender == near ? what + " (heard by the far end)" : what);
  }
  if (line_.retraining()) faults.emplace_back("retraining");
  return faults;
}

bool Call::cancel_ordered_loss() {
  bool const ordered = after_bytes_ || loss_alarm_.at();
  after_bytes_.reset();
  timed_loss_.reset();
  loss_alarm_.set(std::nullopt);
  return ordered;
}

void Call::lose_carrier_at(Instant when, Ends ends, line::End near) {
  timed_loss_ = {ends, near};
  loss_alarm_.set(when);
}

std::optional<std::string> Call::ordered_loss(Instant now) const {
  if (after_bytes_) return "carrier drop after " + std::to_string(after_bytes_->first) + " bytes";
  if (!loss_alarm_.at()) return std::nullopt;
  return "carrier drop in " + in_seconds(*loss_alarm_.at() - now);
}

void Call::on_alarm(Instant now) {
  yielded_ = false;
  line_.on_timeout(now);
  for (auto end : {line::End::near, line::End::far}) {
    if (at(end).apparatus) at(end).apparatus->on_timeout(now);
    settle_party(now, end);
  }
  wake_(now, *this);
}

void Call::finish() {
  std::optional<Instant> next = line_.next_timeout();
  for (auto const& party : parties_)
    if (party.apparatus) next = earliest(next, party.apparatus->next_timeout());
  if (alarm_.at() && (!next || *alarm_.at() <= *next)) return;  // an early call is a no-op
  alarm_.set(next);
}

void Call::stop() {
  for (auto* entry : {&alarm_, &loss_alarm_, &linger_alarm_}) entry->set(std::nullopt);
}

}  // namespace offhook::driver
