// The shape of the dialogue's tables: its states, and what answers do to a step. For dialogue*.cc alone.
#pragma once

#include "rasd/at/dialogue.h"
#include "rasd/at/words.h"

namespace offhook::at {

/// One bit an enumerator: a row's sets.
constexpr unsigned bits(auto... values) { return ((1u << static_cast<unsigned>(values)) | ... | 0u); }
constexpr bool has(unsigned set, auto value) { return ((set >> static_cast<unsigned>(value)) & 1u) != 0; }

struct Dialogue::StateRow {
  State state;
  std::string_view name;
  unsigned next;    // states
  unsigned timers;  // those that go on into this state
};

struct Dialogue::StepRow {
  StepKind kind;
  unsigned attempts;  // how often it is said until it is given up
  unsigned done;      // outcomes that lead to the next step
  unsigned ends;      // outcomes that end the task
  unsigned again;     // outcomes after which it is said again, or ends where that is no use
};

}  // namespace offhook::at
