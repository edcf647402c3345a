// Debian's pppd in a kernel of its own, at port 0 of a bank of six: number 5550100. It knows one user, ann,
// whose secret is xyzzy; who is at the other ports is the test's.
#pragma once

#include <gtest/gtest.h>

#include <map>
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

/// A guest takes longer to boot than most calls take: a suite's tests share one of a kind, with its bank, and
/// each finds it without a call. A test that fails leaves them to nobody.
class PppdGuest : public testing::Test {
 public:
  static void TearDownTestSuite();

 protected:
  /// The bank and the guest, which has booted.
  void begin(GuestSetup::Kind kind = GuestSetup::Kind::uml);
  void TearDown() override;
  /// More files of the guest's, by path.
  virtual std::map<std::string, std::string> programs() const { return {}; }
  /// Nobody calls: the last call's end has reached the bank, and all modems take commands.
  void hung_up() const;
  /// pppd dials a port.
  void dial(std::string const& options, int port = 1);
  /// pppd waits for a call. It is 10.9.0.1, and the caller 10.9.0.2.
  void answer(std::string const& options);
  /// pppd is told to end; its exit status.
  int ends();
  /// The carrier of the guest's call, if it has one, is gone.
  void drop() const { (void)bank->vmodem({"drop", "ttyVM0"}); }
  std::string log() const { return guest->log(); }

  BankProcess* bank = nullptr;
  Guest* guest = nullptr;

 private:
  bool lines_ = false;  // the modem's, which only a 16550 has
  std::string pppd_;
};

}  // namespace offhook::e2e
