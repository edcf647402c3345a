// The switch: subscribers on local loops, numbers, hunt groups, test lines, calls that leave it or come in,
// and their races.
//
// Pure. It hears what each set does (loop::Act) and tells it what it hears (loop::Event); whom it connects
// through it says by Connect and Disconnect. It does not know modems, bytes, rates or carriers: a connected
// pair is line/'s.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"
#include "emulator/exchange/timer_queue.h"
#include "emulator/loop/loop.h"

namespace offhook::exchange {

using SubscriberId = uint32_t;  // index into Plan::subscribers
using CallId = uint64_t;        // counts from 1, never reused

/// What sits at a test number. The first two kinds of party are also what a verb's caller is.
enum class TestLine : uint8_t {
  echo,          // answers; sends back what it hears
  busy,          // user busy
  no_answer,     // rings for ever
  voice,         // answered by a voice
  carrier_loss,  // answers as a modem, loses carrier after 5 s
  pattern,       // answers; sends an endless known pattern
  congestion,    // all circuits busy
  unallocated,   // no such number
  callback,      // busy now; calls back 2 s after the caller went on-hook
};
std::string_view name(TestLine);

struct HuntGroup {
  enum class Order : uint8_t { linear, round_robin };
  std::string number;
  std::vector<SubscriberId> members;  // tried in this order; those busy are skipped
  Order order = Order::linear;
  uint32_t no_answer_bursts = 0;  // after so many the call hunts on, round to the first again; 0: never
  bool operator==(HuntGroup const&) const = default;
};

/// On and off times of ringing current, repeated. Pattern 0 of a country is its usual ring.
struct Cadence {
  std::vector<Duration> on_off;  // on, off, on, off ...: an even number
  /// When burst k, counted from 1, has ended.
  Duration end_of_burst(uint32_t k) const;
  bool operator==(Cadence const&) const = default;
};
/// The ringing cadence of "us", "uk", "de", "fr", "jp" ...; pattern 1-5 are distinctive rings. Null: not
/// known.
Cadence const* cadence(std::string_view country, uint8_t pattern);

struct Plan {
  std::vector<std::string> subscribers;  // their numbers, digits only; empty: none
  std::vector<HuntGroup> groups;
  std::vector<std::pair<std::string, TestLine>> test_lines;
  std::string country = "us";
  bool realistic = false;  // dial tone, routing and ringback take their time
  Duration rest{0};        // after going on-hook a subscriber is busy to callers this long
  bool operator==(Plan const&) const = default;
};
/// The default bank's test lines, 5550000 ... 5550008.
std::vector<std::pair<std::string, TestLine>> default_test_lines();
/// A word for each mistake: numbers that are not digits or stand twice, members out of range, an unknown
/// country.
Result<void> check(Plan const&);

/// Beyond the exchange: whom the call's CallId stands for, the driver knows.
struct Outside {
  bool operator==(Outside const&) const = default;
};

/// One end of a connected pair: a subscriber, what sits at a test number, or somebody outside.
using Party = std::variant<SubscriberId, TestLine, Outside>;

/// What the operator asks for: a call to a subscriber from outside the plan.
struct RingOrder {
  SubscriberId to = 0;
  loop::CallerId from;
  uint32_t rings = 0;  // the caller gives up at the end of this burst; 0: never
  uint8_t pattern = 0;
  Party caller =
      TestLine::echo;  // who speaks once it is answered; a subscriber is rung first by nobody: it must be
                       // on-hook, and is taken off-hook by the exchange's operator (it hears Answered)
};

/// A call that comes in from outside.
struct OfferOrder {
  loop::CallerId from{};
  uint32_t rings = 0;  // the caller gives up at the end of this burst; 0: never
  uint8_t pattern = 0;
  bool operator==(OfferOrder const&) const = default;
};
/// Why a call from outside was not taken: for the caller, and in words.
struct Refusal {
  loop::Cause cause = loop::Cause::normal_clearing;
  std::string message;
  bool operator==(Refusal const&) const = default;
};
/// Called by result<T, Refusal>::value() on a refusal: that is our own bug, since callers must look first.
[[noreturn]] void throw_exception_from_error(Refusal const& refusal, boost::source_location const&);
using Offered = boost::system::result<CallId, Refusal>;

/// What ring() and offer() demand of a caller's identity and a pattern, in words.
Result<void> check_ring(loop::CallerId const& from, uint8_t pattern);

/// What calls from a subscriber meet instead of what they dialled (`vmodem force`).
enum class Forced : uint8_t { none, busy, no_answer, no_dialtone, voice };

struct Tell {
  SubscriberId to;
  loop::Event event;
  bool operator==(Tell const&) const = default;
};
/// `caller` and `called` hear each other from now on; each subscriber among them is told Answered right after
/// this.
struct Connect {
  CallId call;
  Party caller, called;
  bool operator==(Connect const&) const = default;
};
/// The pair is no more. Also where a call with somebody outside ends before it was connected: the driver
/// stops trying, or tells the caller the cause. Each CallOut and each offer() ends with exactly one of these.
struct Disconnect {
  CallId call;
  loop::Cause cause;
  bool operator==(Disconnect const&) const = default;
};
/// Somebody outside is called, by a subscriber or by somebody else outside (offer()): the driver tries, and
/// says what it meets by out_ringing(), out_answered() or out_failed().
struct CallOut {
  CallId call;
  std::string target;  // a number of set_routes(), or an address
  bool is_address = false;
  std::string from;  // the caller's number; empty: it has none
  bool operator==(CallOut const&) const = default;
};
/// For watchers: a call began to ring, was abandoned, was refused ...
struct CallNote {
  enum class Kind : uint8_t { began, ringing, answered, ended };
  CallId call;
  Kind kind;
  std::string from, to;                              // numbers; empty: withheld or none
  loop::Cause cause = loop::Cause::normal_clearing;  // with `ended`
  bool operator==(CallNote const&) const = default;
};
using Action = std::variant<Tell, Connect, Disconnect, CallNote, CallOut>;

/// What a subscriber's loop is doing.
enum class LoopState : uint8_t {
  on_hook,
  resting,  // on-hook, but still busy to callers
  ringing,  // a call is offered
  seized,   // off-hook, no dial tone yet
  dial_tone,
  dialling,
  routing,   // the number is known, the call not yet offered
  ringback,  // the call is offered, or a voice answered it
  connected,
  parked,  // off-hook without a call: whatever it does but hang up or flash goes unheard
};
std::string_view name(LoopState);

class Exchange {
 public:
  explicit Exchange(Plan plan);  // check()ed before

