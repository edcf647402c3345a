// What the bank says, as JSON texts: the results and notifications of the control socket.
#pragma once

#include <string>

#include "emulator/driver/bank.h"

namespace offhook::app {

/// One of status --json's "modems".
std::string modem_json(driver::PortStatus const& status);
std::string event_json(driver::Event const& event);
/// `chunk.bytes` escaped as base/text.h does.
std::string trace_json(driver::TraceChunk const& chunk);

/// A JSON string of `text`.
std::string json_string(std::string_view text);

}  // namespace offhook::app
