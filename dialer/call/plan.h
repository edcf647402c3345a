// What a call attempt is to do: an entry of the phonebook, or what was typed, made ready.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/time.h"

namespace offhook::call {

inline constexpr size_t most_numbers = 64, most_devices = 4;
inline constexpr unsigned most_redials = 999;

/// A device that is talked to, in the order of MS-RRASM 2.2.2.
struct Device {
  enum class Kind : uint8_t {
    pre_switch,  // before the port's own device; it is initialised, and dials nothing
    modem,
    pad,
    post_switch,  // behind the carrier
  } kind = Kind::modem;
  /// The name of its script; empty: what the manager says of the port. The first modem or PAD is the port's
  /// own.
  std::string script = {};
  /// What it calls, in place of the number being tried: the X.25 address behind a modem.
  std::string number = {};
  bool operator==(Device const&) const = default;
};
std::string_view words(Device::Kind);  // "the modem"
constexpr bool dials(Device::Kind kind) { return kind == Device::Kind::modem || kind == Device::Kind::pad; }

/// What a call that carries PPP is made with.
struct Ppp {
  std::string user = {}, password = {};  // no user: this end proves itself to nobody
  std::string callback = {};             // the number to be called back at; none: no call back is asked for
  bool operator==(Ppp const&) const = default;
};

struct Plan {
  std::string entry = {};                 // its name; empty: a number alone was given
  std::string port = {};                  // empty: any that may dial out
  std::vector<std::string> numbers = {};  // as dialled, in order; none: the device needs none
  std::vector<Device> devices = {};       // none: the port's own alone
  unsigned redial_attempts = 0;           // after the first
  Duration redial_pause = 60s;
  std::optional<Ppp> ppp = std::nullopt;  // none: the bytes of the call are the user's own
  bool operator==(Plan const&) const = default;
};

}  // namespace offhook::call
