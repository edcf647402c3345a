// A file over a call that stands, by lrzsz.
#pragma once

#include "tests/e2e/terminal.h"

namespace offhook::e2e {

std::string sha256(std::string const& path);
/// Sends `size` random bytes from one port to the other, and compares what arrived.
void send_by_zmodem(PortFile& from, PortFile& to, size_t size, Clock::duration limit);

}  // namespace offhook::e2e
