// One Hayes modem: a DCE between a DTE's serial port and a local loop, after ITU-T V.250 (07/2003), with the
// ways of real modem families as data (family.h).
//
// Pure: it is driven by calls, reads no clock and owns nothing outside itself. After every call the driver
// drains poll_action() and then asks next_timeout(). It does not know ptys, exchanges or lines, only loop's
// words.
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
#include "emulator/hayes/command_line.h"
#include "emulator/hayes/dial_string.h"
#include "emulator/hayes/escape.h"
#include "emulator/hayes/parser.h"
#include "emulator/hayes/profiles.h"
#include "emulator/hayes/results.h"
#include "emulator/hayes/settings.h"
#include "emulator/loop/loop.h"
#include "emulator/v24/dce.h"
#include "emulator/v24/format.h"

namespace offhook::hayes {

struct Family;  // family.h

/// V.250 5.1's states, with the phases of a call told apart.
enum class State : uint8_t {
  command,           // on-hook, command state
  dialling,          // off-hook: waits for dial tone, signals digits, pauses
  off_hook,          // off-hook in command state: ATH1 (busied out), or digits held by ';'
  awaiting_carrier,  // originated or answered: S7 runs
  online_data,
  online_command,  // escaped: the call stands, the DTE talks to the modem
  releasing,       // hanging up: what was accepted is still being delivered (S38 runs)
};
std::string_view name(State);

/// How long the telephone's own business takes: instant leaves out digits, tones, S6; realistic does them.
enum class Pace : uint8_t { instant, realistic };

struct Options {
  Pace pace = Pace::instant;
  std::string serial;          // +GSN; empty: the family's
  bool unknown_is_ok = false;  // commands no modem knows answer OK
  bool ties = false;           // escape by time-independent sequence (+++AT...) instead of guard times
  bool operator==(Options const&) const = default;
};

using v24::Note;
using v24::SaveProfiles;
using v24::SetCircuit;
using v24::Split;
using v24::ToDte;
using Action = v24::Action<loop::Act>;

/// The modem's timers, by the S-register or section that gives their time.
enum class Timer : uint8_t {
  partial_line,  // 5.5: 30 s without a character
  ring_gap,      // S1 is cleared 8 s after a ring
  dial_step,     // S6, S8, S11: the dial string goes on
  dial_tone,     // 5 s, or S7 for W
  completion,    // S7
  carrier_loss,  // S10
  carrier_back,  // S9
  inactivity,    // S30 (usr: S19)
  dtr_off,       // S25
  release,       // S38
  count_,
};

class Modem {
 public:
  /// `family` must outlive the modem. `stored` is what stored() gave once; empty or damaged: the family's
  /// defaults.
  Modem(Family const& family, Options options, std::string_view stored = {});

  /// `now` is when the bytes arrived; the guard times of the escape are judged by it, and bytes that are
  /// offered before on_timeout() came before what it would have done.
  [[nodiscard]] Split on_dte_bytes(Instant now, Bytes bytes);
  /// More bytes wait at the port than the driver may read now: whatever they are, the DTE is not silent, so
  /// no guard time can be said to have run.
  void on_dte_backlog(Instant now);
  /// The line takes no more and what the DTE sends stays at the port, or there is room again: the DTE is told
  /// as +IFC's second value says (V.250 6.2.12): by 106, or XOFF and XON.
  void on_line_full(Instant now, bool full);
  /// The DTE's side of the port as set by its program, in bit/s (0 while unknown). B0 is a DTR drop:
  /// on_circuit.
  void on_dte_rate(Instant now, uint32_t bps);
  /// What the DTE's port is set to: its seven bits and parity are those of the next command's answers,
  /// whatever +ICF says, which speaks where eight bits may be anything.
  void on_dte_format(v24::Format const& format);
  /// 108/DTR and 105/RTS.
  void on_circuit(Instant now, v24::Circuit circuit, bool on);
  void on_break(Instant now);

  void on_line(Instant now, loop::Event const& event);
  /// True where received data may go to the DTE now (online data); else the line holds it back.
  bool accepts_line_data() const;
  /// `n` received bytes went to the DTE (S30 counts them as activity).
  void on_line_bytes(Instant now, size_t n);
  /// None: a modem changes no byte.
  [[nodiscard]] size_t on_line_data(Instant now, Bytes bytes);

  /// Early or repeated calls are no-ops.
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  std::optional<Action> poll_action();

  /// A power cycle: profile from memory, call lost, as `vmodem reset`.
  void power_cycle(Instant now);

  State state() const;
  /// The call is being ended from this side: received data has nowhere to go any more (V.250 6.2.8).
  bool hanging_up() const { return state() == State::releasing; }
  /// A break of the DTE's is the far end's to see.
  bool passes_break() const { return state() == State::online_data; }
  v24::Circuits circuits() const;  // all six: the DTE's as last told, the DCE's as presented
  Family const& family() const;
  /// The speed CONNECT would name for the line, 0 while there is no carrier, in bit/s.
  uint32_t line_rate_bps() const;
  /// The stored profiles and numbers as text, for the driver to keep.
  std::string stored() const;

