// Processes as /proc shows them: a pid means something only together with its start time, since pids are used
// again.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace offhook::holder {

using WallTime = std::chrono::system_clock::time_point;

/// The unit of start times as wall-clock time can be told from them: 10 ms, USER_HZ of every Linux port of
/// ours.
inline constexpr std::chrono::milliseconds tick{10};

struct Process {
  pid_t pid = 0;            // 0: not known
  uint64_t start_time = 0;  // ticks after boot: field 22 of /proc/PID/stat
  std::string program;      // escaped: comm, or the base name of argv[0] where comm is cut short
  std::string user;         // a name, or "uid 1234" where the uid has none
  WallTime since{};         // start_time on the wall clock of now
  bool operator==(Process const&) const = default;
};

/// What /proc/PID/stat says. A process that ended and was not waited for is no longer a process here: it
/// holds nothing.
struct ProcessStat {
  std::string comm;
  uint64_t start_time = 0;
  bool kernel_thread = false;
  pid_t parent = 0, session = 0;
};
std::optional<ProcessStat> parse_stat(std::string_view text);
std::optional<ProcessStat> read_stat(pid_t pid);

std::optional<Process> describe(pid_t pid);

/// True as long as the process that began at `start_time` is there. Where /proc hides it (hidepid) the pid
/// alone counts: to be taken for living is the safe mistake.
bool alive(pid_t pid, uint64_t start_time);

/// In the session that `leader` made, or a descendant of his. Who has left the session and whose parents are
/// gone is not known to be one.
bool descends_from(pid_t pid, pid_t leader);

/// At most `limit` bytes of a file that the kernel makes up as it is read; nothing where it cannot be read.
std::optional<std::string> read_file(std::string const& path, size_t limit);

}  // namespace offhook::holder
