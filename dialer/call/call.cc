#include "dialer/call/call.h"

#include <algorithm>
#include <utility>

#include "dialer/call/states.h"
#include "dialer/call/words.h"
#include "emulator/base/check.h"
#include "emulator/base/text.h"

namespace offhook::call {

using enum State;

struct Call::Move {
  uint32_t from;  // bit n: State n
  Event on;
  void (Call::*does)(Instant, Input const&);
};

Call::Move const* Call::find(State from, Event on) {
  constexpr uint32_t talking = set_of(prepare_device, connect_device);
  constexpr uint32_t ending = set_of(returning_port, hanging_up);
  constexpr uint32_t linking =
      set_of(start_authentication, authenticate, retry_authentication, authenticated);
  constexpr uint32_t calling_back =
      set_of(prepare_for_callback, wait_for_modem_reset, wait_for_callback, answer_callback);
  constexpr uint32_t with_port = set_of(port_opened, connected) | talking | linking | calling_back;
  constexpr uint32_t over = set_of(waiting_for_redial, disconnected);
  static constexpr Move rows[] = {
      {set_of(idle), Event::start, &Call::asks},
      {set_of(open_port), Event::refused, &Call::refused},
      {set_of(open_port), Event::granted, &Call::granted},
      {set_of(open_port), Event::manager_gone, &Call::no_manager},
      {set_of(open_port), Event::deadline, &Call::no_grant},
      {set_of(open_port, waiting_for_redial), Event::cancel, &Call::cancelled_without_port},
      {set_of(port_opened), Event::opened, &Call::opened},
      {set_of(port_opened), Event::open_failed, &Call::not_opened},
      {set_of(port_opened, returning_port), Event::cancel, &Call::cancelled},
      {set_of(prepare_device), Event::talked, &Call::prepared},
      {set_of(connect_device), Event::talked, &Call::dialled},
      {talking, Event::carrier_lost, &Call::carrier_lost},
      {talking, Event::cancel, &Call::stop_talk},
      {set_of(start_authentication, retry_authentication), Event::proving, &Call::proving},
      {set_of(authenticate), Event::asked, &Call::asked},
      {set_of(retry_authentication), Event::answered, &Call::proving},
      {set_of(start_authentication, authenticate), Event::proven, &Call::proven},
      {set_of(authenticated), Event::projected, &Call::got_address},
      {linking, Event::link_ended, &Call::link_failed},
      {linking, Event::cancel, &Call::close_link},
      {set_of(start_authentication, authenticate, authenticated), Event::callback_agreed,
       &Call::will_be_called_back},
      {set_of(prepare_for_callback), Event::link_ended, &Call::let_go},
      {set_of(prepare_for_callback), Event::cancel, &Call::close_link},
      {set_of(wait_for_modem_reset), Event::line_dropped, &Call::line_dropped},
      {set_of(wait_for_modem_reset), Event::talked, &Call::reset},
      {set_of(wait_for_callback), Event::rang, &Call::rang},
      {set_of(wait_for_callback), Event::deadline, &Call::not_called_back},
      {set_of(wait_for_modem_reset, wait_for_callback), Event::cancel, &Call::cancelled},
      {set_of(answer_callback), Event::talked, &Call::answered},
      {set_of(answer_callback), Event::cancel, &Call::stop_talk},
      {set_of(connected), Event::link_ended, &Call::link_over},
      {linking | set_of(connected), Event::carrier_lost, &Call::line_over},
      {set_of(connected), Event::idle, &Call::idled},
      {set_of(connected), Event::cancel, &Call::hung_up},
      {set_of(closing_link), Event::link_ended, &Call::link_closed},
      {set_of(closing_link), Event::carrier_lost, &Call::link_closed},
      {set_of(closing_link), Event::port_lost, &Call::link_closed},
      {set_of(closing_link), Event::deadline, &Call::link_closed},
      {with_port, Event::port_lost, &Call::port_lost},
      {with_port, Event::lease_ended, &Call::taken_back},
      {with_port, Event::manager_gone, &Call::manager_gone},
      {set_of(cancelling), Event::talked, &Call::stopped},
      {set_of(cancelling), Event::deadline, &Call::stopped},
      {set_of(cancelling), Event::port_lost, &Call::stopped},
      {set_of(returning_port), Event::released, &Call::returned},
      {set_of(returning_port), Event::lease_ended, &Call::returned},
      {set_of(returning_port), Event::deadline, &Call::not_returned},
      {set_of(returning_port), Event::manager_gone, &Call::manager_gone},
      {set_of(waiting_for_redial), Event::deadline, &Call::asks},
      {set_of(hanging_up), Event::released, &Call::released},
      {set_of(hanging_up), Event::deadline, &Call::not_released},
      {set_of(cancelling, closing_link, hanging_up), Event::lease_ended, &Call::taken_back_at_the_end},
      {set_of(cancelling, closing_link, hanging_up), Event::manager_gone, &Call::manager_gone_at_the_end},
      // What was on its way when its matter was over.
      {set_of(cancelling, closing_link, hanging_up, disconnected), Event::cancel, &Call::ignore},
      // The peer began anew.
      {set_of(authenticate, authenticated, connected), Event::proving, &Call::ignore},
      {set_of(authenticated, connected), Event::proven, &Call::ignore},
      {set_of(connected), Event::projected, &Call::ignore},
      {set_of(closing_link) | ending | over, Event::proving, &Call::ignore},
      {set_of(closing_link) | ending | over, Event::proven, &Call::ignore},
      {set_of(closing_link) | ending | over, Event::asked, &Call::ignore},
      {set_of(authenticate, closing_link) | ending | over, Event::answered, &Call::ignore},
      {set_of(closing_link) | ending | over, Event::projected, &Call::ignore},
      {set_of(closing_link) | ending | over, Event::idle, &Call::ignore},
      {ending | over, Event::link_ended, &Call::ignore},
      {set_of(port_opened, cancelling) | calling_back | ending | over, Event::carrier_lost, &Call::ignore},
      {set_of(closing_link) | ending | over, Event::callback_agreed, &Call::ignore},
      {ending | over, Event::line_dropped, &Call::ignore},
      {~set_of(wait_for_callback), Event::rang, &Call::ignore},
      {ending | over, Event::opened, &Call::ignore},
      {ending | over, Event::open_failed, &Call::ignore},
      {ending | over, Event::talked, &Call::ignore},
      {ending | over, Event::port_lost, &Call::ignore},
      {over, Event::released, &Call::ignore},
      {over, Event::lease_ended, &Call::ignore},
      {over, Event::manager_gone, &Call::ignore},
  };
  auto const* const found =
      std::ranges::find_if(rows, [&](Move const& move) { return has(move.from, from) && move.on == on; });
  return found == std::end(rows) ? nullptr : found;
}

Call::Call(Plan plan) : plan_(std::move(plan)), port_(plan_.port) {
  if (plan_.numbers.empty()) plan_.numbers.emplace_back();
  if (plan_.devices.empty()) plan_.devices.emplace_back();
  OFFHOOK_CHECK(plan_.numbers.size() <= most_numbers && plan_.devices.size() <= most_devices);
  worthless_.resize(plan_.numbers.size());
}

void Call::on(Instant now, Input const& input) {
  Move const* const move = find(state_, input.event);
  if (move) return (this->*move->does)(now, input);
  ++unexpected_;
  emit(Note{"call {" + std::string(name(state_)) + "} " + std::string(name(input.event)) + ": not expected"});
}

void Call::on_timeout(Instant now) {
  while (timers_.take_due(now)) on(now, {Event::deadline});
}

std::optional<Action> Call::poll_action() {
  if (next_action_ == actions_.size()) {
    actions_.clear();
    next_action_ = 0;
    return std::nullopt;
  }
  return std::move(actions_[next_action_++]);
}

void Call::enter(Instant now, State next) {
  OFFHOOK_CHECK(has(row(state_).next, next));
  State const before = std::exchange(state_, next);
  timers_.cancel_all();
  StateRow const& entered = row(next);
  if (entered.timer == Timer::redial)
    timers_.set(Timer::redial, now + pause_);
  else if (entered.timer == Timer::callback)
    timers_.set(Timer::callback, callback_until_);
  else if (entered.timer != Timer::count_)
    timers_.set(entered.timer, now + row(entered.timer).limit);
  emit(Told{state_, progress(*this, device_)});
  switch (entered.on_entry) {
    case Do::nothing:
      return;
    case Do::ask_lease:
      return emit(AskLease{});
    case Do::open_port:
      return emit(OpenPort{});
    case Do::stop_talk:
      return emit(StopTalk{});
    case Do::start_link:
      return emit(StartLink{called_back_});
    case Do::close_link:
      return emit(CloseLink{});
    case Do::drop_line:
      return emit(DropLine{});
    case Do::await_ring:
      return emit(AwaitRing{});
    case Do::release:  // from returning_port it is under way
      if (before != returning_port) emit(Release{});
      return;
    case Do::tell_result:
      return emit(result_);
  }
}

void Call::tell(std::string text) { emit(Told{state_, std::move(text)}); }

void Call::end(Instant now, State by_way_of, unsigned ras_error, std::string text) {
  result_ = {ras_error, std::move(text)};
  enter(now, by_way_of);
}

constexpr unsigned by_the_user = 631;

// ---- the lease ----

void Call::asks(Instant now, Input const&) {
  port_ = plan_.port;
  device_ = 0;
  line_rate_bps_ = 0;
  called_back_ = false;
  enter(now, open_port);
}

void Call::refused(Instant now, Input const& input) {
  emit(DropLease{});
  // While it waited for its next attempt the port may have taken a call.
  if (round_ == 0 || !next_round()) return end(now, disconnected, input.ras_error, input.text);
  tell(input.text);
  pause_ = plan_.redial_pause;
  enter(now, waiting_for_redial);
}

void Call::no_grant(Instant now, Input const&) {
  emit(DropLease{});
  end(now, disconnected, 638,
      "The port manager did not answer within " + std::to_string(row(Timer::lease).limit / 1s) +
          " s: see 'rasadmin ports', and rasd's log.");
}

void Call::no_manager(Instant now, Input const& input) { end(now, disconnected, 711, input.text); }

void Call::granted(Instant now, Input const& input) {
  port_ = input.text;
  enter(now, port_opened);
}

void Call::not_opened(Instant now, Input const& input) {
  end(now, hanging_up, 618, "The port could not be opened: " + input.text + ".");
}

// ---- devices and numbers ----

void Call::opened(Instant now, Input const&) { prepare(now); }

void Call::prepare(Instant now) {
  enter(now, prepare_device);
  emit(Talk{device_, at::Task::initialise, {}});
}

void Call::prepared(Instant now, Input const& input) {
  if (input.outcome != at::Outcome::ok)
    return end(now, hanging_up, at::ras_error(input.outcome), failure(*this, device_, input.outcome));
  if (dials(plan_.devices[device_].kind)) return dial(now);
  device_done(now);
}

void Call::dial(Instant now) {
  enter(now, connect_device);
  emit(Talk{device_, at::Task::dial, called_by(device_)});
}

void Call::dialled(Instant now, Input const& input) {
  if (input.outcome != at::Outcome::connect) return number_failed(now, input.outcome);
  if (input.line_rate_bps != 0) line_rate_bps_ = input.line_rate_bps;
  device_done(now);
}

void Call::device_done(Instant now) {
  enter(now, device_connected);
  if (++device_ < plan_.devices.size()) return prepare(now);
  enter(now, all_devices_connected);
  enter(now, plan_.ppp ? start_authentication : connected);
}

bool Call::behind_a_carrier() const {
  return std::any_of(plan_.devices.begin(), plan_.devices.begin() + static_cast<std::ptrdiff_t>(device_),
                     [](Device const& each) { return dials(each.kind); });
}

void Call::carrier_lost(Instant now, Input const&) {
  if (behind_a_carrier()) number_failed(now, at::Outcome::no_carrier);
}

void Call::number_failed(Instant now, at::Outcome outcome) {
  After const what = after(outcome);
  result_ = {at::ras_error(outcome), failure(*this, device_, outcome)};
  if (what == After::end) return enter(now, hanging_up);
  if (what == After::next_number) worthless_[number_] = true;
  std::string const happened = what_happened(number(), outcome);
  bool const carrier = behind_a_carrier();
  if (next_number()) {
    tell(happened + ".");
    if (!carrier) return dial(now);
    pause_ = 0s;  // the port's device is in a call, which the manager's recovery ends
  } else if (next_round()) {
    tell(happened + ".");
    pause_ = plan_.redial_pause;
  } else {
    return enter(now, hanging_up);
  }
  enter(now, returning_port);
}

bool Call::next_number() {
  for (size_t i = number_ + 1; i < plan_.numbers.size(); ++i)
    if (!worthless_[i]) return number_ = i, true;
  return false;
}

bool Call::next_round() {
  auto const first = std::ranges::find(worthless_, false);
  if (round_ >= plan_.redial_attempts || first == worthless_.end()) return false;
  ++round_;
  number_ = static_cast<size_t>(first - worthless_.begin());
  return true;
}

// ---- PPP ----

void Call::proving(Instant now, Input const&) { enter(now, authenticate); }

void Call::asked(Instant now, Input const& input) {
  tell(input.text);
  enter(now, retry_authentication);
}

void Call::proven(Instant now, Input const& input) {
  if (!input.text.empty()) tell(input.text);
  enter(now, authenticated);
}

void Call::got_address(Instant now, Input const& input) {
  address_ = input.text;
  enter(now, projected);
  enter(now, connected);
}

void Call::link_failed(Instant now, Input const& input) {
  end(now, hanging_up, input.ras_error, link_failure(input.ras_error, input.text));
}

/// Of a call that stood: the far end's doing, or the line's.
void Call::link_over(Instant now, Input const& input) {
  Result const told = dropped(input.ras_error, input.text);
  end(now, hanging_up, told.ras_error, told.text);
}

void Call::idled(Instant now, Input const& input) {
  constexpr unsigned disconnected_by_limit = 628;
  end(now, closing_link, disconnected_by_limit, input.text);
}

void Call::close_link(Instant now, Input const&) { end(now, closing_link, by_the_user, "Cancelled."); }

void Call::link_closed(Instant now, Input const&) { enter(now, hanging_up); }

// ---- the end of a line, a port, a manager ----

void Call::line_over(Instant now, Input const&) {
  end(now, hanging_up, 629, "The far end hung up, or the line was lost: dial again.");
}

constexpr unsigned port_gone = 619;

void Call::port_lost(Instant now, Input const& input) {
  end(now, hanging_up, port_gone,
      port_ + " was taken away (" + input.text + "): see 'rasadmin port " + port_ + "' for why.");
}

void Call::taken_back(Instant now, Input const& input) {
  emit(DropLease{});
  end(now, disconnected, ras_error_of_cause(input.cause),
      input.text.empty() ? std::string(advice_on_cause(input.cause)) : input.text);
}

/// The manager's word explains a descriptor that died before it.
void Call::taken_back_at_the_end(Instant now, Input const& input) {
  if (result_.ras_error == port_gone) return taken_back(now, input);
  emit(DropLease{});
  enter(now, disconnected);
}

void Call::manager_gone(Instant now, Input const& input) {
  end(now, disconnected, state_ == connected ? 668 : 711,
      "The port manager is gone, and the port with it (" + input.text + "): dial again when rasd runs.");
}

void Call::manager_gone_at_the_end(Instant now, Input const&) {
  result_.text += " The port manager went away meanwhile; the lease ended with it.";
  enter(now, disconnected);
}

// ---- cancelled, hung up, given back ----

void Call::cancelled_without_port(Instant now, Input const&) {
  if (state_ == open_port) emit(DropLease{});
  end(now, disconnected, by_the_user, "Cancelled.");
}

void Call::cancelled(Instant now, Input const&) { end(now, hanging_up, by_the_user, "Cancelled."); }

void Call::stop_talk(Instant now, Input const&) { end(now, cancelling, by_the_user, "Cancelled."); }

void Call::stopped(Instant now, Input const&) { enter(now, hanging_up); }

void Call::hung_up(Instant now, Input const&) {
  end(now, plan_.ppp ? closing_link : hanging_up, 0, "Hung up.");
}

void Call::returned(Instant now, Input const&) {
  emit(DropLease{});
  enter(now, waiting_for_redial);
}

void Call::not_returned(Instant now, Input const& input) { returned(now, input); }

void Call::released(Instant now, Input const&) {
  emit(DropLease{});
  if (result_.ras_error == 0 || result_.ras_error == by_the_user)
    result_.text += " " + port_ + " is free again.";
  enter(now, disconnected);
}

void Call::not_released(Instant now, Input const&) {
  emit(DropLease{});
  result_.text += " The port manager did not say within " + std::to_string(row(Timer::release).limit / 1s) +
                  " s that " + port_ + " listens again; the lease is over all the same.";
  enter(now, disconnected);
}

}  // namespace offhook::call