  bool operator==(Modem const&) const = default;

 private:
  /// What was heard on the loop last.
  enum class Tone : uint8_t { silence, dial_tone, dialled, ringback, voice, answered };
  /// What the dial string waits for.
  enum class DialPhase : uint8_t { steps, dial_tone, quiet_answer };
  enum class Role : uint8_t { originate, answer };
  enum class Received : uint8_t { flowing, stopped };  // by XOFF
  enum class Sent : uint8_t { flowing, stopped };      // by a line that is full
  struct FlowCharacters {
    std::byte xon, xoff;
  };
  /// Why a call ends, and so what the DTE is told and what comes next.
  enum class Ending : uint8_t { rest_of_line, reset, dtr, no_carrier, no_answer, busy, no_dialtone, voice };
  struct EndingRow;
  /// What became of one command.
  enum class Outcome : uint8_t { done, error, suspended, last };

  // modem.cc: the contract
  void enter(Instant now, State next, std::string_view why);
  void emit(Action action);
  void act(loop::Act act);
  void to_dte(std::string bytes, ToDte::Kind kind = ToDte::Kind::words);
  std::optional<Parity> stated_parity() const;
  void say(ResultCode code);
  void note(std::string text);
  void present(v24::Circuit circuit, bool on);
  void present_circuits();
  void fire(Instant now, Timer timer);
  size_t take_characters(Instant now, Bytes bytes);
  Split pass_data(Instant now, Bytes bytes);
  FlowCharacters flow_characters() const;
  void dtr_stayed_off(Instant now);
  bool auto_answer_allowed() const;
  void active(Instant now);
  CommandLine::Rules line_rules() const;
  uint32_t dte_rate() const;

  // modem_call.cc: the call
  void start_dialling(Instant now, DialString dial);
  void run_dial_steps(Instant now);
  bool run_dial_step(Instant now, DialStep const& step);
  bool signal_digits(Instant now, DialStep const& step);
  bool wait_for_dial_tone(Instant now, Duration limit);
  void dialled(Instant now);
  void answer(Instant now, std::string_view why);
  void answer_if_rung_enough(Instant now);
  void taken_off_hook(Instant now);
  void await_carrier(Instant now, std::string_view why);
  void start_carrier();
  void connect(Instant now, loop::CarrierUp const& carrier);
  void lose_carrier(Instant now);
  void hang_up(Instant now, Ending ending, std::string_view why);
  void finish(Instant now, Ending ending, std::string_view why);
  Heard heard() const;
  static Ending ending_of(ResultCode code);

  // modem_loop.cc: what the loop says
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

  // modem_commands.cc: commands
  void on_line_event(Instant now, CommandLine::Event event);
  void run_line(Instant now);
  Outcome execute(Instant now, Command const& command);
  Outcome execute_basic(Instant now, Command const& command);
  Outcome execute_effect(Instant now, BasicRow const& row, Command const& command);
  Outcome execute_register(Command const& command);
  Outcome execute_dial(Instant now, Command const& command);
  Outcome execute_extended(Command const& command);
  Outcome execute_parameter(ExtendedRow const& row, Command const& command);
  Outcome execute_store_number(Command const& command);
  Outcome execute_asto(Command const& command);
  Outcome execute_vrid(Command const& command);
  Outcome store_number(size_t place, std::string_view number);
  Outcome hook(Instant now, uint32_t value);
  Outcome go_online(Instant now);
  Outcome identify(std::string_view text);
  Outcome unknown() const;
  void load_profile(unsigned profile);
  void report_caller(uint32_t form);
  std::string view() const;

  Family const* family_;
  Options options_;
  Settings settings_;
  Profiles profiles_;
  v24::Circuits circuits_;
  Timers<Timer> timers_;

  State state_ = State::command;
  Ending ending_ = Ending::rest_of_line;  // of `releasing`
  Role role_ = Role::originate;
  Tone tone_ = Tone::silence;
  DialPhase dial_phase_ = DialPhase::steps;
  Received received_ = Received::flowing;
  Sent sent_ = Sent::flowing;
  uint8_t reset_to_ = 0;  // the profile that Ending::reset loads
  uint8_t register_ = 0;  // the S-register named last
  uint16_t dial_step_ = 0, dial_digit_ = 0;
  uint32_t dte_rate_bps_ = 0;
  std::optional<Parity> dte_parity_;  // of seven bits
  size_t cursor_ = 0;                 // in the command line's body: the next command
  Instant line_ended_{};              // for the 125 ms of 5.6.1

  CommandLine line_;
  Escape escape_;
  DialString dial_;
  std::string last_number_;  // DL
  std::optional<loop::CarrierUp> carrier_;
  std::optional<loop::CallerId> caller_;  // for +VRID
  std::vector<Action> actions_;
  size_t next_action_ = 0;
};

}  // namespace offhook::hayes
