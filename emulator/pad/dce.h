// What both engines of this room are made of: a DCE's words, and rows' sets of states, timers and events.
#pragma once

#include <type_traits>
#include <variant>

#include "emulator/loop/loop.h"
#include "emulator/v24/dce.h"

namespace offhook::pad {

using v24::Note;
using v24::SetCircuit;
using v24::Split;
using v24::ToDte;
using v24::ToLine;
using Action = v24::Action<loop::Act>;

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
