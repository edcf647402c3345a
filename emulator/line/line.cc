#include "emulator/line/line.h"

#include <algorithm>
#include <utility>

#include "emulator/base/check.h"

namespace offhook::line {

namespace {

using loop::ErrorControl;

constexpr End ends[] = {End::near, End::far};

Parameters sane(Parameters parameters) {
  parameters.buffer_bytes = std::max<size_t>(parameters.buffer_bytes, 1);
  return parameters;
}

}  // namespace

Line::Line(Parameters parameters)
    : parameters_(sane(parameters)), paths_{Path(parameters_.buffer_bytes), Path(parameters_.buffer_bytes)} {}

void Line::on_act(Instant now, End from, loop::Act const& act) {
  on_timeout(now);
  if (auto const* offer = std::get_if<loop::StartCarrier>(&act)) start(now, from, *offer);
  if (auto const* end = std::get_if<loop::StopCarrier>(&act)) stop(from, end->in_order);
}

void Line::on_gone(Instant now, End end) {
  on_timeout(now);
  stop(end, false);
}

void Line::lose_carrier(Instant now, End end) {
  on_timeout(now);
  Path& way = path(end);
  way.lost += way.queue.drop_in_transit(now);
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
  PathState const was = path(end).state;
  if (was == PathState::fading) return enter(end, PathState::open);
  if (was != PathState::lost) return;
  enter(end, state_ == State::up ? PathState::open : PathState::closed);
  if (state_ == State::up) return tell(other(end), loop::CarrierBack{});
  try_training(now);
}

void Line::set_parameters(Instant now, Parameters parameters) {
  on_timeout(now);
  parameters_ = sane(parameters);
  for (End end : ends) {
    path(end).queue.set_limit(parameters_.buffer_bytes);
    path(end).queue.set_pace(now, pace(path(end)));
  }
}

bool Line::trained() const { return state_ == State::up; }

bool Line::transparent(End from) const {
  Path const& way = path(from);
  return way.state == PathState::open && parameters_.rate_bps == 0 && way.queue.empty();
}

void Line::note_passed(End from, size_t bytes) { path(from).passed += bytes; }

size_t Line::room(End from) const {
  Path const& way = path(from);
  if (row(way.state).taking == Taking::refused) return 0;
  return row(way.state).taking == Taking::queued ? way.queue.room() : parameters_.buffer_bytes;
}

size_t Line::push(Instant now, End from, Bytes bytes) {
  Path& way = path(from);
  bytes = bytes.first(std::min(bytes.size(), room(from)));
  if (row(way.state).taking == Taking::queued) return way.queue.push(now, bytes);
  way.lost += bytes.size();
  return bytes.size();
}

Bytes Line::ready(Instant now, End to) const { return path(other(to)).queue.ready(now); }

void Line::pop(Instant now, End to, size_t n) {
  Path& way = path(other(to));
  OFFHOOK_CHECK(n <= way.queue.ready(now).size());
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
  for (End end : ends) path(end).queue.on_timeout(now);
}

std::optional<Instant> Line::next_timeout() const {
  std::optional<Instant> next = trained_at_;
  for (Path const& way : paths_)
    if (auto at = way.queue.next_timeout(); at && (!next || *at < *next)) next = at;
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
  trained_at_ = now + training_time(agreed->modulation);
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
    path(end).queue.set_pace(now, pace(path(end)));
    enter(end, PathState::open);
    tell(end, *agreed);
    std::swap(agreed->tx_rate_bps, agreed->rx_rate_bps);
  }
}

void Line::stop(End from, bool in_order) {
  End const peer = other(from);
  Path& sending = path(from);
  Path& receiving = path(peer);
  bool const was_up = state_ == State::up;
  bool const peer_ended_first = receiving.state == PathState::draining;
  bool const corrected = sending.agreed && sending.agreed->error_control != ErrorControl::none;
  bool const can_release = in_order && corrected && sending.state == PathState::open;

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

Pace Line::pace(Path const& way) const {
  if (parameters_.rate_bps == 0 || !way.agreed) return {};
  bool const corrected = way.agreed->error_control != ErrorControl::none;
  return {std::min(parameters_.rate_bps, way.agreed->tx_rate_bps), corrected ? 8u : 10u};
}

Line::PathRow const& Line::row(PathState state) {
  using enum PathState;
  using enum Taking;
  static constexpr PathRow rows[] = {
      // state, pushed bytes are, receiver hears a carrier, permitted next states
      {closed, refused, false, bit(open) | bit(lost)},
      {open, queued, true, bit(fading) | bit(draining) | bit(deaf)},
      {fading, dropped, true, bit(open) | bit(lost) | bit(draining) | bit(deaf)},
      {lost, dropped, false, bit(open) | bit(closed) | bit(deaf)},
      {deaf, dropped, false, bit(open) | bit(closed)},
      {draining, refused, true, bit(closed)},
  };
  return rows[static_cast<size_t>(state)];
}

}  // namespace offhook::line
