// Secrets as pppd keeps them in chap-secrets and pap-secrets: client, server, secret, and the addresses that
// the client may have (pppd(8), AUTHENTICATION). Text in, values out; no error repeats a secret.
//
// Where we differ from pppd: `@file` is refused; so are host names as addresses, and options behind `--`. An
// empty secret lets nobody in (pppd's PAP takes any password for it). No addresses, or "-", mean that the
// client has no wish of its own: what the pool gives is right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"

namespace offhook::auth {

inline constexpr size_t most_secrets_bytes = 1024 * 1024;
inline constexpr size_t most_secrets = 10'000;
inline constexpr size_t longest_name = 255, longest_secret = 255;  // what PAP and CHAP can carry
inline constexpr size_t most_addresses = 64;                       // of one client

/// An IPv4 address as a number.
using Address = uint32_t;
/// "10.0.0.1", and nothing else.
std::optional<Address> parse_address(std::string_view text);

/// One word of the list: the addresses of a subnet, or not these. The first that matches counts.
struct AddressRule {
  bool accepted = true;
  Address address = 0;
  uint8_t bits = 32;  // 0: every address
  bool matches(Address other) const { return bits == 0 || ((address ^ other) >> (32u - bits)) == 0; }
  bool operator==(AddressRule const&) const = default;
};

struct Secret {
  std::string client, server;  // "*": any
  std::string secret;
  std::vector<AddressRule> addresses;  // none: what the pool gives
  /// Ours: the day on which its owner made it, days since 1970-01-01, of a comment "# changed 2026-12-31" in
  /// its line.
  std::optional<int32_t> changed = {};

  /// Whether the client may have it.
  bool accepts(Address address) const;
  /// The one that it always has: the first that is named alone.
  std::optional<Address> address() const;
  bool operator==(Secret const&) const = default;
};

class Secrets {
 public:
  /// The error names file:line:column and what is accepted.
  static Result<Secrets> parse(std::string_view text, std::string_view file);

  /// The best match, as pppd has it: one that names the client before one that names the server, both before
  /// either, and the first of equals. Nothing where there is none, or its secret is empty.
  Secret const* find(std::string_view client, std::string_view server) const;

  /// The text with another secret in place of `of`'s, and the day; all else is kept byte for byte. An error
  /// where no such text would be read back: `secret` is empty, too long, or of characters that have no place.
  static Result<std::string> change(std::string_view text, std::string_view file, Secret const& of,
                                    std::string_view secret, int32_t day);

  size_t size() const { return all_.size(); }
  bool operator==(Secrets const&) const = default;

 private:
  std::vector<Secret> all_;
};

}  // namespace offhook::auth
