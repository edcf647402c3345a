// A bank of modems as its users start it: the real program, in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/process.h"
#include "tests/e2e/terminal.h"

namespace offhook::e2e {

class BankProcess {
 public:
  /// Starts `vmodem up` with these arguments after --dir, and waits for `ready`.
  explicit BankProcess(Argv const& arguments = {"--mode", "0666"});
  /// In a folder that another bank used before.
  BankProcess(std::string directory, Argv const& arguments);
  ~BankProcess();

  /// Whether it said `ready`; else what it said.
  testing::AssertionResult up() const;
  std::string const& dir() const { return dir_; }
  std::string port(int i) const { return dir_ + "/ttyVM" + std::to_string(i); }
  /// The same port by a name that no other test uses: minicom and cu lock /var/lock/LCK..NAME, whichever the
  /// folder.
  std::string own_name(int i) const;
  static std::string name(int i) { return "ttyVM" + std::to_string(i); }
  static std::string number(int i) { return std::to_string(5550100 + i); }
  Process& process() { return process_; }
  /// What it printed up to `ready`.
  std::string const& announced() const { return announced_; }

  /// A verb: `vmodem VERB... --dir DIR`.
  Outcome vmodem(Argv const& verb, Clock::duration limit = patience) const;

 private:
  void start(Argv const& arguments);

  TemporaryFolder folder_;  // unused where the folder was given
  std::string dir_;
  std::string log_;
  Process process_;
  std::string announced_;
  bool ready_ = false;
};

/// Calls port 1 from port 0, which both stay open: ATA answers. Both have read their CONNECT lines.
testing::AssertionResult connect(PortFile& caller, PortFile& called, std::string const& number);

}  // namespace offhook::e2e
