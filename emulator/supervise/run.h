// `vmodem run`: a program with the circuits of a bank's ports.
#pragma once

#include <string>
#include <vector>

namespace offhook::supervise {

/// Runs the program to its end and gives its exit status; does not return where a signal ended it: the same
/// ends us. `dir` is the bank's. What cannot be done is said on standard error.
int run(std::string const& dir, std::vector<std::string> const& words);

}  // namespace offhook::supervise
