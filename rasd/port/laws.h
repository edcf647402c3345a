// The life of a port as data: its states, the steps in each with what they ask for and how long they may
// take, and every permitted move. DESIGN section 5's laws are rows here, so that a test can take one away and
// show what happens then.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "emulator/base/time.h"
#include "rasd/port/log.h"

namespace offhook::port {

/// Where in a state the port is. A state is entered at any of its steps; inside one, steps follow each other.
enum class Step : uint8_t {
  gone,          // absent
  unready,       // the device is there, and its 107 off: held open, so that its return is seen
  opening_asks,  // opening
  opens,
  asks_who_is_busy,
  opening_samples,
  initialises,  // initialising
  renews,      // a program that nobody saw may have set the device: as `initialises`, and the port stays free
  blame_asks,  // law 5: before the device is blamed
  blame_samples,
  posts,     // listening: the listen is being posted
  quietens,  // no call so far, but a cadence has not passed
  quiet,
  lease_asks,
  counts,  // ringing
  answer_asks,
  answer_samples,  // does it still ring?
  answers,         // answering
  authenticates,   // authenticating
  starts,          // connected
  runs,
  lent,   // leased
  away,   // foreign
  stops,  // hanging_up
  kills,
  revokes,  // recovering
  reopens,
  recovery_asks,
  dtr_falls,
  recovery_samples,  // is the device there to be talked to?
  awaits_ready,      // its 107 is off
  attends,
  escapes,
  fails,  // failed
  off,    // disabled
  count_,
  // Where a move may lead by way of a decision (Port::decide):
  stay,             // expected, and changes nothing
  look,             // the step's periodic question again
  open_or_recover,  // open, unless a call's end still owes a recovery
  next_recovery,    // the next of Laws::recovery
  absent_or_on,     // without its device the recovery waits, once; else it goes on
  skip_escape,      // the modem answers: the recovery is over
  next_blame,       // the next of Laws::blame, then the verdict
  ready,            // a call that came meanwhile, or the listen
  stray,            // a carrier that is no call of ours: recovery, once
};

/// What the port's machine can be told, finer than an event: an answer is split by what it says.
enum class Cue : uint8_t {
  nobody,
  nobody_any_more,  // after an open that was noticed, and whose program no look has shown
  held,             // Ownership
  touched,
  opened,
  no_device,
  busy,
  unopenable,  // Opened, OpenFailed
  lost,
  appeared,
  gone,
  quiet,
  rung,
  carrier,
  call,
  not_ready,
  rings_no_more,  // Sampled; `call`: carrier on a device whose carrier is a call
  carrier_gone,
  ring,
  caller_id,
  carrier_up,
  call_up,
  carrier_lost,
  readable,
  ok,
  connect,
  no_carrier,
  refused,
  garbage,
  echo,
  silent,  // DialogueEnded
  revoked,
  not_revoked,
  started,
  service_failed,
  service_ended,
  authentication_begun,
  authenticated,
  traffic,
  client_gone,
  lease,
  hang_up,
  reset,
  enable,
  disable,
  remove,
  session_over,
  idle_over,
  authentication_over,  // limits of a call
  deadline,             // the step's own
  count_,
};
std::string_view name(Step);
std::string_view name(Cue);

/// The port's timers. Defaults and sections: the table in laws.cc.
enum class Timer : uint8_t {
  absent_look,
  ask_limit,
  open_limit,
  sample_limit,
  init_limit,
  cadence,
  listen_look,
  ring_gap,
  answer_limit,
  service_limit,
  carrier_look,
  stop_limit,
  kill_limit,
  foreign_look,
  revoke_limit,
  dtr_off,
  ready_wait,
  talk_limit,
  retry,
  retry_most,
  lease_wait,
  authentication_limit,
  session_limit,
  idle_limit,
  count_,
  none,
};
struct TimerRow {
  Timer timer;
  std::string_view name;
  Duration by_default;
  std::string_view why;
};
TimerRow const& row(Timer);
std::string_view name(Timer);

/// How long each takes; 0 for session_limit and idle_limit: no limit.
using Timing = std::array<Duration, static_cast<size_t>(Timer::count_)>;
Timing default_timing();

/// What is asked for, one action each.
enum class Do : uint8_t {
  nothing,
  ask,
  ask_to_read,
  read,
  open,
  close,
  lock,
  unlock,
  dtr_on,
  dtr_off,
  arm,
  sample,
  hush,
  attention,
  escape,
  initialise,
  answer,
  revoke,
  start_service,
  stop_service,
  kill_service,
  grant,
  finish,
};

struct StepRow {
  Step step;
  State state;
  std::string_view name;
  std::array<Do, 4> actions;          // on entry
  Timer timer = Timer::none;          // the deadline
  Step late = Step::stay;             // where the deadline leads
  std::array<Do, 2> asks_again = {};  // with late = look
  Why why = Why::none;                // of an end by the deadline
};

/// Who brings a state to its end when no deadline does.
enum class Owner : uint8_t { nobody, client, administrator };
/// What becomes of a client that asks for a lease in a state.
enum class Ask : uint8_t { grants, waits, is_in_use, has_no_device, is_foreign, is_broken, is_disabled };

struct StateRow {
  State state;
  std::string_view name;
  Ask lease;
  Owner owner;    // of a state with a step that has no deadline
  uint16_t next;  // bit n: State n may follow
  bool at_rest;  // a port that is to be disabled or removed may go there from here or instead of here at once
};

/// Bit n: Step n.
using Steps = uint64_t;

struct Move {
  Steps from;
  Cue on;
  Step to;
  Why why = Why::none;
  Failure failure = Failure::none;
};

inline constexpr size_t move_count = 160;

struct Laws {
  std::array<StepRow, static_cast<size_t>(Step::count_)> steps;
  std::array<StateRow, static_cast<size_t>(State::count_)> states;
  std::array<Move, move_count> moves;  // rows from == 0 are no moves
  std::array<Step, 6> recovery;        // law 3, in order; Step::count_: left out
  std::array<Step, 2> blame;           // law 5, in order
  Do readable;                         // law 6

  StepRow const& row(Step step) const { return steps[static_cast<size_t>(step)]; }
  StateRow const& row(State state) const { return states[static_cast<size_t>(state)]; }
  Move const* find(Step from, Cue on) const;
};
Laws const& standard_laws();

}  // namespace offhook::port
