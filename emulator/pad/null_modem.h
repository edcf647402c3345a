// One end of a null-modem cable: a DCE of sorts whose far end is another port. The cable is a call between
// the two that is made whenever both DTEs are there: 108/DTR here shows as 107/DSR and 109/DCD there.
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
#include "emulator/pad/dce.h"

namespace offhook::pad {

enum class CableState : uint8_t {
  idle,        // no DTE here, or none at the end that calls
  redialling,  // the end that calls waits before it tries again
  seizing,     // off-hook, waits for dial tone
  calling,     // the other end is rung until its DTE is there
  answering,   // off-hook for the ring
  training,    // the carriers come up
  greeting,    // joined, and CLIENT is still looked for
  joined,      // bytes pass straight across
  draining,    // the far DTE has left: what it sent is still delivered
};
std::string_view name(CableState);

struct CableOptions {
  std::string number, peer;  // this end's and the other's
  /// `server`: the cable answers CLIENT with CLIENTSERVER, as the serving end of Windows' null-modem
  /// convention does, for a server that does not know of it.
  enum class Script : uint8_t { none, server } script = Script::none;
  bool operator==(CableOptions const&) const = default;
};

enum class CableTimer : uint8_t {
  redial,    // 1 s
  ring_gap,  // 8 s: a ring that old is over
  setup,     // 5 s for dial tone, 60 s for the answer of a ring and for the carrier
  release,   // 20 s: what cannot be delivered until then is lost
  count_,
};

class NullModem {
 public:
  explicit NullModem(CableOptions options);

  [[nodiscard]] Split on_dte_bytes(Instant now, Bytes bytes);
  void on_dte_backlog(Instant now);
  void on_line_full(Instant, bool) {}  // a cable has no buffer that could be full
  void on_dte_rate(Instant now, uint32_t bps);
  void on_circuit(Instant now, v24::Circuit circuit, bool on);
  void on_break(Instant now);

  void on_line(Instant now, loop::Event const& event);
  /// Also false while 105/RTS is off here: it is 106/CTS to the other end, which then finds the line full.
  bool accepts_line_data() const;
  void on_line_bytes(Instant now, size_t n);
  /// None: a cable changes no byte.
  [[nodiscard]] size_t on_line_data(Instant now, Bytes bytes);

  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timers_.next(); }
  std::optional<Action> poll_action();
  void power_cycle(Instant now);

  CableState state() const { return state_; }
  /// Never: what arrives for a DTE that has left waits for nobody, as its port is closed.
  bool hanging_up() const { return false; }
  /// While the other end is there: a break is a level on the wire, as data is.
  bool passes_break() const;
  v24::Circuits circuits() const { return circuits_; }
  uint32_t line_rate_bps() const { return rate_bps_; }
  std::string stored() const { return {}; }
  /// Of the two ends exactly one calls, so that they never meet in glare: that with the lesser number.
  bool calls() const;

  bool operator==(NullModem const&) const = default;

 private:
  struct StateRow;
  static StateRow const& row(CableState state);
  friend std::string_view name(CableState);

  void enter(CableState next, std::string_view why);
  void emit(Action action) { actions_.push_back(std::move(action)); }
  void present(v24::Circuit circuit, bool on);
  void dte_came(Instant now);
  void dial(Instant now, std::string_view why);
  void answer(Instant now, std::string_view why);
  void start_carrier(Instant now, bool originate);
  void hang_up(Instant now, std::string_view why);
  Split greet(Bytes bytes);

  CableOptions options_;
  v24::Circuits circuits_;
  Timers<CableTimer> timers_;
  CableState state_ = CableState::idle;
  uint8_t matched_ = 0;  // letters of CLIENT, while greeting
  uint32_t rate_bps_ = 0;
  std::vector<Action> actions_;
  size_t next_action_ = 0;
};

}  // namespace offhook::pad
