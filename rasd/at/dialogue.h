// The DTE's half of a dialogue with a modem, a PAD or a null-modem cable, after its script: commands in
// order, each with the answers wanted, and an ear for what comes unasked (RING, caller identity, NO CARRIER).
//
// Pure: it is driven by calls and reads no clock. After every call the driver drains poll_action() and then
// asks next_timeout(). It does not know ttys, circuits or who may use them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/base/byte_queue.h"
#include "emulator/base/time.h"
#include "emulator/base/timers.h"
#include "rasd/at/caller_id.h"
#include "rasd/at/line_reader.h"
#include "rasd/at/outcome.h"
#include "rasd/at/script.h"

namespace offhook::at {

enum class Task : uint8_t {
  attention,   // is somebody there?
  initialise,  // attention, then the script's init commands
  hang_up,     // guard, escape, guard, then the script's hangup
  answer,      // takes the call that rings
  dial,        // calls a number
};
std::string_view name(Task);

enum class State : uint8_t {
  idle,      // listens
  guarding,  // silence before the escape, or after it
  awaiting,  // a command was sent: its answer is due
  aborting,  // no carrier in the time for one: a character ended the answering, and its NO CARRIER is due
  settling,  // answered, but answers to earlier commands may still come
  line_end,  // CONNECT was read up to its CR: its LF is due, then data
};
std::string_view name(State);

enum class Timer : uint8_t {
  guard,     // the script's guard
  answer,    // the script's timeouts
  settle,    // 300 ms
  line_end,  // 100 ms
  ring_gap,  // 8 s without a RING: what was told of the caller is forgotten
  count_,
};

/// A carrier as the device told of it.
struct Connection {
  std::string text;            // "CONNECT 33600/ARQ/V42BIS"
  uint32_t line_rate_bps = 0;  // 0: not told
  std::string protocol;        // "LAP-M, V42BIS", from reports before CONNECT or what followed its rate
  bool operator==(Connection const&) const = default;
};

/// Bytes for the device.
struct Send {
  std::string bytes;
  bool operator==(Send const&) const = default;
};
/// What came unasked.
struct Heard {
  enum class What : uint8_t {
    ring,     // one burst
    caller,   // a further line about the caller: all that is known by now
    connect,  // a carrier that was not asked for (S0, a PAD): the bytes after it are data; Task::answer then
              // ends at once
    no_carrier,  // the call is over
  } what = What::ring;
  std::string text;  // the line
  CallerId caller;
  Connection connection;
  bool operator==(Heard const&) const = default;
};
/// The task is done, one way or the other.
struct Ended {
  Task task = Task::attention;
  Outcome outcome = Outcome::ok;
  std::string text;       // what the device said last, escaped; of `refused`: to which command
  Connection connection;  // with connect
  bool operator==(Ended const&) const = default;
};
using Action = std::variant<Send, Heard, Ended>;

class Dialogue {
 public:
  explicit Dialogue(Script script);

  /// Begins a task; one under way is forgotten without a word. `number` is of dial: one that cannot be
  /// dialled ends as refused.
  void start(Instant now, Task task, std::string_view number = {});
  /// Ends a task under way as cancelled. A call that is being made is aborted by a character (V.250 5.6.1).
  void cancel(Instant now);
  /// The device was reset or is another one: nothing is due from it any more, nothing is under way.
  void forget();

  /// How many of the bytes were read as text: all of them, unless a CONNECT ends there. The rest is data, and
  /// is not to be offered again.
  [[nodiscard]] size_t on_bytes(Instant now, Bytes bytes);
  /// Early or repeated calls are no-ops.
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timers_.next(); }
  std::optional<Action> poll_action();

  State state() const { return state_; }
  bool busy() const { return state_ != State::idle; }
  std::optional<Task> task() const { return busy() ? std::optional(task_) : std::nullopt; }
  Script const& script() const { return script_; }

  bool operator==(Dialogue const&) const = default;

 private:
  /// One thing to be said; dialogue.cc's table says what its answers do.
  enum class StepKind : uint8_t { attention, command, request, escape, hangup, answer, dial };
  struct Step {
    StepKind kind;
    std::string text;
    bool operator==(Step const&) const = default;
  };
  struct StateRow;
  struct StepRow;
  static StateRow const& row(State);
  static StepRow const& row(StepKind);
  friend std::string_view name(State);
  struct Seen {  // since the step was begun
    bool bytes = false, echo = false, other = false;
    bool operator==(Seen const&) const = default;
  };

  void enter(State next);
  void emit(Action action) { actions_.push_back(std::move(action)); }
  Step const* step() const { return step_ < steps_.size() ? &steps_[step_] : nullptr; }
  bool calling() const;

  // dialogue.cc: what is said, and when
  void begin_step(Instant now);
  void say(Instant now);
  void next_step(Instant now);
  void fire(Instant now, Timer timer);
  void silence_kept(Instant now);
  void give_up(Instant now);
  void abort_call();
  void abort_answer(Instant now);
  void answered(Instant now, Outcome outcome);
  void act_on(Instant now, Outcome outcome);
  void end(Outcome outcome);
  Duration patience() const;

  // dialogue_hearing.cc: what is heard
  enum class Next : uint8_t { text, data };  // what the next byte is
  Next on_line(Instant now, std::string const& line, char ended_by);
  Next on_unended(Instant now, char byte);
  bool is_echo(std::string_view line) const;
  Response const* response_to(std::string_view line) const;
  Next take(Instant now, Response const& response, std::string_view line, char ended_by);
  Next take_connect(Instant now, Response const& response, std::string_view line, char ended_by);
  void take_progress(std::string_view line);
  void rang(Instant now, std::string_view line);
  void connected(Instant now);

  Script script_;
  State state_ = State::idle;
  Task task_ = Task::attention;
  std::vector<Step> steps_;
  size_t step_ = 0;
  unsigned attempt_ = 0;  // of this step
  unsigned owed_ = 0;     // answers to commands that were given up
  Instant last_said_{};
  Seen seen_;
  Outcome candidate_ = Outcome::ok;  // while settling
  std::string last_text_;            // what the device said last, of this step
  LineReader reader_;
  std::string recent_;     // the last bytes, for Match::anywhere
  Connection connection_;  // of reports and of CONNECT
  bool carrier_ = false;   // CONNECT was heard unasked
  CallerId caller_;
  Timers<Timer> timers_;
  std::vector<Action> actions_;
  size_t next_action_ = 0;
};

}  // namespace offhook::at
