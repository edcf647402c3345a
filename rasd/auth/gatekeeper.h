// Whether a caller is let in: who he says he is, what he offers to prove it, and what his account permits.
// One gatekeeper has all ports of an rasd: it counts a user's calls and the guesses at his password.
//
// Pure: the time comes with the question. It tells a caller who proves nothing just that, whatever else is
// wrong with the account.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "rasd/auth/secrets.h"
#include "rasd/auth/throttle.h"
#include "rasd/auth/users.h"
#include "rasd/ppp/auth.h"

namespace offhook::auth {

/// What one service judges by.
struct Keys {
  Secrets const& pap;
  Secrets const& chap;
  std::string_view server;  // what we call ourselves: the second field of a secret
  bool may_change = false;  // who has an expired password may give a new one
};

struct Verdict {
  ppp::Answer answer;
  Duration delay{0};                   // what the answer waits for
  std::string user;                    // accepted: as the port log has him
  std::optional<Address> address;      // the one that he always has
  std::vector<AddressRule> addresses;  // those that he may have; none: any
  Callback callback = Callback::none;
  std::string number;         // of a preset callback
  std::optional<Secret> old;  // accepted, and the answer has a new password: in place of this secret's
  std::string note;           // refused: for the log
};

class Gatekeeper {
 public:
  explicit Gatekeeper(Users users = {}, Throttle throttle = Throttle())
      : users_(std::move(users)), throttle_(std::move(throttle)) {}
  void set_users(Users users) { users_ = std::move(users); }

  /// Whoever is accepted has one call more, until leave().
  Verdict judge(Instant now, LocalTime const& local, std::string_view port, Keys const& keys,
                ppp::Proof const& proof);
  /// A call of that user has ended.
  void leave(std::string_view user);
  size_t calls(std::string_view user) const;

 private:
  Verdict refuse(ppp::Proof const& proof, Duration delay, Decision const& why) const;

  Users users_;
  Throttle throttle_;
  std::map<std::string, size_t, std::less<>> calls_;
};

}  // namespace offhook::auth