  void on_loop(Instant now, SubscriberId from, loop::Act const& act);
  /// The loop is cut (cable pulled, modem without power): as on-hook, and callers get no answer until
  /// restored.
  void on_loop_cut(Instant now, SubscriberId subscriber, bool cut);
  /// What sits at the test number of this call went on-hook, or the operator ends it. Unknown calls are
  /// ignored.
  void clear_call(Instant now, CallId call);
  [[nodiscard]] Result<CallId> ring(Instant now, RingOrder const& order);

  /// Numbers that lead outside, in the place of the former ones; calls under way go on. A number of the plan
  /// stays the plan's.
  void set_routes(std::vector<std::string> numbers);
  /// What the driver met on a CallOut. Ringing need not be said before an answer. Calls that are unknown, or
  /// are none of these, are ignored; out_failed() ends a connected one too.
  void out_ringing(Instant now, CallId call);
  void out_answered(Instant now, CallId call);
  void out_failed(Instant now, CallId call, loop::Cause cause);
  /// A call from outside to a number of the plan, or to one of set_routes(): then it leaves again, and the
  /// CallOut has the same CallId. A subscriber whose loop is cut is out of order to it, since nobody outside
  /// hears our ringback. clear_call() when it ends outside.
  [[nodiscard]] Offered offer(Instant now, std::string_view number, OfferOrder const& order);
  /// Meets the subscriber's calls from the next number it completes, or the next time it goes off-hook, on.
  void force(SubscriberId subscriber, Forced forced);

  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timers_.next(); }
  std::optional<Action> poll_action();

  LoopState state(SubscriberId subscriber) const { return subscribers_.at(subscriber).state; }
  Forced forced(SubscriberId subscriber) const { return subscribers_.at(subscriber).forced; }
  /// The call this subscriber has a part in, from routing or ringing to its end.
  std::optional<CallId> call(SubscriberId subscriber) const;
  size_t calls() const { return calls_.size(); }
  /// Who has this number: a subscriber or a test line. Nothing for hunt groups and unknown numbers.
  std::optional<Party> party(std::string_view number) const;
  Plan const& plan() const { return plan_; }

  bool operator==(Exchange const&) const = default;

 private:
  enum class Hook : uint8_t { on, off };
  enum class Wire : uint8_t { whole, cut };
  enum class Ringer : uint8_t { silent, sounding };
  enum class Callback : uint8_t { none, asked, due };
  struct Subscriber {
    LoopState state = LoopState::on_hook;
    Hook hook = Hook::on;  // as the set last did; on while the operator holds its line
    Wire wire = Wire::whole;
    Ringer ringer = Ringer::silent;  // as told to the set
    Callback callback = Callback::none;
    Forced forced = Forced::none;
    CallId call = 0;
    std::optional<Instant> due, callback_due;
    std::string digits;
    bool operator==(Subscriber const&) const = default;
  };

