// The switch: subscribers on local loops, numbers, hunt groups, test lines, calls and their races.
//
// Pure. It hears what each set does (loop::Act) and tells it what it hears (loop::Event); whom it connects through it
// says by Connect and Disconnect. It does not know modems, bytes, rates or carriers: a connected pair is line/'s.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"
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
  bool operator==(HuntGroup const&) const = default;
};

/// On and off times of ringing current, repeated. Pattern 0 of a country is its usual ring.
struct Cadence {
  std::vector<Duration> on_off;  // on, off, on, off ...: an even number
  bool operator==(Cadence const&) const = default;
};
/// The ringing cadence of "us", "uk", "de", "fr", "jp" ...; pattern 1-5 are distinctive rings. Null: not known.
Cadence const* cadence(std::string_view country, uint8_t pattern);

struct Plan {
  std::vector<std::string> subscribers;  // their numbers, digits only; empty: none
  std::vector<HuntGroup> groups;
  std::vector<std::pair<std::string, TestLine>> test_lines;
  std::string country = "us";
  bool realistic = false;     // dial tone, routing and ringback take their time
  Duration rest{0};           // after going on-hook a subscriber is busy to callers this long
  bool operator==(Plan const&) const = default;
};
/// The default bank's test lines, 5550000 ... 5550008.
std::vector<std::pair<std::string, TestLine>> default_test_lines();
/// A word for each mistake: numbers that are not digits or stand twice, members out of range, an unknown country.
Result<void> check(Plan const&);

/// One end of a connected pair: a subscriber, or what sits at a test number.
using Party = std::variant<SubscriberId, TestLine>;

/// What the operator asks for: a call to a subscriber from outside the plan.
struct RingOrder {
  SubscriberId to = 0;
  loop::CallerId from;
  uint32_t rings = 0;           // the caller gives up at the end of this burst; 0: never
  uint8_t pattern = 0;
  Party caller = TestLine::echo;  // who speaks once it is answered; a subscriber is rung first by nobody: it must be
                                  // on-hook, and is taken off-hook by the exchange's operator (it hears Answered)
};

/// What calls from a subscriber meet instead of what they dialled (`vmodem force`).
enum class Forced : uint8_t { none, busy, no_answer, no_dialtone, voice };

struct Tell { SubscriberId to; loop::Event event; bool operator==(Tell const&) const = default; };
/// `caller` and `called` hear each other from now on; each subscriber among them was told Answered.
struct Connect { CallId call; Party caller, called; bool operator==(Connect const&) const = default; };
struct Disconnect { CallId call; loop::Cause cause; bool operator==(Disconnect const&) const = default; };
/// For watchers: a call began to ring, was abandoned, was refused ...
struct CallNote {
  enum class Kind : uint8_t { began, ringing, answered, ended };
  CallId call;
  Kind kind;
  std::string from, to;  // numbers; empty: withheld or none
  loop::Cause cause = loop::Cause::normal_clearing;  // with `ended`
  bool operator==(CallNote const&) const = default;
};
using Action = std::variant<Tell, Connect, Disconnect, CallNote>;

/// What a subscriber's loop is doing.
enum class LoopState : uint8_t { on_hook, resting, ringing, dial_tone, dialling, routing, ringback, connected, parked };
std::string_view name(LoopState);

class Exchange {
 public:
  explicit Exchange(Plan plan);  // check()ed before

  void on_loop(Instant now, SubscriberId from, loop::Act const& act);
  /// The loop is cut (cable pulled, modem without power): as on-hook, and callers get no answer until restored.
  void on_loop_cut(Instant now, SubscriberId subscriber, bool cut);
  Result<CallId> ring(Instant now, RingOrder const& order);
  void force(SubscriberId subscriber, Forced forced);

  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  std::optional<Action> poll_action();

  LoopState state(SubscriberId) const;
  Forced forced(SubscriberId) const;
  Plan const& plan() const;
  // (private part: the implementation's)
};

}  // namespace offhook::exchange
