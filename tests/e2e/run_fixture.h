// `vmodem run` over a bank of its own, and the program that asks for its lines.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include "emulator/v24/side_channel.h"
#include "tests/e2e/bank_process.h"

namespace offhook::e2e {

inline constexpr uid_t nobody = 65534;

/// The programs, where every user may read them: the build may lie where not all can look. `vmodem`, `lines`,
/// `lines_static`, `lines_musl`; `lines_setuid` of another user, with that user's rights where root runs it;
/// `lines_unreadable`, which is root's and may be run only.
class Programs {
 public:
  Programs();
  std::string operator/(std::string const& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

class Run : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(bank.up()); }
  /// `vmodem run` of a program.
  Argv under(Argv const& program, Argv const& options = {}) const;
  /// Of `lines` or one like it, with these steps.
  Argv lines(Argv const& steps, std::string const& name = "lines") const;
  /// As this user, where we may choose.
  static Spawn as(uid_t uid);
  /// Waits until what `status` says of port 0 has this text.
  testing::AssertionResult comes(std::string const& text) const;

  Programs programs;
  // The ports' group may use the side channel, too.
  BankProcess bank{{"--mode", "0660", "--group", std::to_string(geteuid() == 0 ? nobody : getegid())}};
};

/// A second attachment of port 0's circuits, besides the supervisor's.
class Watcher {
 public:
  explicit Watcher(std::string const& socket);
  ~Watcher() { ::close(fd_); }
  Watcher(Watcher const&) = delete;
  Watcher& operator=(Watcher const&) = delete;
  /// Waits for the circuit to be told so.
  bool sees(v24::Circuit circuit, bool on) const;
  /// Whoever has the port open is hung up.
  void revoke() const;

 private:
  void send(v24::Message message) const;
  int fd_;
};

/// A program under run, between two steps of it.
class Paused {
 public:
  explicit Paused(Argv const& argv) : terminal_(argv) {}
  testing::AssertionResult ready() { return terminal_.expect("pause"); }
  testing::AssertionResult go_on() { return terminal_.type("\r"); }
  Terminal& terminal() { return terminal_; }
  /// The one child of the process that the shell sees.
  pid_t supervisor();
  void kill_supervisor();

 private:
  Terminal terminal_;
};

}  // namespace offhook::e2e
