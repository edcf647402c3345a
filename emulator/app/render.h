// The bank's JSON as a person reads it: tables and lines. Text in, text out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/result.h"

namespace offhook::app {

/// The result of status as an aligned table. Where it is wider than `columns`, what does not fit stands below
/// its row.
Result<std::string> render_status(std::string_view result, bool colour, size_t columns = SIZE_MAX);
/// One line, without its newline, of a notification: event, trace or dropped.
Result<std::string> render_notification(std::string_view method, std::string_view params, bool colour);
/// What a verb that does something has to say, in one line.
Result<std::string> render_done(std::string_view verb, std::string_view result, bool colour);

}  // namespace offhook::app
