// rasdial calls rasd by PPP and runs a program whose only network is the call; both ends are an ordinary
// user's.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

#include "tests/e2e/ras_process.h"

namespace offhook::e2e {

inline constexpr auto long_enough = 120s;

/// A rasdial that goes on, and what it has said so far.
struct Dialling {
  Process process;
  std::string said_path, complained_path;
  std::string said() const { return read_file(said_path); }
  std::string complained() const { return read_file(complained_path); }
};
/// Starts it; what it says is in `at`.out and `at`.err.
Dialling dialled(Argv const& argv, Spawn how, std::string const& at);
/// All that have this variable, NAME=VALUE, in their environment.
std::set<pid_t> processes_with(std::string const& variable);
/// COMMAND has said it.
testing::AssertionResult says(Dialling const& dialling, std::string const& text);

/// Who calls, and how.
struct Wish {
  std::string user = "anna", password = "tulip";
  Argv options = {};
};

/// The first half of the ports is rasd's to answer, by numbers from 5550100 on; the other is to call from.
class PppDial : public testing::Test {
 protected:
  /// `keys` are the service's, `port_keys` those of the ports that answer. A first call shows that a
  /// namespace may be made; where not, the test is skipped.
  void begin(int links, std::string const& keys, std::string const& port_keys = {});
  /// A failure leaves nobody behind either.
  void TearDown() override;

  Argv call(int link, std::string const& command, Wish const& wish = {}) const;
  Spawn spawn() const;
  Dialling dials(int link, std::string const& command, Wish const& wish = {});
  testing::AssertionResult all_listen() const;
  /// Every process of our calls: rasdial, the first of its namespace, COMMAND and what that runs.
  std::set<pid_t> processes() const;
  bool all_are_gone() const;
  std::string page(Server const& server) const;

  TemporaryFolder folder;
  int links_ = 0, calls_ = 0;
  std::optional<BankProcess> bank;
  std::optional<RasdProcess> rasd;

 private:
  void probe();
};

#define OFFHOOK_BEGIN(links, keys)             \
  ASSERT_NO_FATAL_FAILURE(begin(links, keys)); \
  if (IsSkipped()) return

}  // namespace offhook::e2e
