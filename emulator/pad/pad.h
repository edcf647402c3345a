// One X.25 PAD as a start-stop DTE sees it: a DCE between a serial port and a local loop, after ITU-T X.28
// (12/97), with the parameters of X.3. Its calls are the exchange's; the "virtual call" is a carrier on a
// line.
//
// Pure: it is driven by calls, reads no clock and owns nothing outside itself. After every call the driver
// drains poll_action() and then asks next_timeout().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/byte_queue.h"
#include "emulator/base/time.h"
#include "emulator/base/timers.h"
#include "emulator/pad/clearing.h"
#include "emulator/pad/command.h"
#include "emulator/pad/dce.h"
#include "emulator/pad/output.h"
#include "emulator/pad/parameters.h"

namespace offhook::pad {

/// X.28 section 3's states, with the phases of a call told apart.
enum class State : uint8_t {
  active_link,          // 1: nothing is said until the DTE asks for service
  pad_waiting,          // 5, 6: commands
  incoming,             // a call rings; its caller's identity is awaited
  seizing,              // off-hook for a selection: waits for dial tone
  connecting,           // 7: the number is signalled
  answering,            // off-hook for an incoming call
  training,             // answered: the carriers come up
  data_transfer,        // 9
  waiting_for_command,  // 10: recalled; the call stands
  draining,             // the far end has left: what it sent is still delivered
  clearing,             // the DTE has cleared: what was accepted is still delivered
};
std::string_view name(State);

struct Options {
  Profile profile = Profile::simple;  // the initial one, of each link
  std::string identification = "OFFHOOK PAD";
  enum class Accept : uint8_t { first_ring, identified } accept = Accept::first_ring;
  bool operator==(Options const&) const = default;
};

/// The PAD's timers, with where their times come from.
enum class Timer : uint8_t {
  idle,          // parameter 4, in 1/20 s
  half_line,     // 60 s: a command that is not finished is forgotten
  dtr_off,       // 50 ms
  dial_tone,     // 5 s
  ring_gap,      // 8 s without a ring: the caller gave up
  completion,    // 180 s: X.25's T11; 60 s for the training
  carrier_loss,  // 1.4 s
  release,       // 20 s: what cannot be delivered until then is lost
  count_,
};

class Pad {
 public:
  explicit Pad(Options options = {});

  /// ToLine bytes of this call go before any byte that a later Split passes; no Split passes bytes in a call
  /// that emits ToLine.
  [[nodiscard]] Split on_dte_bytes(Instant now, Bytes bytes);
  /// More bytes wait at the port than the driver may read now: parameter 5 asks the DTE to stop.
  void on_dte_backlog(Instant now);
  void on_line_full(Instant, bool) {}  // parameter 5 has on_dte_backlog()
  void on_dte_rate(Instant now, uint32_t bps);
  void on_circuit(Instant now, v24::Circuit circuit, bool on);
  void on_break(Instant now);

  void on_line(Instant now, loop::Event const& event);
  /// True where received data may go to the DTE as it is.
  bool accepts_line_data() const;
  /// `n` received bytes went to the DTE as they were.
  void on_line_bytes(Instant now, size_t n);
  /// Where received data does not go as it is: how many of the first bytes the PAD took; what becomes of them
  /// is ToDte (at most about 5 kB). 0 while the DTE, or nobody, may have them.
  [[nodiscard]] size_t on_line_data(Instant now, Bytes bytes);

  /// Early or repeated calls are no-ops.
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timers_.next(); }
  std::optional<Action> poll_action();

  /// A power cycle: the initial profile, call lost.
  void power_cycle(Instant now);

  State state() const { return state_; }
  /// The DTE has cleared: received data has nowhere to go any more.
  bool hanging_up() const { return state_ == State::clearing; }
  /// Never: what a break does is the PAD's affair (parameter 7).
  bool passes_break() const { return false; }
  v24::Circuits circuits() const { return circuits_; }
  uint32_t line_rate_bps() const { return carrier_ ? carrier_->rx_rate_bps : 0; }
  /// Nothing: X.28 keeps no parameters beyond the link.
  std::string stored() const { return {}; }
  Parameters const& parameters() const { return parameters_; }

