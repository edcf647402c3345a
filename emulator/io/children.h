// Programs that a program of ours runs, each the leader of a session of its own on a terminal, until the last
// of them is reaped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/base/time.h"

namespace boost::asio {
class io_context;
}

namespace offhook::io {

class Alarm;

struct Command {
  std::vector<std::string> words;  // the first is a path, or a name looked for in PATH
  std::vector<std::pair<std::string, std::string>>
      environment;  // added to ours, in its place where it is there
  struct User {
    uid_t uid;
    gid_t gid;
    std::vector<gid_t> groups;
  };
  std::optional<User> user;  // none: ours
};

/// "exit status 1", "killed by signal 9 (Killed)": a wait status in words.
std::string describe_exit(int wait_status);

class Children {
 public:
  Children(boost::asio::io_context& io, Alarm& alarm);
  ~Children();  // stop()

  /// Runs the command with `terminal` as its input, output, error output and controlling terminal. The error
  /// names what could not be run. `exited` runs once from the event loop, however the child ended, unless it
  /// was forgotten before.
  Result<uint64_t> spawn(Command const& command, int terminal, std::function<void(int wait_status)> exited);
  /// SIGHUP to all it runs; SIGKILL to who is still there after `grace`.
  void hang_up(uint64_t id, Duration grace);
  /// SIGKILL to all it runs.
  void kill(uint64_t id);
  /// Its `exited` is not to run.
  void forget(uint64_t id);
  /// SIGKILL to all there are, which are forgotten.
  void stop();
  /// -1: there is none of that number any more.
  pid_t pid(uint64_t id) const;

 private:
  struct Running;
  void on_exit(uint64_t id);

  boost::asio::io_context& io_;
  Alarm& alarm_;
  std::map<uint64_t, std::unique_ptr<Running>> running_;
  uint64_t last_ = 0;
};

}  // namespace offhook::io
