// What rasd says while it runs: lines on standard error, with the priority in front where that is the
// journal.
#pragma once

#include <string>

namespace offhook::rasd {

void start_journal(std::string const& level);
/// At the level of information.
void say(std::string const& text);

}  // namespace offhook::rasd
