// `vmodem run`: a program with the circuits of a bank's ports.
#pragma once

#include <string>
#include <vector>

namespace offhook::supervise {

struct Options {
  std::string dir;            // the bank's
  bool wait_carrier = false;  // blocking opens wait for carrier where CLOCAL is clear
};
/// Runs the program to its end and gives its exit status; does not return where a signal ended it: the same
/// ends us. What cannot be done is said on standard error.
int run(Options const& options, std::vector<std::string> const& words);

}  // namespace offhook::supervise
