// What sits at the far end of a test line once it has answered: an echo, a pattern generator, a modem that
// loses its carrier. Driven like a modem, on the line's side only. Pure.
#pragma once

#include <optional>
#include <span>

#include "emulator/base/byte_queue.h"
#include "emulator/base/fifo.h"
#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

class Apparatus {
 public:
  enum class Role : uint8_t { called, caller };
  /// `caller` where it stands in Connect::caller (a ring order, a callback): then it originates.
  explicit Apparatus(TestLine kind, Role role = Role::called) : kind_(kind), role_(role) {}

  void on_line(Instant now, loop::Event const& event);  // Answered: starts its carrier where the kind has one
  /// Takes bytes from the line and says how many it had room for (echo: its buffer; others take all).
  size_t on_line_bytes(Instant now, Bytes bytes);
  /// What it would send next; sent(n) drops the first n of it. The pattern is the bytes 0x20 ... 0x7e, CR,
  /// LF, again and again from CarrierUp on.
  Bytes to_send() const;
  void sent(size_t n);

  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return due_; }
  /// StartCarrier, StopCarrier, GoOnHook; at GoOnHook the driver calls Exchange::clear_call().
  std::optional<loop::Act> poll_action() { return actions_.pop(); }

  bool operator==(Apparatus const&) const = default;

 private:
  enum class State : uint8_t { idle, speaking, training, carrying, carrier_lost, gone };
  struct StateRow;
  static StateRow const& row(State state);
  void enter(Instant now, State next);
  void hang_up(Instant now);

  TestLine kind_;
  Role role_;
  State state_ = State::idle;
  std::optional<Instant> due_;
  ByteQueue heard_{16384};     // echo: to be sent back
  size_t pattern_offset_ = 0;  // pattern: where in its period it stands
  Fifo<loop::Act> actions_{8};
};

}  // namespace offhook::exchange