  bool operator==(Pad const&) const = default;

 private:
  enum class Flow : uint8_t { going, stopped };
  enum class Role : uint8_t { caller, called };
  enum class Edit : uint8_t { none, character_delete, line_delete, line_display };
  struct VerbRow;
  using Handler = void (Pad::*)(Instant, Command const&);

  // pad.cc: the contract
  void enter(Instant now, State next, std::string_view why);
  void emit(Action action);
  void act(loop::Act act);
  void to_dte(std::string bytes);
  void note(std::string text);
  void present(v24::Circuit circuit, bool on);
  void fire(Instant now, Timer timer);
  void dtr_stayed_off(Instant now);
  void signal(std::string_view text);
  void acknowledge();
  void prompt();

  // pad_input.cc: the DTE's characters
  bool transparent() const;
  Split pass_packets(Instant now, Bytes bytes);
  size_t take_characters(Instant now, Bytes bytes);
  void take_character(Instant now, char character);
  void take_service_request(Instant now, char character);
  void take_command_character(Instant now, char character);
  void take_data_character(Instant now, char character);
  bool flow_controlled(char character);
  Edit edit_of(char character) const;
  void edit(std::string& buffer, Edit kind, char character);
  void echo(char character, bool edits);
  bool is_recall(char character) const;
  void assembled(Instant now, char last);
  void forward();
  void escape(Instant now, std::string_view why);
  void resume_output();

  // pad_commands.cc: commands
  void run_line(Instant now);
  void execute(Instant now, Command const& command);
  void report_status(Instant now, Command const& command);
  void clear(Instant now, Command const& command);
  void invite_to_clear(Instant now, Command const& command);
  void reset(Instant now, Command const& command);
  void interrupt(Instant now, Command const& command);
  void read_parameters(Instant now, Command const& command);
  void set_parameters(Instant now, Command const& command);
  void load_profile(Instant now, Command const& command);
  void select(Instant now, Command const& command);

  // pad_call.cc: the call
  void answer(Instant now, std::string_view why);
  void start_carrier(Instant now, std::string_view why);
  void connect(Instant now, loop::CarrierUp const& carrier);
  void release(Instant now, std::optional<Clearing> ending, std::string_view why);
  void finish(Instant now, std::optional<Clearing> ending, std::string_view why);
  void reset_call();
  void hear(Instant now, loop::DialTone const&);
  void hear(Instant now, loop::RingOn const&);
  void hear(Instant now, loop::RingOff const&);
  void hear(Instant now, loop::CallerIdSent const&);
  void hear(Instant now, loop::Ringback const&);
  void hear(Instant now, loop::Voice const&);
  void hear(Instant now, loop::Answered const&);
  void hear(Instant now, loop::Cleared const&);
  void hear(Instant now, loop::CarrierUp const&);
  void hear(Instant now, loop::CarrierDown const&);
  void hear(Instant now, loop::CarrierBack const&);
  void hear(Instant now, loop::LinkReleased const&);

  Options options_;
  Parameters parameters_;
  Output output_;
  v24::Circuits circuits_;
  Timers<Timer> timers_;

  State state_ = State::active_link;
  State home_ = State::active_link;  // where a call ends: pad_waiting once the DTE asked for service
  Role role_ = Role::caller;
  Flow received_ = Flow::going;     // as the DTE wants it (parameter 12)
  Flow dte_ = Flow::going;          // as it was told (parameter 5)
  std::optional<Clearing> ending_;  // of draining and clearing; nothing: the DTE is gone
  std::optional<loop::CarrierUp> carrier_;
  std::string caller_;  // number of an incoming call
  std::string number_;  // of a selection
  std::string line_;    // the command as it is typed
  std::string packet_;  // what is assembled for the line
  std::vector<Action> actions_;
  size_t next_action_ = 0;
};

}  // namespace offhook::pad
