// One side of one option, as RFC 1143 section 7 has it: a table. Whatever the peer says, an answer is owed
// only where something changes, so that two ends cannot keep each other talking.
#pragma once

#include <cstdint>

namespace offhook::telnet {

/// The RFC's state with its queue bit: `_opposite` means that the other wish is queued behind the one under
/// way.
enum class QState : uint8_t { no, yes, want_no, want_no_opposite, want_yes, want_yes_opposite };

enum class QInput : uint8_t {
  welcome,    // the peer said WILL or DO, and we agree
  unwelcome,  // the peer said WILL or DO, and we do not
  off,        // the peer said WONT or DONT
  ask_on,     // we want it
  ask_off,    // we want it no more
};

/// What to tell the peer: on is WILL for our side and DO for his, off is WONT and DONT.
enum class Say : uint8_t { nothing, on, off };

struct QStep {
  QState next;
  Say say;
  bool operator==(QStep const&) const = default;
};

QStep step(QState state, QInput input);

/// Whether the answer to something we said is still out.
constexpr bool negotiating(QState s) { return s != QState::no && s != QState::yes; }

}  // namespace offhook::telnet
