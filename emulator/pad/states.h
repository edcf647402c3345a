// The PAD's states as one declared table: what each is called, where it may go, what it may hear on the loop,
// what bytes from the DTE are there, and which timers live in it. Pure data.
#pragma once

#include <cstdint>
#include <string_view>

#include "emulator/pad/pad.h"

namespace offhook::pad {

/// What bytes from the DTE are in a state.
enum class Input : uint8_t { service_request, commands, data, flow_control, ignored };

struct StateRow {
  State state;
  std::string_view name;
  Input input;
  unsigned next;    // bit n: State n may follow
  unsigned hears;   // bit n: the nth alternative of loop::Event is expected
  unsigned timers;  // bit n: Timer n goes on into this state
};
StateRow const& row(State state);

/// True from the selection or the answer on until the call is over.
bool in_call(State state);
/// True while the call is up: 109 is ON.
bool connected(State state);

}  // namespace offhook::pad
