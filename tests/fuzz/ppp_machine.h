// What the targets of PPP's protocols share: an input is a byte of choices, then orders. An order below 0x80
// is the length of a packet that follows; the others are the target's own. After each, what the machine holds
// is weighed.
#pragma once

#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/base/check.h"
#include "emulator/base/time.h"
#include "rasd/ppp/packet.h"

namespace offhook::ppp {

/// More than any machine may keep of what a hostile peer has said.
inline constexpr size_t most_held = 32 * 1024;

/// The memory behind a value: a copy takes as much.
template <class T>
size_t held_by(T const& value) {
  auto const before = __sanitizer_get_current_allocated_bytes();
  T const copy(value);
  return __sanitizer_get_current_allocated_bytes() - before;
}

/// `target` has hear(Bytes), order(uint8_t), settle() and machine().
template <class Target>
void drive(Target& target, uint8_t const* data, size_t size) {
  target.settle();
  for (size_t i = 0; i < size;) {
    uint8_t const order = data[i++];
    if (order >= 0x80) {
      target.order(order);
    } else {
      auto const packet =
          std::as_bytes(std::span(data + i, size - i)).first(std::min<size_t>(order, size - i));
      i += packet.size();
      target.hear(packet);
    }
    target.settle();
    if (i % 64 < 2) OFFHOOK_CHECK(held_by(target.machine()) < most_held);
  }
}

/// Drains a machine; what it says at one blow is bounded. `each` sees every action.
template <class Machine, class Each>
void drain(Machine& machine, Each each) {
  for (size_t actions = 0; auto action = machine.poll_action(); ++actions) {
    OFFHOOK_CHECK(actions < 16);
    each(*action);
  }
}

/// Lets time go on to the next deadline.
template <class Machine>
void pass_time(Machine& machine, Instant& now) {
  if (auto const next = machine.next_timeout()) now = std::max(now, *next);
  machine.on_timeout(now);
}

}  // namespace offhook::ppp
