// The words spoken on a local loop, between a telephone set (here: a modem, or what sits at a test number)
// and the exchange or the line behind it. Nothing here acts; hayes, exchange, line and the drivers share the
// vocabulary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/time.h"

namespace offhook::loop {

/// Why a call ended or never came about: the values of ITU-T Q.850 (05/98) table 1 that occur here.
enum class Cause : uint8_t {
  unallocated_number = 1,
  no_route_to_destination = 3,
  normal_clearing = 16,
  user_busy = 17,
  no_user_responding = 18,
  no_answer = 19,
  call_rejected = 21,
  destination_out_of_order = 27,
  invalid_number_format = 28,
  no_circuit_available = 34,
  network_out_of_order = 38,
  temporary_failure = 41,
  recovery_on_timer_expiry = 102,
  interworking = 127,
};
std::string_view name(Cause);

/// Who calls, as an exchange delivers it between the first and second ring (Bellcore GR-30, GR-31).
struct CallerId {
  enum class Presentation : uint8_t { given, withheld, unavailable };  // withheld: 'P', unavailable: 'O'
  Presentation presentation = Presentation::unavailable;
  std::string number;  // digits, at most 20
  std::string name;    // at most 15 characters; empty: not sent
  struct Date {
    uint8_t month = 1, day = 1, hour = 0, minute = 0;
    bool operator==(Date const&) const = default;
  } date;  // local time at the exchange
  bool operator==(CallerId const&) const = default;
};

/// Modulations in order of age; the line negotiates the best both ends have.
enum class Modulation : uint8_t { bell103, v21, bell212a, v22, v22bis, v32, v32bis, v34, v90 };
std::string_view name(Modulation);
/// The highest signalling rate of a modulation, in bit/s.
uint32_t max_rate_bps(Modulation);

enum class ErrorControl : uint8_t { none, mnp, lapm };  // lapm: V.42; mnp: V.42 annex A of 1996
enum class Compression : uint8_t { none, mnp5, v42bis, v44 };
std::string_view name(ErrorControl);
std::string_view name(Compression);

// ---- what the exchange or the line tells the set
// --------------------------------------------------------------
struct DialTone {
  bool operator==(DialTone const&) const = default;
};
/// One burst of ringing current begins; `pattern` 0 is the usual cadence, 1-5 distinctive ones.
struct RingOn {
  uint8_t pattern = 0;
  bool operator==(RingOn const&) const = default;
};
struct RingOff {
  bool operator==(RingOff const&) const = default;
};
struct CallerIdSent {
  CallerId id;
  bool operator==(CallerIdSent const&) const = default;
};
struct Ringback {
  bool operator==(Ringback const&) const = default;
};
/// A voice is heard at the far end: the call was answered, but not by a modem.
struct Voice {
  bool operator==(Voice const&) const = default;
};
/// The far end went off-hook and both are connected through: a modem that means to send data starts its
/// carrier.
struct Answered {
  bool operator==(Answered const&) const = default;
};
/// The exchange ended the attempt or the call; the tone that goes with the cause is heard.
struct Cleared {
  Cause cause = Cause::normal_clearing;
  bool operator==(Cleared const&) const = default;
};
/// Training is done: data may flow. Rates in bit/s, seen from this end.
struct CarrierUp {
  Modulation modulation = Modulation::v34;
  uint32_t tx_rate_bps = 0, rx_rate_bps = 0;
  ErrorControl error_control = ErrorControl::none;
  Compression compression = Compression::none;
  bool operator==(CarrierUp const&) const = default;
};
/// The far end's carrier is gone, without a word.
struct CarrierDown {
  bool operator==(CarrierDown const&) const = default;
};
/// The far end's carrier is back before anybody gave up.
struct CarrierBack {
  bool operator==(CarrierBack const&) const = default;
};
/// The error-control layer was released in order (V.42 8.3, DISC): the far end hung up and said so.
struct LinkReleased {
  bool operator==(LinkReleased const&) const = default;
};

using Event = std::variant<DialTone, RingOn, RingOff, CallerIdSent, Ringback, Voice, Answered, Cleared,
                           CarrierUp, CarrierDown, CarrierBack, LinkReleased>;

// ---- what the set does on the loop
// ------------------------------------------------------------------------------
struct GoOffHook {
  bool operator==(GoOffHook const&) const = default;
};
struct GoOnHook {
  bool operator==(GoOnHook const&) const = default;
};
/// The hook switch is opened for a moment (dial modifier '!').
struct Flash {
  bool operator==(Flash const&) const = default;
};
/// Digits 0-9 * # A-D as they are signalled; several in one where they take no time.
struct Digits {
  std::string digits;
  bool pulse = false;
  bool operator==(Digits const&) const = default;
};
/// No more digits will come: the number is complete.
struct DialEnd {
  bool operator==(DialEnd const&) const = default;
};
/// An address instead of digits ("host:port"): a call that leaves the process.
struct DialAddress {
  std::string address;
  bool operator==(DialAddress const&) const = default;
};
/// The set sends its carrier or answers one: what it can do at best, and at least.
struct StartCarrier {
  Modulation modulation = Modulation::v34;      // the best it has
  bool automode = true;                         // false: that modulation or nothing
  uint32_t min_rate_bps = 0, max_rate_bps = 0;  // 0: no bound but the modulation's
  bool originate = true;
  bool offer_lapm = true, offer_mnp = false;
  bool require_error_control = false;
  bool offer_v42bis = true, offer_mnp5 = false;
  bool operator==(StartCarrier const&) const = default;
};
/// The set's carrier stops; `in_order`: the error-control layer is released first.
struct StopCarrier {
  bool in_order = true;
  bool operator==(StopCarrier const&) const = default;
};

using Act = std::variant<GoOffHook, GoOnHook, Flash, Digits, DialEnd, DialAddress, StartCarrier, StopCarrier>;

/// One line for a log, in the field's words: "ring on (pattern 1)", "carrier up v34 33600/33600 lapm v42bis".
std::string describe(Event const&);
std::string describe(Act const&);

}  // namespace offhook::loop
