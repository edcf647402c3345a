// Which options this end asks for and agrees to: a table of both roles and both sides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "emulator/telnet/protocol.h"

namespace offhook::telnet {

/// RFC 1091: "a maximum of forty characters".
inline constexpr size_t terminal_type_limit = 40;

/// RFC 1073, in characters; 0 where that end leaves it open.
struct WindowSize {
  uint16_t columns = 80, rows = 24;
  bool operator==(WindowSize const&) const = default;
};

struct Options {
  std::string terminal = "ansi";  // client: told when asked; empty: refused. See usable_terminal_type()
  std::optional<WindowSize> window = std::nullopt;  // client: told when asked; none: refused
  bool binary = true;         // BINARY both ways is asked for and agreed to; false: neither
  bool echo = true;           // server: WILL ECHO and SGA both ways, as bulletin boards open; false:
                              // no ECHO, and SGA only where the caller wants it
  bool ask_terminal = false;  // server: asks for terminal type and window size
  bool com_port = false;  // server: COM-PORT-OPTION is asked for and agreed to; what its commands mean, the
                          // session's owner knows
  bool operator==(Options const&) const = default;
};

/// A name that RFC 1091 allows and that is safe in an environment: 1 to 40 graphic ASCII characters.
bool usable_terminal_type(std::string const& name);

/// The options with states of their own, as indices; all others are refused.
inline constexpr size_t option_count = 6;
inline constexpr size_t binary_index = 0;  // looked at for each run of data
std::optional<size_t> index_of(uint8_t code);
Option option_at(size_t index);

/// Whether this end agrees when the peer wants the option, and whether it asks by itself.
bool agrees(Options const& options, Role role, Side side, size_t index);
bool asks(Options const& options, Role role, Side side, size_t index);

}  // namespace offhook::telnet
