// Who has which IPv4 address: the ranges of a group of ports, with addresses of their own for some users.
//
// Pure: a value. It does not know links: whose link ends gives the address back.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "rasd/ppp/ipcp.h"

namespace offhook::net {

using ppp::Ipv4;

/// "10.0.0.1"; an error says what is accepted.
Result<Ipv4> parse_ipv4(std::string_view text);

class Pool {
 public:
  static constexpr size_t most_addresses = 65536;

  Pool() = default;
  /// "10.0.0.2-10.0.0.99", "10.0.0.0/24" (without its first and last), or one address.
  static Result<Pool> parse(std::string_view range);

  /// Takes another range, and forgets what was reserved and withheld; what is leased stays so until it is
  /// given back, and is free then only if it is of the new range.
  void change(Pool const& range);

  /// That user gets that address and no other, whether it is in the range or not; nobody else gets it.
  Result<void> reserve(std::string const& user, Ipv4 address);
  /// It is never given: our own, the name server's.
  void withhold(Ipv4 address);

  /// The user's own address, or the one that has been free for longest. An error where there is none, or the
  /// user's own is taken.
  Result<Ipv4> lease(std::string const& user);
  /// What was not leased is ignored.
  void give_back(Ipv4 address);

  size_t leased() const { return leased_.size(); }
  size_t free() const { return free_.size(); }
  bool operator==(Pool const&) const = default;

 private:
  Ipv4 first_ = 0, last_ = 0;
  std::deque<Ipv4> free_;  // the first is next
  std::set<Ipv4> leased_, withheld_;
  std::map<std::string, Ipv4> reserved_;
};

}  // namespace offhook::net
