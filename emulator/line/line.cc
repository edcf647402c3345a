#include "emulator/line/line.h"

#include <algorithm>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/base/random.h"

namespace offhook::line {

namespace {

using loop::ErrorControl;

constexpr End ends[] = {End::near, End::far};

constexpr Duration longest_clip = 1h;

bool corrected(std::optional<loop::CarrierUp> const& agreed) {
  return agreed && agreed->error_control != ErrorControl::none;
}

uint64_t seed_of(Parameters const& parameters, End end) {
  return Random(parameters.seed + (end == End::far ? UINT64_MAX / 3 : 0)).next();
}

}  // namespace

Line::Line(Parameters parameters)
    : parameters_(parameters),
      paths_{Path(seed_of(parameters, End::near)), Path(seed_of(parameters, End::far))} {
  set_parameters(Instant{}, parameters);
}

void Line::Clock::go(Instant now) {
  if (stopped_at_) behind_ += now - *stopped_at_;
  stopped_at_.reset();
}

void Line::on_act(Instant now, End from, loop::Act const& act) {
  on_timeout(now);
  if (auto const* offer = std::get_if<loop::StartCarrier>(&act)) start(now, from, *offer);
  if (auto const* end = std::get_if<loop::StopCarrier>(&act)) stop(now, from, end->in_order);
}

void Line::on_gone(Instant now, End end) {
  on_timeout(now);
  stop(now, end, false);
}

void Line::lose_carrier(Instant now, End end) {
  on_timeout(now);
  path(end).restored_at.reset();
  lose(now, end);
}

void Line::lose(Instant now, End end) {
  end_clip(now, end);
  Path& way = path(end);
  way.lost += way.queue.drop_in_transit(way.clock.local(now));
  if (way.state == PathState::open) {
    enter(end, PathState::fading);
  } else if (way.state == PathState::draining) {
    if (way.farewell == Farewell::link_released) tell(end, loop::CarrierDown{});  // its DISC got lost
    way.farewell = Farewell::carrier_down;
  } else if (way.state == PathState::closed) {
    state_ = State::idle;  // the other set loses what it was training on
    trained_at_.reset();
    enter(end, PathState::lost);
  }
  settle(end);
}

void Line::restore_carrier(Instant now, End end) {
  on_timeout(now);
  using enum PathState;
  PathState const was = path(end).state;
  if (was != fading && was != lost && was != clipped) return;
  path(end).restored_at.reset();
  enter(end, state_ == State::up ? open : closed);
  regulate(now);
  if (was == fading) return;
  if (state_ == State::up) return tell(other(end), loop::CarrierBack{});
  try_training(now);
}

bool Line::carrier_lost(End end) const {
  using enum PathState;
  PathState const state = path(end).state;
  return state == fading || state == lost || state == clipped;
}

Result<void> Line::clip(Instant now, End end, Duration duration) {
  on_timeout(now);
  if (duration <= Duration::zero() || duration > longest_clip)
    return error("a carrier is clipped for more than 0 s and at most 1 hour");
  Path& way = path(end);
  bool const again = way.restored_at.has_value();
  if (way.state != PathState::open && !again) return error("there is no carrier to clip");
  way.restored_at = now + duration;
  if (again) return {};
  if (!corrected(way.agreed)) {
    lose(now, end);
    return {};
  }
  enter(end, PathState::clipped);
  regulate(now);
  tell(other(end), loop::CarrierDown{});
  return {};
}

/// Whoever ends the carrier for good, or loses it: nothing will be sent again.
void Line::end_clip(Instant now, End end) {
  Path& way = path(end);
  if (way.state != PathState::clipped) return;
  way.lost += way.queue.clear();
  enter(end, PathState::lost);
  regulate(now);
}

Result<void> Line::retrain(Instant now) {
  on_timeout(now);
  if (state_ != State::up) return error("there is no carrier to retrain");
  loop::Modulation const modulation = path(End::near).agreed->modulation;
  Duration const time = retrain_time(modulation);
  if (time == Duration::zero()) return error(loop::name(modulation), " has no retrain");
  retrained_at_ = now + time;
  regulate(now);
  return {};
}

void Line::end_retrain(Instant now) {
  retrained_at_.reset();
  regulate(now);
}

void Line::set_parameters(Instant now, Parameters parameters) {
  on_timeout(now);
  bool const reseed = parameters.seed != parameters_.seed;
  parameters_ = parameters;
  for (End end : ends) {
    configure(now, path(end));
    if (reseed) path(end).queue.seed(seed_of(parameters_, end));
  }
  regulate(now);
}

void Line::configure(Instant now, Path& way) {
  bool const arq = corrected(way.agreed);
  Pace pace;
  if (parameters_.rate_bps != 0 && way.agreed)
    pace = {std::min(parameters_.rate_bps, way.agreed->tx_rate_bps), arq ? 8u : 10u};
  auto const recovery = arq ? Channel::Recovery::arq : Channel::Recovery::none;
  way.queue.configure(way.clock.local(now), pace, parameters_, recovery);
}

/// Stops and starts the directions' clocks by what keeps bytes from moving.
void Line::regulate(Instant now) {
  for (Path& way : paths_) {
    if (parameters_.flow_stuck || retrained_at_ || way.state == PathState::clipped) {
      way.clock.stop(now);
    } else {
      way.clock.go(now);
    }
  }
}

bool Line::trained() const { return state_ == State::up; }

bool Line::transparent(End from) const {
  Path const& way = path(from);
  return way.state == PathState::open && parameters_.rate_bps == 0 && way.queue.clear_way() &&
         way.clock.runs();
}

void Line::note_passed(End from, size_t bytes) { path(from).passed += bytes; }

size_t Line::room(Instant now, End from) const {
  Path const& way = path(from);
  if (row(way.state).taking == Taking::refused) return 0;
  return row(way.state).taking == Taking::queued ? way.queue.room(way.clock.local(now)) : way.queue.limit();
}

size_t Line::capacity(End from) const { return path(from).queue.limit(); }

size_t Line::room(End from) const {
  Path const& way = path(from);
  if (row(way.state).taking == Taking::refused) return 0;
  return row(way.state).taking == Taking::queued ? way.queue.room_at_least() : way.queue.limit();
}

size_t Line::push(Instant now, End from, Bytes bytes) {
  Path& way = path(from);
  if (row(way.state).taking == Taking::queued) return way.queue.push(way.clock.local(now), bytes);
  bytes = bytes.first(std::min(bytes.size(), room(from)));
  way.lost += bytes.size();
  return bytes.size();
}

Bytes Line::ready(Instant now, End to) const {
  Path const& way = path(other(to));
  return way.clock.runs() ? way.queue.ready(way.clock.local(now)) : Bytes{};
}

void Line::pop(Instant now, End to, size_t n) {
  Path& way = path(other(to));
  OFFHOOK_CHECK(n <= ready(now, to).size());
  way.queue.pop(n);
  way.passed += n;
  settle(other(to));
}

void Line::discard(Instant now, End to) {
  on_timeout(now);
  Path& way = path(other(to));
  way.lost += way.queue.clear();
  settle(other(to));
}

void Line::on_timeout(Instant now) {
  if (trained_at_ && *trained_at_ <= now) carriers_up(*trained_at_);
  if (retrained_at_ && *retrained_at_ <= now) end_retrain(*retrained_at_);
  for (End end : ends) {
    Path& way = path(end);
    if (auto const at = way.restored_at; at && *at <= now) {
      way.restored_at.reset();
      restore_carrier(*at, end);
    }
    if (way.clock.runs()) way.queue.on_timeout(way.clock.local(now));
  }
}

std::optional<Instant> Line::next_timeout() const {
  std::optional<Instant> next;
  auto const consider = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  consider(trained_at_);
  consider(retrained_at_);
  for (Path const& way : paths_) {
    consider(way.restored_at);
    if (!way.clock.runs()) continue;
    if (auto const at = way.queue.next_timeout()) consider(way.clock.global(*at));
  }
  return next;
}

std::optional<Action> Line::poll_action() { return actions_.pop(); }

std::optional<loop::CarrierUp> Line::carrier(End end) const {
  return row(path(other(end)).state).heard ? path(end).agreed : std::nullopt;
}

uint64_t Line::passed_bytes(End from) const { return path(from).passed; }
uint64_t Line::lost_bytes(End from) const { return path(from).lost; }

void Line::tell(End to, loop::Event event) { OFFHOOK_CHECK(actions_.push(Tell{to, std::move(event)})); }

void Line::start(Instant now, End from, loop::StartCarrier const& offer) {
  if (state_ == State::up) return;
  path(from).offer = offer;
  try_training(now);
}

/// Training begins once both carriers are heard; sets that find nothing in common send until they give up.
void Line::try_training(Instant now) {
  for (Path const& way : paths_)
    if (!way.offer || way.state == PathState::lost || way.state == PathState::draining) return;
  auto const agreed = negotiate(*path(End::near).offer, *path(End::far).offer, parameters_);
  state_ = State::idle;
  trained_at_.reset();
  if (!agreed) return;
  state_ = State::training;
  if (!parameters_.realistic_training) return carriers_up(now);
  trained_at_ = now + training_time(agreed->modulation) +
                establishment_time(*path(End::near).offer, *path(End::far).offer, *agreed);
}

void Line::carriers_up(Instant now) {
  trained_at_.reset();
  auto agreed = negotiate(*path(End::near).offer, *path(End::far).offer, parameters_);
  if (!agreed) {  // the line was given another rate meanwhile
    state_ = State::idle;
    return;
  }
  state_ = State::up;
  for (End end : ends) {
    path(end).agreed = agreed;
    path(end).queue.clear();
    configure(now, path(end));
    enter(end, PathState::open);
    tell(end, *agreed);
    std::swap(agreed->tx_rate_bps, agreed->rx_rate_bps);
  }
}

void Line::stop(Instant now, End from, bool in_order) {
  for (End end : ends) {
    path(end).restored_at.reset();
    end_clip(now, end);
  }
  end_retrain(now);
  End const peer = other(from);
  Path& sending = path(from);
  Path& receiving = path(peer);
  bool const was_up = state_ == State::up;
  bool const peer_ended_first = receiving.state == PathState::draining;
  bool const can_release = in_order && corrected(sending.agreed) && sending.state == PathState::open;

  state_ = State::idle;
  trained_at_.reset();
  sending.offer.reset();
  if (was_up) receiving.offer.reset();  // the link is over: both must start anew

  receiving.lost += receiving.queue.clear();
  settle(peer);  // where the peer ended first, its farewell is this end's answer
  if (carries(receiving.state) || (was_up && receiving.state == PathState::lost))
    enter(peer, PathState::deaf);

  if (in_order && !can_release && !peer_ended_first) tell(from, loop::CarrierDown{});
  end_path(from, can_release ? Farewell::link_released : Farewell::carrier_down, was_up);
}

void Line::end_path(End from, Farewell farewell, bool was_up) {
  Path& way = path(from);
  if (carries(way.state)) enter(from, PathState::draining);
  if (way.state == PathState::draining) {
    way.farewell = farewell;
    return settle(from);
  }
  bool const still_impaired = way.state == PathState::lost && !was_up;
  if (way.state != PathState::closed && !still_impaired) enter(from, PathState::closed);
}

/// Tells what was owed to the receiver until it had taken everything.
void Line::settle(End from) {
  Path& way = path(from);
  if (!way.queue.empty()) return;
  if (way.state == PathState::fading) {
    enter(from, PathState::lost);
    tell(other(from), loop::CarrierDown{});
  } else if (way.state == PathState::draining) {
    enter(from, PathState::closed);
    if (way.farewell == Farewell::carrier_down) return tell(other(from), loop::CarrierDown{});
    tell(from, loop::LinkReleased{});
    tell(other(from), loop::LinkReleased{});
  }
}

void Line::enter(End from, PathState next) {
  Path& way = path(from);
  OFFHOOK_CHECK((row(way.state).next & bit(next)) != 0);
  way.state = next;
  if (next == PathState::closed) way.agreed.reset();
}

Line::PathRow const& Line::row(PathState state) {
  using enum PathState;
  using enum Taking;
  static constexpr PathRow rows[] = {
      // state, pushed bytes are, receiver hears a carrier, permitted next states
      {closed, refused, false, bit(open) | bit(lost)},
      {open, queued, true, bit(fading) | bit(clipped) | bit(draining) | bit(deaf)},
      {fading, dropped, true, bit(open) | bit(lost) | bit(draining) | bit(deaf)},
      {lost, dropped, false, bit(open) | bit(closed) | bit(deaf)},
      {clipped, queued, false, bit(open) | bit(lost)},
      {deaf, dropped, false, bit(open) | bit(closed)},
      {draining, refused, true, bit(closed)},
  };
  return rows[static_cast<size_t>(state)];
}

}  // namespace offhook::line
