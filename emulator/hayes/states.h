// The modem's states as one declared table: what each is called, where it may go, what it may hear on the
// loop, what bytes from the DTE are there, and which timers live in it; and the table of timers. Pure data.
#pragma once

#include <cstdint>
#include <string_view>

#include "emulator/hayes/modem.h"

namespace offhook::hayes {

/// What bytes from the DTE are in a state.
enum class Input : uint8_t { commands, abort, data, ignored };

struct StateRow {
  State state;
  std::string_view name;
  Input input;
  uint8_t next;     // bit n: State n may follow
  uint16_t hears;   // bit n: the nth alternative of loop::Event is expected
  uint16_t timers;  // bit n: Timer n goes on into this state
};
StateRow const& row(State state);

}  // namespace offhook::hayes
