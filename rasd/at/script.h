// A device as data: what is said to it, and what its answers mean. Built-in ones, and ones read from TOML.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"
#include "rasd/at/outcome.h"

namespace offhook::at {

enum class Kind : uint8_t { modem, pad, null_modem };
std::string_view name(Kind);

/// How a response's text stands in what the device says. Case makes no difference.
enum class Match : uint8_t {
  line,      // is the whole line
  prefix,    // begins the line, and no letter follows
  suffix,    // ends the line
  anywhere,  // stands in the bytes, whether lines end or not
};

struct Response {
  std::string text;
  Match match = Match::line;
  Outcome means = Outcome::ok;
  uint32_t rate_bps = 0;  // of a CONNECT that does not name its rate (V0)
  bool operator==(Response const&) const = default;
};

struct Script {
  std::string name;
  Kind kind = Kind::modem;
  std::vector<std::string> init;      // in order, each to be answered by ok
  std::vector<std::string> requests;  // after them: what a device need not be able to do
  std::string attention = "AT";       // asks whether somebody is there; empty: nobody need be
  std::string dial = "ATDT{number}";  // empty: cannot dial
  std::string answer = "ATA";         // empty: the device answers by itself
  bool answer_connects = false;       // the answer is not confirmed: data follows it at once
  std::string hangup = "ATH";         // empty: by DTR alone
  std::string escape = "+++";         // back to command state, with `guard` of silence around; empty: none
  Duration guard = 1100ms;            // longer than S12
  Duration s25 = 50ms;                // how long it looks away when DTR falls, as it comes (V.250 6.3.10)
  std::string terminator = "\r";      // ends what is sent, but the escape
  std::vector<std::string> prompts;   // what may stand at the beginning of a line and says nothing
  std::vector<Response> responses;    // the first that matches counts
  bool connect_names_line = true;     // CONNECT reports the line's rate, not the DTE's
  Duration attention_timeout = 1s;    // for an answer to `attention`; it is tried three times
  Duration command_timeout = 5s;      // for the answer to another command; those are tried twice
  Duration dial_timeout = 75s;        // longer than S7
  Duration answer_timeout = 35s;      // longer than any training (V.90's: up to 30 s), shorter than S7
  bool operator==(Script const&) const = default;
};

/// What is to be sent to dial: an error where the number holds what no dial string may (at most 200 of
/// printable ASCII), or the device cannot dial.
Result<std::string> dial_command(Script const& script, std::string_view number);

/// v250, hayes2400, rockwell, usr, pad, null-modem: as Offhook's own families answer, and most others.
std::span<Script const> built_in_scripts();
/// nullptr where there is none.
Script const* find_built_in(std::string_view name);

/// What else may stand in a text that holds scripts.
enum class Rest : uint8_t { refused, ignored };
/// Reads `[device.NAME]` tables, each like a built-in script but for the keys it has. Errors name
/// file:line:column, the key and what is accepted.
Result<std::vector<Script>> parse_scripts(std::string_view text, std::string_view file_name,
                                          Rest rest = Rest::refused);

}  // namespace offhook::at
