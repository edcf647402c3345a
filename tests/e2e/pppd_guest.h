// Debian's pppd in a kernel of its own, at port 0 of a bank: number 5550100. It knows one user, ann, whose
// secret is xyzzy; who is at the other ports is the test's.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/e2e/bank_process.h"
#include "tests/e2e/guest.h"

namespace offhook::e2e {

/// A method as pppd's options name it: to demand it, and to prove oneself by nothing else.
struct PppdMethod {
  char const *name, *demand, *prove;
};
inline constexpr PppdMethod pppd_methods[] = {
    {"none", "noauth", ""},
    {"pap", "auth require-pap", "refuse-chap refuse-mschap refuse-mschap-v2"},
    {"chap", "auth require-chap", "refuse-pap refuse-mschap refuse-mschap-v2"},
    {"ms-chap", "auth require-mschap", "refuse-pap refuse-chap refuse-mschap-v2"},
    {"ms-chap-v2", "auth require-mschap-v2", "refuse-pap refuse-chap refuse-mschap"},
};

class PppdGuest : public testing::Test {
 protected:
  /// The bank and the guest, which has booted.
  void begin(GuestSetup::Kind kind = GuestSetup::Kind::uml);
  /// Nobody calls: the last call's end has reached the bank, and all modems take commands.
  void hung_up() const;
  /// pppd dials a port.
  void dial(std::string const& options, int port = 1);
  /// pppd waits for a call. It is 10.9.0.1, and the caller 10.9.0.2.
  void answer(std::string const& options);
  /// pppd is told to end; its exit status.
  int ends();
  std::string log() { return guest->log("ppp"); }

  BankProcess bank;
  std::optional<Guest> guest;

 private:
  std::string pppd_;
};

}  // namespace offhook::e2e
