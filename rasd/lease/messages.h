// What a client and the port manager say to each other over lease.sock, and how it is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/result.h"

namespace offhook::lease {

inline constexpr size_t longest_packet = 8 * 1024;

// ---- from the client ----
/// The first message. `port` empty: any that may dial out. `purpose` is shown to people: "rasdial office".
struct Request {
  std::string port, purpose;
  bool operator==(Request const&) const = default;
};
/// How the client's call stands; empty or 0 where it does not know.
struct Progress {
  std::string state;          // "dialling", "connected" ...
  std::string entry, number;  // of the phonebook; as dialled
  uint32_t line_rate_bps = 0;
  std::string user, address;             // once authenticated, once projected
  uint64_t bytes_in = 0, bytes_out = 0;  // of the call's packets
  bool operator==(Progress const&) const = default;
};
/// The port is not wanted any more; `released` follows once it listens again.
struct Release {
  bool operator==(Release const&) const = default;
};
using FromClient = std::variant<Request, Progress, Release>;

// ---- from the manager ----
/// The packet carries a descriptor of the port, open for reading and writing, that is the client's own.
struct Granted {
  std::string port, path;  // its name here; what open() takes
  std::string device;      // the device script's name
  std::string config;      // a TOML text with that script, where it is not built in
  uint32_t rate_bps = 0;   // of the DTE
  bool rts_cts = true;
  bool operator==(Granted const&) const = default;
};
struct Refused {
  unsigned ras_error = 0;
  std::string text;
  bool operator==(Refused const&) const = default;
};
/// The manager took the port back: whoever has it open was hung up. `why` is a terminate cause's name.
struct Ended {
  std::string why, text;
  bool operator==(Ended const&) const = default;
};
struct Released {
  bool operator==(Released const&) const = default;
};
using ToClient = std::variant<Granted, Refused, Ended, Released>;

std::string encode(FromClient const& message);
std::string encode(ToClient const& message);
/// An error names the member and what is accepted. Members that are not known are skipped, so that older and
/// newer programs understand each other.
Result<FromClient> decode_from_client(std::string_view packet);
Result<ToClient> decode_to_client(std::string_view packet);

}  // namespace offhook::lease
