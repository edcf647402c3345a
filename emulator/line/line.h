// A connected pair: two ends that may send carriers to each other, train, and then carry bytes both ways at a rate,
// without losing one. Pure. It does not know who the ends are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "emulator/base/byte_queue.h"
#include "emulator/base/time.h"
#include "emulator/loop/loop.h"

namespace offhook::line {

enum class End : uint8_t { near, far };  // near: the caller's
constexpr End other(End end) { return end == End::near ? End::far : End::near; }

struct Parameters {
  uint32_t rate_bps = 0;           // 0: bytes take no time; the modems still negotiate and report a rate
  bool realistic_training = false;  // else training takes no time
  size_t buffer_bytes = 16384;      // each way
  bool operator==(Parameters const&) const = default;
};

/// Best common modulation, rates, error control and compression of two sets; nothing where they have none in common.
std::optional<loop::CarrierUp> negotiate(loop::StartCarrier const& a, loop::StartCarrier const& b,
                                         Parameters const& parameters);
/// How long two sets train for a modulation, from the recommendation named beside each row.
Duration training_time(loop::Modulation);

struct Tell { End to; loop::Event event; bool operator==(Tell const&) const = default; };
using Action = Tell;

class Line {
 public:
  explicit Line(Parameters parameters);

  /// StartCarrier and StopCarrier of an end; other acts are not the line's. An orderly StopCarrier delivers what the
  /// end has pushed first, then tells LinkReleased to both (at once where there was no error control: CarrierDown).
  void on_act(Instant now, End from, loop::Act const& act);
  /// The end is gone from the line (on-hook, cut): its carrier stops at once, what it pushed is still delivered.
  void on_gone(Instant now, End end);
  /// The carrier of `end` is lost to the other end, as `vmodem drop` does; restore() brings it back.
  void lose_carrier(Instant now, End end);
  void restore_carrier(Instant now, End end);
  void set_parameters(Instant now, Parameters parameters);  // takes effect for bytes not yet delivered

  bool trained() const;
  /// True where bytes from this end may go straight to the other one: unlimited, trained, nothing queued, and no
  /// carrier lost. The driver then calls note_passed() for what it handed across.
  bool transparent(End from) const;
  void note_passed(End from, size_t bytes);

  /// Queues as many bytes as there is room for, and says how many.
  size_t push(Instant now, End from, Bytes bytes);
  size_t room(End from) const;
  /// Bytes whose time has come; pop(n) drops the first n once the end took them.
  Bytes ready(Instant now, End to) const;
  void pop(Instant now, End to, size_t n);
  /// The end's own received data is thrown away (6.2.8: the DTE dropped DTR).
  void discard(Instant now, End to);

  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;  // also when ready() will next grow
  std::optional<Action> poll_action();

  std::optional<loop::CarrierUp> carrier(End) const;  // as told to that end
  uint64_t passed_bytes(End from) const;
  Parameters const& parameters() const;
  // (private part: the implementation's)
};

}  // namespace offhook::line
