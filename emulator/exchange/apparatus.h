// What sits at the far end of a test line once it has answered: an echo, a pattern generator, a modem that loses its
// carrier. Driven like a modem, on the line's side only. Pure.
#pragma once

#include <optional>
#include <span>

#include "emulator/base/byte_queue.h"
#include "emulator/exchange/exchange.h"

namespace offhook::exchange {

class Apparatus {
 public:
  explicit Apparatus(TestLine kind);

  void on_line(Instant now, loop::Event const& event);  // Answered: starts its carrier where the kind has one
  /// Takes bytes from the line and says how many it had room for (echo: its buffer; others take all).
  size_t on_line_bytes(Instant now, Bytes bytes);
  /// What it would send next; sent(n) drops the first n of it. The pattern is the bytes 0x20 ... 0x7e, CR, LF, again
  /// and again from CarrierUp on.
  Bytes to_send() const;
  void sent(size_t n);

  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  std::optional<loop::Act> poll_action();  // StartCarrier, StopCarrier, GoOnHook
  // (private part: the implementation's)
};

}  // namespace offhook::exchange
