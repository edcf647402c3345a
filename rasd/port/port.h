// The life of one port: when it is opened, listens, answers, is lent, given up to another program, and
// brought back. One machine, declared in laws.h; pure. It does not know ttys, processes, modems' words or
// clients' sockets: the driver tells facts (events.h) and does what poll_action() asks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/time.h"
#include "emulator/base/timers.h"
#include "rasd/port/events.h"
#include "rasd/port/laws.h"

namespace offhook::port {

/// What 109 means when no call of ours stands: on a modem, somebody else's call; on a null-modem cable, a
/// call.
enum class Carrier : uint8_t { stray, call };

struct Config {
  bool dial_in = true, dial_out = true;
  uint8_t rings_before_answer = 1;
  Carrier carrier = Carrier::stray;
  Timing timing = default_timing();
  bool operator==(Config const&) const = default;
};

class Port {
 public:
  /// Starts to open at once. `laws` must outlive the port.
  Port(Instant now, std::string name, Config config, Laws const& laws = standard_laws());

  void on(Instant now, Event const& event);
  /// Early or repeated calls are no-ops.
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timers_.next(); }
  std::optional<Action> poll_action();

  State state() const { return laws_->row(step_).state; }
  Step step() const { return step_; }
  /// The public condition: always the fold of the Changes given out so far.
  Snapshot const& shown() const { return shown_; }
  /// The client that waits for a lease; 0: none.
  ClientId waiting_client() const { return waiting_ ? waiting_->client : 0; }
  /// Events that a state does not list.
  uint64_t unexpected() const { return unexpected_; }

  /// The questions that can be open at one time.
  enum class Question : uint8_t {
    holder,
    holder_before_read,
    open,
    sample,
    dialogue,
    revocation,
    service,
    count_
  };
  /// The ticket whose answer is awaited; 0: none.
  Ticket awaited(Question question) const { return awaited_[static_cast<size_t>(question)]; }
  /// What a look who has the port is worth ends with each state, and where a revocation is done: whoever had
  /// the port by our leave before is a stranger after it, and a program that was not there may have been let
  /// in.
  Ticket era() const { return era_; }

  /// All that decides what comes next, deadlines relative to `now`; no statistics, texts or serial numbers.
  /// Two ports with one key behave alike. For hashing and exploration.
  std::string key(Instant now) const;

  bool operator==(Port const&) const = default;

 private:
  /// Where the port is to rest.
  enum class Rest : uint8_t { listening, disabled, removed, finished };
  /// Whether a call's end still owes a recovery (law 3), and whether that has waited for a device already:
  /// one whose 107 takes long to follow 108 is not waited for twice.
  enum class Debt : uint8_t { none, recovery, recovery_that_waited };
  /// Whether the listen may be another program's work: an open was noticed, and no look has shown its
  /// program.
  enum class Doubt : uint8_t { none, unseen_program };
  /// Whether a burst was seen to be over before its answer: the next is answered all the same.
  enum class Hesitation : uint8_t { none, once };
  /// Whether the init that fails may still be helped by a recovery.
  enum class Attempt : uint8_t { first, after_recovery };
  enum class Clock : uint8_t { step, ring_memory, lease_wait, authentication, session, idle, count_ };

  // port.cc: the machine
  bool move(Instant now, Cue cue, Why why = Why::none);
  void go(Instant now, Step to, std::string_view cause);
  Step decide(Step to);
  Step next_recovery();
  Step next_blame();
  Step recovered();
  void look(Instant now);
  void enter(Instant now, State next);
  void tell_absence(Instant now);
  void leave(Instant now, State from, State next, std::string_view cause);
  void forget_questions(State from, State next);
  void perform(Do what);
  Ticket ask(Question question);
  void fire(Instant now, Clock clock);
  void start(Instant now, Clock clock, Timer timer);
  Duration time(Timer timer) const { return config_.timing[static_cast<size_t>(timer)]; }
  Duration deadline(StepRow const& row) const;
  Duration retry_wait() const;
  void log(Instant now, Change change);
  void emit(Action action) { actions_.push_back(std::move(action)); }
  void note_transition(State from, State next, std::string_view cause);
  void note_oddity(std::string_view what, std::string_view oddity);
  bool answers(Question question, Ticket ticket, std::string_view what);
  void fail_as(Failure failure, std::string_view detail);

  // facts.cc: what is heard
  void hear(Instant now, Ownership const&);
  void hear(Instant now, Touched const&);
  void hear(Instant now, Opened const&);
  void hear(Instant now, OpenFailed const&);
  void hear(Instant now, Lost const&);
  void hear(Instant now, DeviceAppeared const&);
  void hear(Instant now, DeviceGone const&);
  void hear(Instant now, Sampled const&);
  void hear(Instant now, Ring const&);
  void hear(Instant now, CallerId const&);
  void hear(Instant now, CarrierUp const&);
  void hear(Instant now, CarrierLost const&);
  void hear(Instant now, Readable const&);
  void hear(Instant now, DialogueEnded const&);
  void hear(Instant now, Revoked const&);
  void hear(Instant now, NotRevoked const&);
  void hear(Instant now, ServiceStarted const&);
  void hear(Instant now, ServiceFailed const&);
  void hear(Instant now, ServiceEnded const&);
  void hear(Instant now, AuthenticationBegun const&);
  void hear(Instant now, Authenticated const&);
  void hear(Instant now, Traffic const&);
  void hear(Instant now, ClientGone const&);
  void hear(Instant now, Lease const&);
  void hear(Instant now, HangUp const&);
  void hear(Instant now, Reset const&);
  void hear(Instant now, Enable const&);
  void hear(Instant now, Disable const&);
  void hear(Instant now, Remove const&);
  void held_by(Instant now, std::string const& holder, Cue cue);
  void nobody_has_it(Instant now, bool unasked, bool before_read);
  void count_ring(Instant now);
  Cue cue_of(Sampled const&) const;
  bool in_call() const;

  // leases.cc
  void refuse(Lease const&, Ask ask);
  void refuse_waiting(State state);

  std::string name_;
  Config config_;
  Laws const* laws_;

  Step step_ = Step::gone;
  Timers<Clock> timers_;
  std::array<Ticket, static_cast<size_t>(Question::count_)> awaited_{};
  Rest rest_ = Rest::listening;
  Debt debt_ = Debt::none;
  Doubt doubt_ = Doubt::none;
  Attempt attempt_ = Attempt::first;
  Hesitation hesitation_ = Hesitation::none;
  uint8_t rings_ = 0;     // bursts of the call that comes in
  uint8_t failures_ = 0;  // one after another, for the backoff
  Why why_ = Why::none;   // of the end that is under way
  Failure failure_ = Failure::none;
  std::string failure_text_;
  std::string holder_;            // whom the port is left to
  std::optional<Lease> waiting_;  // for a lease
  ClientId client_ = 0;           // of the lease

  Snapshot shown_;
  Ticket tickets_ = 0, era_ = 0;
  uint64_t calls_ = 0, unexpected_ = 0;
  std::vector<Action> actions_;
  size_t next_action_ = 0;
};

}  // namespace offhook::port
