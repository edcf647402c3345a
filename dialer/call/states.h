// The call's states as one declared table: what each is called, where it may go, which timers live in it.
// Pure data.
#pragma once

#include <cstdint>
#include <string_view>

#include "dialer/call/call.h"

namespace offhook::call {

/// What is asked of the driver on entry.
enum class Do : uint8_t {
  nothing,
  ask_lease,
  open_port,
  stop_talk,
  start_link,
  close_link,
  drop_line,
  await_ring,
  release,
  tell_result
};

struct StateRow {
  State state;
  std::string_view name;
  uint32_t next;  // bit n: State n may follow
  Do on_entry;
  Timer timer;  // its deadline; Timer::count_: none, since somebody else's end is seen
};
StateRow const& row(State state);

struct TimerRow {
  Timer timer;
  std::string_view name;
  Duration limit;  // 0: the plan's
  std::string_view why;
};
TimerRow const& row(Timer timer);

template <class... Members>
constexpr uint32_t set_of(Members... members) {
  return (0u | ... | (1u << static_cast<unsigned>(members)));
}
constexpr bool has(uint32_t set, State member) { return (set >> static_cast<unsigned>(member) & 1u) != 0; }

}  // namespace offhook::call
