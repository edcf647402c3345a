// A command line's body cut into commands by V.250 5.4: basic, S-parameter, dial and extended syntax. It
// knows the shape of commands, not which there are or what they do. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace offhook::hayes {

struct Command {
  enum class Kind : uint8_t { none, basic, s_register, dial, extended, malformed };
  enum class Op : uint8_t {
    act,
    read,
    test,
    set
  };  // + commands: +X  +X?  +X=?  +X=...; S: Sn  Sn?  (=?)  Sn=

  Kind kind = Kind::none;
  Op op = Op::act;
  char prefix = 0;          // basic: 0 & \ %
  char letter = 0;          // basic, upper case
  uint32_t number = 0;      // basic: the value; S: the register
  bool has_number = false;  // it was written
  uint32_t value = 0;       // S: what to set
  int bit = -1;             // S: one bit of it (Sn.b=v)
  std::string name;         // extended: "+MS", "#CID", upper case
  std::string text;         // dial: the string; extended: the values; &Zn=: the number
};

/// The command that starts at `at`, which is moved behind it. Kind::none at the end of the body.
Command next_command(std::string_view body, size_t& at);

/// The grammar of values: "3", "\"text\"", "" of a comma-separated list; at most 16.
struct Value {
  enum class Kind : uint8_t { empty, number, text, word };
  Kind kind = Kind::empty;
  uint32_t number = 0;
  std::string text;  // text: without its quotes; word: as written, upper case
};
/// False where the list is malformed or longer than `limit`.
bool split_values(std::string_view text, size_t limit, Value* values, size_t& count);

}  // namespace offhook::hayes
