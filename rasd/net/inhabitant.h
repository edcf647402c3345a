// The first process of a namespace, and what it and its maker say to each other. It furnishes the namespace,
// runs the program, reaps what dies there, and ends with the program's status; with its end the kernel kills
// whatever is left there.
#pragma once

#include <string>
#include <vector>

#include "rasd/net/network.h"

namespace offhook::net::inhabitant {

/// One message each; the first byte is its kind.
enum class Ask : char {
  begin = 'b',       // its user and group stand: make ppp0
  configure = 'c',   // an Agreed follows: give it to ppp0
  configure6 = '6',  // an Agreed6 follows: the same
  run = 'r',         // NAME=VALUE with a zero byte behind each follow: run the program
  kill = 'k',        // a byte, a signal, follows: for the program
};
/// The answer to begin (with ppp0's descriptor) and to configure: nothing but the kind, or errno and words.
struct Refusal {
  int code = 0;
};
inline constexpr char done = 'd', refused = 'x';
inline constexpr size_t longest_message = 64 * 1024;

/// As a shell has it.
inline constexpr int cannot_run = 127, signal_base = 128;

/// Runs in the child; `socket` is its end. Never returns.
[[noreturn]] void live(int socket, std::vector<std::string> const& command);

}  // namespace offhook::net::inhabitant
