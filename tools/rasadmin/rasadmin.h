// The whole program: a line of words, and its exit status.
#pragma once

#include <string>
#include <vector>

namespace offhook::rasadmin {

int run(std::vector<std::string> const& words);

}  // namespace offhook::rasadmin