  enum class CallState : uint8_t { routing, trying, alerting, voice, connected };  // trying: outside
  enum class Dialled : uint8_t { number, address };
  enum class RingPhase : uint8_t { none, burst, before_id, silence };
  struct Call {
    CallId id = 0;
    CallState state = CallState::routing;
    Dialled dialled = Dialled::number;
    Party caller;
    std::optional<Party> called;  // once it is offered to somebody
    std::string from, to;
    loop::CallerId identity;
    Cadence const* cadence = nullptr;  // of the tables, which outlive everything
    RingPhase phase = RingPhase::none;
    uint8_t pattern = 0, step = 0;
    uint32_t bursts = 0, give_up_after = 0;  // 0: never
    uint32_t bursts_here = 0;                // at the present member of a hunt group
    std::optional<Instant> due;
    bool operator==(Call const&) const = default;
  };

  /// Where a number leads: an index into the plan's list of that kind.
  struct Destination {
    enum class Kind : uint8_t { subscriber, group, test_line };
    Kind kind;
    uint32_t index;
    bool operator==(Destination const&) const = default;
  };
  using Target = std::variant<SubscriberId, TestLine, Outside, loop::Cause>;

  enum class TimerOwner : uint8_t { loop, call, callback };
  struct TimerKey {
    TimerOwner owner;
    uint64_t id;
    auto operator<=>(TimerKey const&) const = default;
  };
  struct StateRow;
  using Handler = void (Exchange::*)(Instant, SubscriberId, loop::Act const&);

  // loops.cc: what a set does, by the state of its loop
  static StateRow const& row(LoopState state);
  void enter(Instant now, SubscriberId id, LoopState next);
  Duration limit(LoopState state) const;
  void seize(Instant now, SubscriberId id, loop::Act const& act);
  void give_dial_tone(Instant now, SubscriberId id);
  void hang_up(Instant now, SubscriberId id, loop::Act const& act);
  void flash(Instant now, SubscriberId id, loop::Act const& act);
  void dial(Instant now, SubscriberId id, loop::Act const& act);
  void end_dialling(Instant now, SubscriberId id, loop::Act const& act);
  void dial_address(Instant now, SubscriberId id, loop::Act const& act);
  void answer(Instant now, SubscriberId id, loop::Act const& act);
  void on_loop_timeout(Instant now, SubscriberId id);
  void on_callback(Instant now, SubscriberId id);
  void tell(SubscriberId to, loop::Event event);
  void silence(SubscriberId id);

  // numbers.cc: where a number leads
  void index_numbers();
  std::string const& number(Destination const& destination) const;
  std::optional<Destination> find(std::string_view number) const;
  bool is_route(std::string_view number) const;
  bool is_complete(std::string_view number) const;
  Target target(Call const& call);
  Target target(std::string_view number);

  // hunting.cc
  Target hunt(uint32_t group);
  std::optional<uint32_t> group_of(Call const& call) const;
  std::optional<SubscriberId> next_member(uint32_t group, SubscriberId after) const;
  bool hunt_on(Instant now, Call& call);
  void remember_answer(Call const& call);

  // calls.cc: a call from its number to its end
  Call& begin(Party caller, std::string from, std::string to);
  CallId begin_ordered(Instant now, RingOrder const& order);
  void route(Instant now, SubscriberId caller, std::string to, Dialled dialled = Dialled::number);
  void present(Instant now, Call& call);
  void present_to_test_line(Instant now, Call& call, TestLine line);
  void hear_ringback(Instant now, Call const& call);
  void alert(Instant now, Call& call, SubscriberId called);
  void ring_on(Instant now, Call& call);
  void ring_off(Instant now, Call& call);
  void on_call_timeout(Instant now, CallId id);
  void connect(Instant now, Call& call);
  void test_line_answers(Instant now, Call& call);
  void test_line_due(Instant now, Call& call);
  static std::optional<loop::Cause> refusal_of(TestLine line);
  void end_call(Instant now, CallId id, loop::Cause cause, std::optional<SubscriberId> left = std::nullopt);
  void release_party(Instant now, SubscriberId id, Call const& call, loop::Cause cause,
                     std::optional<SubscriberId> left);
  void set_due(Call& call, std::optional<Instant> at);
  void note(Call const& call, CallNote::Kind kind, loop::Cause cause = loop::Cause::normal_clearing);

  // outside.cc: calls that leave the exchange or come in
  void call_out(Call& call);
  Call* outgoing(CallId id);
  void out_alerting(Instant now, Call& call);
  std::optional<Refusal> refusal(std::string_view number, Target const& to) const;

  Plan plan_;
  std::vector<Destination> numbers_;     // sorted by number
  std::vector<std::string> routes_;      // sorted
  std::vector<uint32_t> next_in_group_;  // round robin: where the next hunt starts
  std::vector<Subscriber> subscribers_;
  std::map<CallId, Call> calls_;
  CallId last_call_ = 0;
  TimerQueue<TimerKey> timers_;
  std::deque<Action> actions_;  // drained after every call, so it holds no more than one call's
};

}  // namespace offhook::exchange
