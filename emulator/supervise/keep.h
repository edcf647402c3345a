// What a process that stays behind keeps of the descriptors that it was born with: a pipe that the program
// closes must end, so nothing but its own.
#pragma once

#include <vector>

namespace offhook::supervise {

/// Closes all descriptors but these; 0, 1 and 2 become /dev/null.
void keep_only(std::vector<int> kept);

}  // namespace offhook::supervise
