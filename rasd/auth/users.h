// Who may dial in: [user.NAME] of the configuration, and what is decided from it once somebody has proved who
// he is. It knows no secrets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "rasd/auth/hours.h"
#include "rasd/auth/secrets.h"

namespace offhook::auth {

inline constexpr size_t most_users = 10'000;

enum class Callback : uint8_t { none, by_caller, preset };

struct User {
  std::string name;  // "*": everybody who has no section of his own
  bool dial_in = true;
  bool disabled = false;
  /// The last day on which a password that was made by then is good, days since 1970-01-01.
  std::optional<int32_t> password_until;
  std::vector<Hours> hours;  // none: always
  uint32_t calls = 0;        // at a time; 0: as many as there are ports
  Callback callback = Callback::none;
  std::string number;              // of a preset callback
  std::optional<Address> address;  // always this one
  std::vector<std::string>
      ports;  // names, those with a '*' at their end meaning all that begin so; none: all
  bool operator==(User const&) const = default;
};

/// What a caller is, besides who he is.
struct Circumstances {
  std::string_view port;
  LocalTime now;
  size_t calls = 0;                     // of the same user, already up
  std::optional<int32_t> changed = {};  // the day on which he made his password, as far as it is known
};
struct Decision {
  unsigned error = 0;  // RAS's number; 0: accepted
  std::string text;    // for the caller, and for the log
  bool operator==(Decision const&) const = default;
};
Decision decide(User const& user, Circumstances const& of);

class Users {
 public:
  Users() = default;
  explicit Users(std::vector<User> all);
  /// That of the name; where there is none and the name has a domain (DOMAIN\name), that of the name without
  /// it; else the section "*", else one that permits everything.
  User const& find(std::string_view name) const;
  std::vector<User> const& all() const { return all_; }
  bool operator==(Users const&) const = default;

 private:
  std::vector<User> all_;  // sorted by name
};

/// `DOMAIN\name` without its domain.
std::string_view without_domain(std::string_view name);

/// Reads the [user.NAME] tables of a text in which others may stand. Errors name file:line:column, the key
/// and what is accepted.
Result<Users> parse_users(std::string_view text, std::string_view file);

}  // namespace offhook::auth
