// rasdial's command line, in NT's way (/PHONE:5550101) and in the Unix way (--phone 5550101), from one table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"

namespace offhook::dialer {

/// What is to be done.
enum class Verb : uint8_t { list, dial, disconnect, help, version, completion };
/// What a connected call is for.
enum class Use : uint8_t {
  background,  // stays up, held by a process of its own
  terminal,    // the user's
  stdio,       // standard input and output
  command,     // those of a program
};

struct Options {
  Verb verb = Verb::list;
  Use use = Use::background;
  std::string entry, user, password, domain, phone, callback, phonebook, dir, port, number;
  std::string shell;   // of completion
  std::string linger;  // as typed
  bool ask_password = false;
  bool prefix_suffix = false;
  bool json = false;
  bool ppp = false;
  std::vector<std::string> command;
  Duration linger_time = 2s;
};

/// `words` without the program's name. The error says what is accepted.
Result<Options> parse_options(std::span<std::string const> words);
/// Which of the words is the password, so that it can be wiped where others can read it.
std::optional<size_t> password_word(std::span<std::string const> words);

std::string help();
/// The options in the Unix way, for a shell's completion.
std::vector<std::string> option_names();

}  // namespace offhook::dialer
