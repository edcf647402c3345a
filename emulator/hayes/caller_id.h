// Caller identity as the DTE reads it between the first and second ring: formatted lines, or the message as
// it came over the loop (Bellcore GR-30, GR-31: multiple data message format) in hexadecimal. Pure.
#pragma once

#include <string>

#include "emulator/loop/loop.h"

namespace offhook::hayes {

/// DATE, TIME, NMBR and NAME, a line each with CR LF between (Rockwell and USR agree on these).
std::string formatted_caller_id(loop::CallerId const& id);
/// "MESG = " and the whole message with type, length and checksum.
std::string unformatted_caller_id(loop::CallerId const& id);

}  // namespace offhook::hayes
