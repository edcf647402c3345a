// The front: the process that the shell sees. It passes on the signals that it is sent, and stops, goes on
// and ends as the program does.
#pragma once

#include <sys/types.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <string>

#include "emulator/io/fd.h"

namespace offhook::supervise {

/// What the supervisor tells the front, one packet each.
struct Word {
  enum class Kind : int32_t {
    started,  // value: the program's pid
    failed,   // value: the status to exit with; text: why
    changed,  // value: the program's wait status
    notice,   // text
  };
  Kind kind = Kind::notice;
  int32_t value = 0;
  std::array<char, 248> text{};
};
void send_word(int socket, Word::Kind kind, int value, std::string const& text = {});

/// The signals that the front takes over, all that can be; `before` is the mask that was.
void take_signals(sigset_t& before);

/// Until the program has ended: its exit status. Raises the signal that ended it.
int mirror(io::Fd socket, std::string const& program);

}  // namespace offhook::supervise
