// A connected pair: two ends that may send carriers to each other, train, and then carry bytes both ways at a
// rate; without losing one, unless it is told to misbehave. Pure. It does not know who the ends are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "emulator/base/byte_queue.h"
#include "emulator/base/fifo.h"
#include "emulator/base/result.h"
#include "emulator/base/time.h"
#include "emulator/line/channel.h"
#include "emulator/line/parameters.h"
#include "emulator/loop/loop.h"

namespace offhook::line {

enum class End : uint8_t { near, far };  // near: the caller's
constexpr End other(End end) { return end == End::near ? End::far : End::near; }

/// Best common modulation, rates, error control and compression of two sets, seen from `a`; nothing where
/// they have none in common, where one requires error control that the other lacks, or where not exactly one
/// originates: two originating modems wait for each other's answer tone for ever.
std::optional<loop::CarrierUp> negotiate(loop::StartCarrier const& a, loop::StartCarrier const& b,
                                         Parameters const& parameters);
/// How long two sets train for a modulation, from the recommendations named beside each row of training.cc.
Duration training_time(loop::Modulation);
/// How long they then take to establish error control, or to find that the other has none.
Duration establishment_time(loop::StartCarrier const& a, loop::StartCarrier const& b,
                            loop::CarrierUp const& agreed);
/// How long a retrain keeps both directions silent; 0: the modulation has none.
Duration retrain_time(loop::Modulation);

struct Tell {
  End to;
  loop::Event event;
  bool operator==(Tell const&) const = default;
};
using Action = Tell;

class Line {
 public:
  explicit Line(Parameters parameters);

  /// StartCarrier and StopCarrier of an end; other acts are not the line's. A StopCarrier throws away what is
  /// queued for the end. An orderly one delivers what the end has pushed, then tells LinkReleased to both;
  /// where there is no error control, or nobody listens, the end is told CarrierDown at once. It is always
  /// answered by one of the two.
  void on_act(Instant now, End from, loop::Act const& act);
  /// The end is gone from the line (on-hook, cut): its carrier stops at once, what it pushed is still
  /// delivered.
  void on_gone(Instant now, End end);
  /// The carrier of `end` is lost to the other end, as `vmodem drop` does; restore_carrier() brings it back.
  /// Bytes that have arrived are still delivered before CarrierDown; those in transit or pushed meanwhile are
  /// lost.
  void lose_carrier(Instant now, End end);
  void restore_carrier(Instant now, End end);
  /// check()ed before. Takes effect for bytes not yet delivered; errors they already have they keep.
  void set_parameters(Instant now, Parameters parameters);
  /// The carrier of `end` is not heard for a while, as a switch or a second set on the loop does it. Without
  /// error control what is sent meanwhile is lost; with it, it is late.
  [[nodiscard]] Result<void> clip(Instant now, End end, Duration duration);
  /// Both modems train anew: for as long as that takes nothing arrives, and bytes wait. A second one begins
  /// it again.
  [[nodiscard]] Result<void> retrain(Instant now);
  bool retraining() const { return retrained_at_.has_value(); }
  /// The carrier of `end` was lost or clipped, and may come back.
  bool carrier_lost(End end) const;
  /// While it is clipped: when it comes back.
  std::optional<Instant> clipped_until(End end) const { return path(end).restored_at; }

  bool trained() const;
  /// True where bytes from this end may go straight to the other one: unlimited, trained, nothing queued, and
  /// no carrier lost. The driver then calls note_passed() for what it handed across.
  bool transparent(End from) const;
  void note_passed(End from, size_t bytes);

  /// Queues as many bytes as there is room for, and says how many.
  size_t push(Instant now, End from, Bytes bytes);
  size_t room(Instant now, End from) const;
  /// What fits when nothing is queued: never 0.
  size_t capacity(End from) const;
  size_t room(End from) const;  // the same without regard to what travels on a line with delay: never more
  /// Bytes whose time has come, none while nothing moves (stuck, retraining, clipped with error control);
  /// pop(n) drops the first n once the end took them.
  Bytes ready(Instant now, End to) const;
  void pop(Instant now, End to, size_t n);
  /// The end's own received data is thrown away (6.2.8: the DTE dropped DTR).
  void discard(Instant now, End to);

  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;  // also when ready() will next grow
  std::optional<Action> poll_action();

