// rasd as its users start it: the real program with a configuration, in a folder of its own, asked over
// control.sock; and an observer that keeps a copy of what it knows.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/rpc/client.h"
#include "rasd/port/log.h"
#include "tests/e2e/bank_process.h"
#include "tests/e2e/network.h"

namespace offhook::e2e {

/// What `ports` says of one port.
struct PortView {
  std::string name, state, line, hardware, holder, client, number, user, failure, failure_text, last_end;
  int64_t error = 0;  // of the failure
  int64_t call = 0, calls = 0, leases = 0, dte_rate = 0, line_rate = 0;
};

/// True where OFFHOOK_LONG=1 asks for the counts that take long.
bool long_run();
int turns(int usual, int in_a_long_run);

class RasdProcess {
 public:
  /// "FOLDER" in the configuration is the path of a folder of the test's own. Lock files go there too, and
  /// the event log as file("events"), unless the configuration has a [rasd] of its own. `uid`, as root: a
  /// program and a folder of that user's. `under`: what runs it.
  explicit RasdProcess(std::string const& config, std::optional<uid_t> uid = {}, Argv under = {});
  ~RasdProcess();

  void start();
  /// Whether it said `ready`; else what it said.
  testing::AssertionResult up() const;
  std::string const& dir() const { return dir_; }
  std::string file(std::string const& name) const { return folder_ / name; }
  Process& process() { return process_; }
  std::string log() const;
  /// Replaces the configuration's file; SIGHUP is the test's to send.
  void configure(std::string const& config) const;

  /// A method of control.sock; JSON text.
  Result<std::string> ask(std::string const& method, std::vector<rpc::Parameter> parameters = {}) const;
  std::vector<PortView> ports() const;
  /// Empty where `ports` does not list it.
  PortView port(std::string const& name) const;
  testing::AssertionResult reaches(std::string const& name, std::string const& state,
                                   Clock::duration limit = patience) const;
  /// Every port's condition is what an observer made of the log.
  std::vector<std::string> differences(port::Picture const& folded) const;

 private:
  TemporaryFolder folder_;
  std::string dir_, config_path_;
  std::string program_;
  Argv under_;
  std::optional<uid_t> uid_;
  Process process_;
  std::string announced_;
  bool ready_ = false;
};

/// Follows the port log by `watch` from its making on.
class Observer {
 public:
  explicit Observer(RasdProcess const& rasd);
  /// Reads all that waits; false once the connection has ended.
  bool catch_up(Clock::duration wait = 0ms);
  /// What it has folded is what `ports` says, once things have settled.
  testing::AssertionResult agrees(Clock::duration limit = patience);
  /// Times that entries were missing and a picture had to be asked for.
  int gaps() const { return gaps_; }
  /// The states a port went through since the last call, in order.
  std::vector<std::string> states(std::string const& port);
  port::Picture const& picture() const { return follower_.picture(); }

 private:
  bool take(rpc::Message const& message);
  void ask_for_picture();

  RasdProcess const& rasd_;
  std::optional<rpc::Client> client_;
  port::Follower follower_;
  std::map<std::string, std::vector<std::string>> states_;
  int gaps_ = -1;  // the first picture is no gap
};

}  // namespace offhook::e2e
