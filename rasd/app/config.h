// rasd's configuration: ports, services, devices, from TOML.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"
#include "rasd/app/ppp_config.h"
#include "rasd/at/script.h"
#include "rasd/auth/users.h"

namespace offhook::rasd {

inline constexpr size_t most_ports = 20000;

enum class Use : uint8_t { dial_in, dial_out, both };

/// What an answered call gets: a program on the port, a TCP connection, or PPP; PPP beside one of the others
/// goes by the caller's first bytes.
struct ServiceConfig {
  std::string name;
  std::vector<std::string> command;
  std::string relay;    // "host:port"; at most one of command and relay is set
  std::string user;     // the program's; empty: rasd's own
  bool raw = false;     // the terminal as the program finds it: raw, or with echo and line editing
  bool direct = false;  // the program gets the port itself, raw, in place of a terminal of its own
  std::optional<PppConfig> ppp = std::nullopt;
  bool operator==(ServiceConfig const&) const = default;
};

struct PortConfig {
  std::string name;  // 1 to 31 of [A-Za-z0-9_.-]
  std::string path;  // what open() takes: /dev/ttyS0, /run/vmodem/ttyVM0
  Use use = Use::both;
  std::string device = "v250";    // a built-in script's name, or that of a [device.NAME]
  std::vector<std::string> init;  // commands after the device's own
  uint32_t rate_bps = 115200;     // of the DTE
  bool rts_cts = true;
  uint32_t rings = 1;      // bursts before the answer
  std::string service;     // of [service.NAME]; needed for dial-in
  Duration s25 = 50ms;     // how long the device looks away when DTR falls (V.250 6.2.8's S25, factory value)
  Duration idle_limit{0};  // no data either way for so long ends the call; 0: never
  Duration session_limit{0};
  bool enabled = true;
  bool operator==(PortConfig const&) const = default;
};

struct Config {
  std::string dir;    // of the sockets; empty: --dir's
  std::string log;    // the event log's file, JSON lines; empty: none
  std::string group;  // may ask for ports (lease.sock 0660); empty: our own user alone
  std::string lock_dir = "/var/lock";
  std::string level = "info";  // of what goes to standard error or the journal
  std::vector<ServiceConfig> services;
  std::vector<PortConfig> ports;
  auth::Users users;                // of [user.NAME]
  std::vector<at::Script> devices;  // of [device.NAME]
  std::map<std::string, std::string>
      device_texts;  // by name: that table alone, for a client that talks to one
  bool operator==(Config const&) const = default;

  ServiceConfig const* service(std::string_view name) const;
  /// Of [device.NAME], or built in.
  at::Script const* device(std::string_view name) const;
};

/// The error names file:line:column, the key, and what is accepted.
Result<Config> parse_config(std::string_view text, std::string_view file_name);

/// Of a file; the error says why it cannot be read.
Result<Config> load_config(std::string const& path);

}  // namespace offhook::rasd
