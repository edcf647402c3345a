// A break that arrives at a pty. A pty has no line to hold: its reader gets what a UART's driver would have
// made of it.
#pragma once

#include <string>

namespace offhook::driver {

/// By the terminal's settings (termios(3): IGNBRK, BRKINT, PARMRK): the bytes that the program is to read; or
/// a SIGINT to it, sent, and nothing to read.
std::string break_as_read(int master);

}  // namespace offhook::driver
