// The option negotiation automaton of RFC 1661, as its table of section 4.1. It knows states, events and
// actions, and nothing of packets, options or time: control.h gives it those.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace offhook::ppp {

/// RFC 1661 4.2, with its numbers.
enum class State : uint8_t {
  initial,
  starting,
  closed,
  stopped,
  closing,
  stopping,
  req_sent,
  ack_rcvd,
  ack_sent,
  opened,
};
inline constexpr size_t state_count = 10;
std::string_view name(State state);

/// RFC 1661 4.3.
enum class Event : uint8_t {
  up,
  down,
  open,
  close,
  timeout_again,      // TO+: the restart counter is not yet nought
  timeout_last,       // TO-
  request_good,       // RCR+
  request_bad,        // RCR-
  ack,                // RCA
  nak,                // RCN: Configure-Nak or Configure-Reject
  terminate_request,  // RTR
  terminate_ack,      // RTA
  unknown_code,       // RUC
  reject_permitted,   // RXJ+
  reject_fatal,       // RXJ-
  echo,               // RXR: Echo-Request, Echo-Reply or Discard-Request
};
inline constexpr size_t event_count = 16;
std::string_view name(Event event);

/// RFC 1661 4.4, as bits. Actions of one cell are done in the order of their bits; the RFC lets us choose it.
using Actions = uint16_t;
namespace action {
inline constexpr Actions tld = 1;     // This-Layer-Down
inline constexpr Actions irc = 2;     // Initialize-Restart-Count
inline constexpr Actions zrc = 4;     // Zero-Restart-Count
inline constexpr Actions scr = 8;     // Send-Configure-Request
inline constexpr Actions sca = 16;    // Send-Configure-Ack
inline constexpr Actions scn = 32;    // Send-Configure-Nak or -Reject
inline constexpr Actions str = 64;    // Send-Terminate-Request
inline constexpr Actions sta = 128;   // Send-Terminate-Ack
inline constexpr Actions scj = 256;   // Send-Code-Reject
inline constexpr Actions ser = 512;   // Send-Echo-Reply
inline constexpr Actions tls = 1024;  // This-Layer-Started
inline constexpr Actions tlf = 2048;  // This-Layer-Finished
inline constexpr Actions tlu = 4096;  // This-Layer-Up
}  // namespace action

/// One cell of the table.
struct Cell {
  Actions actions = 0;
  State next = State::initial;
  bool operator==(Cell const&) const = default;
};
/// Nothing where the table has a dash: the event cannot happen, or is no business of that state.
std::optional<Cell> cell(State state, Event event);

/// Whether the restart timer runs in `state` (RFC 1661 4.2).
constexpr bool has_timer(State state) { return state >= State::closing && state <= State::ack_sent; }

}  // namespace offhook::ppp
