// What stands between a port and its line: a modem, a PAD or one end of a null-modem cable, behind the
// contract they share. Decides nothing: every call is the engine's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/byte_queue.h"
#include "emulator/base/result.h"
#include "emulator/driver/bank.h"
#include "emulator/hayes/modem.h"
#include "emulator/pad/null_modem.h"
#include "emulator/pad/pad.h"
#include "emulator/v24/dce.h"

namespace offhook::driver {

class Dce {
 public:
  using Action = v24::Action<loop::Act>;

  /// The one that the configuration describes, in the state it has at power on. `stored`: what stored() gave
  /// once. The error names a family that there is not.
  static Result<Dce> make(ModemConfig const& config, hayes::Pace pace, std::string_view stored);

  [[nodiscard]] v24::Split on_dte_bytes(Instant now, Bytes bytes);
  void on_dte_backlog(Instant now);
  void on_line_full(Instant now, bool full);
  void on_dte_rate(Instant now, uint32_t bps);
  void on_dte_format(v24::Format const& format);
  void on_circuit(Instant now, v24::Circuit circuit, bool on);
  void on_break(Instant now);
  void on_line(Instant now, loop::Event const& event);
  /// True where received data may go to the DTE as it is; else it is offered to on_line_data().
  bool accepts_line_data() const;
  void on_line_bytes(Instant now, size_t n);
  [[nodiscard]] size_t on_line_data(Instant now, Bytes bytes);
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  std::optional<Action> poll_action();
  void power_cycle(Instant now);

  std::string_view state() const;
  bool hanging_up() const;
  bool passes_break() const;
  v24::Circuits circuits() const;
  std::string stored() const;

 private:
  using Engine = std::variant<hayes::Modem, pad::Pad, pad::NullModem>;
  explicit Dce(Engine engine) : engine_(std::move(engine)) {}

  Engine engine_;
};

}  // namespace offhook::driver