  std::optional<loop::CarrierUp> carrier(End) const;  // as told to that end
  uint64_t passed_bytes(End from) const;              // those the other end took
  uint64_t lost_bytes(End from) const;                // those it never will, but for tally().dropped
  Tally const& tally(End from) const { return path(from).queue.tally(); }
  Parameters const& parameters() const { return parameters_; }

  bool operator==(Line const&) const = default;

 private:
  enum class State : uint8_t { idle, training, up };
  /// One direction, named after the end that sends.
  enum class PathState : uint8_t {
    closed,    // no carrier this way
    open,      // bytes flow
    fading,    // carrier lost, but bytes that had arrived wait to be taken: CarrierDown is owed
    lost,      // carrier lost: what is sent goes nowhere
    clipped,   // not heard for a while, but error control will send again: bytes wait
    deaf,      // the other end has left: what is sent goes nowhere
    draining,  // the sender has ended: what it pushed is still delivered, then the farewell is told
  };
  enum class Farewell : uint8_t { carrier_down, link_released };
  enum class Taking : uint8_t { refused, queued, dropped };
  struct PathRow {
    PathState state;
    Taking taking;
    bool heard;
    uint8_t next;  // bits of PathState
  };
  static_assert(static_cast<unsigned>(PathState::draining) < 8);
  static constexpr uint8_t bit(PathState s) { return static_cast<uint8_t>(1u << static_cast<unsigned>(s)); }
  static PathRow const& row(PathState state);
  static constexpr bool carries(PathState s) { return s == PathState::open || s == PathState::fading; }

  /// A direction's own time, which stands still while nothing moves on it.
  class Clock {
   public:
    Instant local(Instant now) const { return stopped_at_.value_or(now) - behind_; }
    Instant global(Instant local_time) const { return local_time + behind_; }
    bool runs() const { return !stopped_at_; }
    void stop(Instant now) { stopped_at_ = stopped_at_.value_or(now); }
    void go(Instant now);
    bool operator==(Clock const&) const = default;

   private:
    Duration behind_{0};
    std::optional<Instant> stopped_at_;
  };

  struct Path {
    explicit Path(uint64_t seed) : queue(seed) {}
    PathState state = PathState::closed;
    Farewell farewell = Farewell::carrier_down;  // while draining
    Channel queue;                               // in the clock's local time
    Clock clock;
    std::optional<Instant> restored_at;  // while clipped: the carrier is back
    uint64_t passed = 0, lost = 0;
    std::optional<loop::StartCarrier> offer;  // the sender's, while its carrier is on
    std::optional<loop::CarrierUp> agreed;    // as told to the sender
    bool operator==(Path const&) const = default;
  };

  Path& path(End from) { return paths_[static_cast<size_t>(from)]; }
  Path const& path(End from) const { return paths_[static_cast<size_t>(from)]; }
  void tell(End to, loop::Event event);
  void enter(End from, PathState next);
  void start(Instant now, End from, loop::StartCarrier const& offer);
  void try_training(Instant now);
  void carriers_up(Instant now);
  void stop(Instant now, End from, bool in_order);
  void lose(Instant now, End end);
  void end_clip(Instant now, End end);
  void end_retrain(Instant now);
  void end_path(End from, Farewell farewell, bool was_up);
  void settle(End from);
  void configure(Instant now, Path& way);
  void regulate(Instant now);

  Parameters parameters_;
  State state_ = State::idle;
  std::optional<Instant> trained_at_;    // while training
  std::optional<Instant> retrained_at_;  // while up and training anew
  std::array<Path, 2> paths_;
  Fifo<Action> actions_{32};
};

}  // namespace offhook::line
