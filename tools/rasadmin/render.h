// rasd's JSON as a person reads it: tables, facts and lines. Text in, text out; each ends in a newline.
#pragma once

#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "tools/rasadmin/table.h"

namespace offhook::rasadmin {

/// The answer to a method that asks.
Result<std::string> render_answer(std::string_view method, std::string_view body, Look look);

/// What `watch` sends: the picture of all ports, one entry of the log, and what was lost.
Result<std::string> render_picture(std::string_view body, Look look);
Result<std::string> render_entry(std::string_view body, Look look);
std::string render_dropped(std::string_view body, Look look);

}  // namespace offhook::rasadmin
