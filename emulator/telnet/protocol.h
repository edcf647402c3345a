// The codes of TELNET that this room knows by name.
#pragma once

#include <cstddef>
#include <cstdint>

namespace offhook::telnet {

/// RFC 854, "TELNET command structure", and RFC 855.
enum class Command : uint8_t {
  se = 240,
  nop = 241,
  dm = 242,  // data mark
  brk = 243,
  ip = 244,  // interrupt process
  ao = 245,  // abort output
  ayt = 246,
  ec = 247,
  el = 248,
  ga = 249,
  sb = 250,
  will = 251,
  wont = 252,
  do_ = 253,
  dont = 254,
  iac = 255,
};

enum class Option : uint8_t {
  binary = 0,             // RFC 856
  echo = 1,               // RFC 857
  suppress_go_ahead = 3,  // RFC 858
  timing_mark = 6,        // RFC 860: asked each time, never a state
  terminal_type = 24,     // RFC 1091
  window_size = 31,       // RFC 1073 (NAWS)
  com_port = 44,          // RFC 2217
};

inline constexpr uint8_t terminal_type_is = 0, terminal_type_send = 1;  // RFC 1091

inline constexpr std::byte iac{255}, nul{0}, lf{'\n'}, cr{'\r'};

/// An option is two: what we do, and what the peer does (RFC 1143 calls them us and him).
enum class Side : uint8_t { us, him };
inline constexpr Side both_sides[] = {Side::us, Side::him};

/// client: we dialled out; server: a call came in.
enum class Role : uint8_t { client, server };

}  // namespace offhook::telnet
