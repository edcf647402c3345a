// What is said on standard output and error.
#pragma once

#include <string_view>

#include "emulator/base/result.h"
#include "tools/rasadmin/table.h"

namespace offhook::rasadmin {

enum Status : int { done = 0, failed = 1, bad_usage = 2 };

/// Colour and width of standard output, where that is a terminal.
Look look_of_output();
/// On standard error; with `json` also an object on standard output: {"error":{"code":c,"message":m}}.
void complain(std::string_view what, bool json, int code);
void print(std::string_view text);

}  // namespace offhook::rasadmin
