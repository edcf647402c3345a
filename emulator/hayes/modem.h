// One Hayes modem: a DCE between a DTE's serial port and a local loop, after ITU-T V.250 (07/2003), with the ways of
// real modem families as data (family.h).
//
// Pure: it is driven by calls, reads no clock and owns nothing outside itself. After every call the driver drains
// poll_action() and then asks next_timeout(). It does not know ptys, exchanges or lines, only loop's words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/byte_queue.h"
#include "emulator/base/time.h"
#include "emulator/loop/loop.h"
#include "emulator/v24/circuits.h"

namespace offhook::hayes {

struct Family;  // family.h

/// V.250 5.1's states, with the phases of a call told apart.
enum class State : uint8_t {
  command,           // on-hook, command state
  dialling,          // off-hook: waits for dial tone, signals digits, pauses
  off_hook,          // off-hook in command state: ATH1 (busied out), or digits held by ';'
  awaiting_carrier,  // originated or answered: S7 runs
  online_data,
  online_command,    // escaped: the call stands, the DTE talks to the modem
  releasing,         // hanging up: what was accepted is still being delivered (S38 runs)
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

/// Bytes for the DTE: echo, result codes, information text.
struct ToDte { std::string bytes; bool operator==(ToDte const&) const = default; };
/// A circuit of the DCE's (106, 107, 109, 125) as presented to the DTE.
struct SetCircuit { v24::Circuit circuit; bool on; bool operator==(SetCircuit const&) const = default; };
/// The stored profiles changed (&W, &Y, &Z ...): save stored().
struct SaveProfiles { bool operator==(SaveProfiles const&) const = default; };
/// A transition or an oddity, in words for the log: "{command} ATD -> dialling".
struct Note { std::string text; bool operator==(Note const&) const = default; };
using Action = std::variant<ToDte, SetCircuit, loop::Act, SaveProfiles, Note>;

class Modem {
 public:
  /// `family` must outlive the modem. `stored` is what stored() gave once; empty or damaged: the family's defaults.
  Modem(Family const& family, Options options, std::string_view stored = {});

  /// What became of bytes from the DTE: the first `to_line` are the line's, to be passed on untouched; the next
  /// `taken` were the modem's (commands). Where the two do not add up to all of them, drain poll_action() and offer
  /// the rest again. `now` is when the bytes arrived; the guard times of the escape are judged by it.
  struct Split {
    size_t to_line = 0, taken = 0;
    bool operator==(Split const&) const = default;
  };
  [[nodiscard]] Split on_dte_bytes(Instant now, Bytes bytes);
  /// More bytes wait at the port than the driver may read now: whatever they are, the DTE is not silent, so no guard
  /// time can be said to have run.
  void on_dte_backlog(Instant now);
  /// The DTE's side of the port as set by its program, in bit/s (0 while unknown). B0 is a DTR drop: on_circuit.
  void on_dte_rate(Instant now, uint32_t bps);
  /// 108/DTR and 105/RTS.
  void on_circuit(Instant now, v24::Circuit circuit, bool on);
  void on_break(Instant now);

  void on_line(Instant now, loop::Event const& event);
  /// True where received data may go to the DTE now (online data); else the line holds it back.
  bool accepts_line_data() const;
  /// `n` received bytes went to the DTE (S30 counts them as activity).
  void on_line_bytes(Instant now, size_t n);

  /// Early or repeated calls are no-ops.
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  std::optional<Action> poll_action();

  /// A power cycle: profile from memory, call lost, as `vmodem reset`.
  void power_cycle(Instant now);

  State state() const;
  v24::Circuits circuits() const;  // all six: the DTE's as last told, the DCE's as presented
  Family const& family() const;
  /// The speed CONNECT would name for the line, 0 while there is no carrier, in bit/s.
  uint32_t line_rate_bps() const;
  /// The stored profiles and numbers as text, for the driver to keep.
  std::string stored() const;

  bool operator==(Modem const&) const;
  // (private part: the implementation's)
};

}  // namespace offhook::hayes
