// Programs as tests run them: started, fed, waited for with a limit, and never left behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace offhook::e2e {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Argv = std::vector<std::string>;

/// How long a test waits for what must come, on a machine that has other things to do.
inline constexpr auto patience = 30s;

/// Where a child's descriptors 0, 1 and 2 go (-1: as ours), where it runs and as whom.
struct Spawn {
  int in = -1, out = -1, err = -1;
  std::string directory;                           // empty: ours
  std::map<std::string, std::string> environment;  // added to ours
  std::optional<uid_t> uid;                        // root only: run as this user and group
};

/// A child process; killed when this goes, and when the test program dies.
class Process {
 public:
  Process() = default;
  Process(Argv const& argv, Spawn const& spawn = {});
  explicit Process(pid_t pid) : pid_(pid) {}
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number);
  /// The exit status, 128+N after signal N, nothing when the limit passed first.
  std::optional<int> wait(Clock::duration limit = patience);

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct Outcome {
  int status = -1;  // as Process::wait, -1 when the limit passed
  std::string out, err;
};
/// Runs a program to its end and collects what it said.
Outcome run(Argv const& argv, Clock::duration limit = patience, Spawn spawn = {});

/// In a child between fork and exec: die with the parent, default signals.
void become_child(Spawn const& spawn);
[[noreturn]] void exec(Argv const& argv);

/// A folder of one's own that others may pass through; removed with what is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder const&) = delete;
  TemporaryFolder& operator=(TemporaryFolder const&) = delete;
  std::string const& path() const { return path_; }
  std::string operator/(std::string const& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string read_file(std::string const& path);
void write_file(std::string const& path, std::string const& content);
std::string random_bytes(size_t n, uint64_t seed);

}  // namespace offhook::e2e
