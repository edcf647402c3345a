// What a device's words mean, how a dialogue with it can end, and what RAS calls that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace offhook::at {

/// The meaning of a response (a script's rows say which text means what), and the end of a dialogue. The last
/// five are the dialogue's own verdicts: no response means them.
enum class Outcome : uint8_t {
  ok,            // done as told
  connect,       // carrier: data follows
  ring,          // an incoming call: ends nothing
  progress,      // a report on the way: ends nothing
  busy,          // the number is engaged
  voice,         // a voice answered
  no_answer,     // it rang, and nobody answered
  no_carrier,    // no call came about, or it is over
  no_dialtone,   // nothing on the line
  refused,       // ERROR: the device does not know the command, or will not
  delayed,       // the device itself forbids the number for a while
  unobtainable,  // the network knows no such number (X.28: NP)
  barred,        // the network does not let us (NA)
  congested,     // no way through the network (NC)
  cleared,       // the far end cleared the call (DTE)
  out_of_order,  // the far end is out of order, or never answered (DER, RPE)
  incompatible,  // the far end speaks something else (ID)
  garbage,       // it spoke, but nothing that the script knows
  unexpected,    // a known word that answers no question of ours
  echo,          // nothing but our own characters came back
  silent,        // not a byte
  cancelled,     // by us
};
inline constexpr unsigned outcome_count = static_cast<unsigned>(Outcome::cancelled) + 1;

/// "no_carrier": as logs and scripts write it.
std::string_view name(Outcome);

/// The RAS error of an outcome (raserror.h), 0 for ok and connect. `silent` is 692 only where the caller has
/// excluded that somebody else holds the port.
unsigned ras_error(Outcome);
/// One sentence: what happened and what to do about it.
std::string_view advice(Outcome);

}  // namespace offhook::at
