// The words every DCE has for its driver: what it wants done at the DTE's port, and what became of bytes from
// there. What it does on a local loop is told in the loop's own words, which this room does not know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "emulator/v24/circuits.h"

namespace offhook::v24 {

/// Bytes for the DTE: echo, result codes, service signals, and received data that was changed on its way.
struct ToDte {
  enum class Kind : uint8_t { words, echo };
  std::string bytes;
  Kind kind = Kind::words;
  bool operator==(ToDte const&) const = default;
};
/// Bytes for the line: data that was held until it was to be forwarded, or was changed. They go before any
/// byte that a later Split passes.
struct ToLine {
  std::string bytes;
  bool operator==(ToLine const&) const = default;
};
/// A circuit of the DCE's (106, 107, 109, 125) as presented to the DTE.
struct SetCircuit {
  Circuit circuit;
  bool on;
  bool operator==(SetCircuit const&) const = default;
};
/// What the DCE keeps through a power cycle changed: save its stored().
struct SaveProfiles {
  bool operator==(SaveProfiles const&) const = default;
};
/// A transition or an oddity, in words for the log: "{command} ATD -> dialling".
struct Note {
  std::string text;
  bool operator==(Note const&) const = default;
};
/// `Act` is what is done on the loop.
template <class Act>
using Action = std::variant<ToDte, ToLine, SetCircuit, Act, SaveProfiles, Note>;

/// What became of bytes from the DTE: the first `to_line` are the line's, to be passed on untouched; the next
/// `taken` were the DCE's (commands). Where the two do not add up to all of them, drain poll_action() and
/// offer the rest again.
struct Split {
  size_t to_line = 0, taken = 0;
  bool operator==(Split const&) const = default;
};

}  // namespace offhook::v24
