// DTR of a port as its manager says it. Off is off for its time from when the device's side was seen to have
// it: a bank that stands still meanwhile would see a fall and a rise at once, which is none (S25). Pure; it
// does not know how DTR is told.
#pragma once

#include <cstdint>
#include <optional>

#include "emulator/base/time.h"

namespace offhook::port {

class Dtr {
 public:
  /// A fall that nobody answers in that time is taken for done.
  static constexpr Duration answer_limit = std::chrono::seconds(5);

  explicit Dtr(Duration off_for) : off_for_(off_for) {}

  /// It falls. What is returned comes back with the answer of the device's side.
  uint64_t fall(Instant now);
  /// The answer. One to an older fall, or to one before a forget(), says nothing.
  void fell(Instant now, uint64_t fall);
  /// It is to rise: true, at once; false, when on_timeout() says so.
  [[nodiscard]] bool rise();
  /// True: it rises now. Early or repeated calls are no-ops.
  [[nodiscard]] bool on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return due_; }
  /// What the circuits are is not worth asking until it has risen.
  bool rise_waits() const { return state_ == State::rising || state_ == State::falling_to_rise; }
  /// The tty is closed: nothing is under way.
  void forget();

 private:
  enum class State : uint8_t { told, falling, falling_to_rise, off, rising };

  Duration off_for_;
  State state_ = State::told;
  std::optional<Instant> due_;
  uint64_t falls_ = 0;  // and forgets
};

}  // namespace offhook::port
