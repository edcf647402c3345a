// What the DTE's commands do (X.28 3.2, 3.3): a table of verbs, and one function each.
#include <iterator>
#include <utility>

#include "emulator/pad/pad.h"
#include "emulator/pad/states.h"

namespace offhook::pad {
namespace {

constexpr Duration dial_tone_limit = 5s;

using enum State;
constexpr unsigned idle_states = bits(pad_waiting);
constexpr unsigned attempt_states = bits(seizing, connecting, answering, training);
constexpr unsigned call_states = bits(waiting_for_command);
constexpr unsigned anywhere = idle_states | bits(incoming) | attempt_states | call_states;

}  // namespace

/// Where a command is allowed. Elsewhere it is answered by ERR; CLR without a call, by the clear indication
/// for a procedure error (X.28 3.3.2).
struct Pad::VerbRow {
  Verb verb;
  unsigned states;
  Handler handler;
};

void Pad::execute(Instant now, Command const& command) {
  static constexpr VerbRow verbs[] = {
      {Verb::status, anywhere, &Pad::report_status},
      {Verb::clear, anywhere, &Pad::clear},
      {Verb::invite_to_clear, call_states, &Pad::invite_to_clear},
      {Verb::reset, call_states, &Pad::reset},
      {Verb::interrupt, call_states, &Pad::interrupt},
      {Verb::read, anywhere, &Pad::read_parameters},
      {Verb::set, anywhere, &Pad::set_parameters},
      {Verb::set_and_read, anywhere, &Pad::set_parameters},
      {Verb::profile, anywhere, &Pad::load_profile},
      {Verb::select, idle_states, &Pad::select},
  };
  for (auto const& each : verbs)
    if (each.verb == command.verb && has(each.states, state_)) return (this->*each.handler)(now, command);
  if (command.verb != Verb::none) signal("ERR");
}

/// After any command but those that end the call, a call that was interrupted for it goes on (X.28 4.9).
void Pad::run_line(Instant now) {
  timers_.cancel(Timer::half_line);
  std::string const line = std::exchange(line_, {});
  State const before = state_;
  if (auto const command = read_command(line); command.has_error()) {
    note("{" + std::string(name(state_)) + "} ERR: " + command.error().message);
    signal("ERR");
  } else {
    execute(now, *command);
  }
  if (state_ != before) return;
  if (state_ == waiting_for_command) return enter(now, data_transfer, "command done");
  prompt();
}

void Pad::report_status(Instant, Command const&) { signal(in_call(state_) ? "ENGAGED" : "FREE"); }

void Pad::clear(Instant now, Command const&) {
  if (!in_call(state_)) return signal("CLR ERR");
  if (connected(state_)) return release(now, Clearing::confirmed, "CLR");
  role_ = Role::caller;  // who clears an incoming call that is not up yet is told so
  finish(now, Clearing::confirmed, "CLR");
}

/// The far end is asked to clear once it has everything (X.29 3.4): here the line's orderly release does it.
void Pad::invite_to_clear(Instant now, Command const&) {
  acknowledge();
  release(now, Clearing::dte, "ICLR");
}

void Pad::reset(Instant, Command const&) {
  reset_call();
  acknowledge();
}

void Pad::interrupt(Instant, Command const&) {
  note("{waiting_for_command} INT: the line carries no interrupt");
  acknowledge();
}

void Pad::read_parameters(Instant, Command const& command) {
  auto wanted = command.settings;
  if (wanted.empty())
    for (unsigned ref = first_ref; ref <= last_ref; ++ref) wanted.push_back({ref, 0});
  std::string list;
  for (auto const& each : wanted) {
    bool const known = each.ref >= first_ref && each.ref <= last_ref;
    list += (list.empty() ? "" : ",") + std::to_string(each.ref) + ":" +
            (known ? std::to_string(parameters_[static_cast<Ref>(each.ref)]) : "INV");
  }
  signal("PAR " + list);
}

/// What can be set is set, whatever else is wrong. SET tells of those that cannot, SET? of all (X.28 3.3.4).
/// The answer is in the form that holds after the command.
void Pad::set_parameters(Instant, Command const& command) {
  std::string list;
  for (auto const& each : command.settings) {
    bool const done = parameters_.set(each.ref, each.value);
    if (done && command.verb == Verb::set) continue;
    list += (list.empty() ? "" : ",") + std::to_string(each.ref) + ":" +
            (done ? std::to_string(each.value) : "INV");
  }
  if (parameters_[Ref::flow_control] == 0) received_ = Flow::going;  // nothing could start it again
  if (list.empty()) return acknowledge();
  signal("PAR " + list);
}

void Pad::load_profile(Instant, Command const& command) {
  auto const profile = find_profile(command.profile);
  if (!profile) return signal("ERR");
  parameters_.load(*profile);
  if (parameters_[Ref::flow_control] == 0) received_ = Flow::going;
  acknowledge();
}

/// User data and facilities are read, but no call here carries them.
void Pad::select(Instant now, Command const& command) {
  if (!command.refused.empty()) {
    note("{pad_waiting} facility " + command.refused + " is not offered");
    return signal("CLR " + std::string(code(Clearing::invalid_facility)));
  }
  acknowledge();
  number_ = command.address;
  role_ = Role::caller;
  received_ = Flow::going;
  act(loop::GoOffHook{});
  enter(now, seizing, "selection of " + number_);
  timers_.set(Timer::dial_tone, now + dial_tone_limit);
}

}  // namespace offhook::pad
