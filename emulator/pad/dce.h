// What the engines of this room want done: the words that a port's driver carries out.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "emulator/loop/loop.h"
#include "emulator/v24/circuits.h"

namespace offhook::pad {

/// Bytes for the DTE: echo, service signals, and received data that was changed on its way.
struct ToDte {
  std::string bytes;
  bool operator==(ToDte const&) const = default;
};
/// Bytes for the line: a packet that was held until it was to be forwarded. They go before any byte that a
/// later Split passes.
struct ToLine {
  std::string bytes;
  bool operator==(ToLine const&) const = default;
};
/// A circuit of the DCE's (106, 107, 109, 125) as presented to the DTE.
struct SetCircuit {
  v24::Circuit circuit;
  bool on;
  bool operator==(SetCircuit const&) const = default;
};
/// A transition or an oddity, in words for the log.
struct Note {
  std::string text;
  bool operator==(Note const&) const = default;
};
using Action = std::variant<ToDte, ToLine, SetCircuit, loop::Act, Note>;

/// What became of bytes from the DTE: the first `to_line` are the line's, to be passed on untouched; the next
/// `taken` were the engine's. Where the two do not add up to all of them, drain poll_action() and offer the
/// rest again.
struct Split {
  size_t to_line = 0, taken = 0;
  bool operator==(Split const&) const = default;
};

/// One bit an enumerator: a row's sets of states, timers and events.
constexpr unsigned bits(auto... values) { return ((1u << static_cast<unsigned>(values)) | ... | 0u); }
constexpr bool has(unsigned set, auto value) { return ((set >> static_cast<unsigned>(value)) & 1u) != 0; }

/// The place of an alternative in loop::Event, for a row's set of expected events.
template <class T, class... Alternatives>
constexpr unsigned place_in(std::variant<Alternatives...> const*) {
  unsigned index = 0, found = 0;
  ((std::is_same_v<T, Alternatives> ? (found = index) : 0u, ++index), ...);
  return found;
}
template <class... Events>
constexpr unsigned hears = bits(place_in<Events>(static_cast<loop::Event const*>(nullptr))...);

}  // namespace offhook::pad
