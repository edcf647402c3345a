#include "rasd/holder/process.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include "emulator/base/text.h"
#include "emulator/io/fd.h"

namespace offhook::holder {
namespace {

constexpr int most_ancestors = 64;
constexpr size_t longest_stat = 4096;
constexpr size_t longest_status = 64 * 1024;
constexpr size_t longest_argv0 = 4096;
constexpr size_t longest_comm = 15;              // TASK_COMM_LEN less its zero
constexpr unsigned kernel_thread = 0x0020'0000;  // PF_KTHREAD of <linux/sched.h>

std::string place(pid_t pid, std::string_view file) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(file);
}

std::chrono::nanoseconds now(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

WallTime wall_time(uint64_t start_time) {
  auto const boot = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME);
  auto const begun = boot + std::chrono::nanoseconds(tick) * static_cast<int64_t>(start_time);
  return WallTime(std::chrono::duration_cast<WallTime::duration>(begun));
}

std::string program_name(pid_t pid, std::string const& comm) {
  if (comm.size() < longest_comm) return escaped(comm);
  auto const argv = read_file(place(pid, "cmdline"), longest_argv0).value_or("");
  std::string_view argv0(argv.c_str());
  argv0.remove_prefix(argv0.rfind('/') + 1);  // npos + 1 is 0
  return escaped(argv0.starts_with(comm) ? argv0 : comm);
}

std::string user_name(pid_t pid) {
  auto const status = read_file(place(pid, "status"), longest_status).value_or("");
  auto const line = status.find("\nUid:\t");
  if (line == status.npos) return "unknown";
  uid_t uid = 0;
  std::from_chars(status.data() + line + 6, status.data() + status.size(), uid);
  std::vector<char> room(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found)
    return escaped(std::string_view(found->pw_name));
  return "uid " + std::to_string(uid);
}

}  // namespace

std::optional<std::string> read_file(std::string const& path, size_t limit) {
  io::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  std::array<char, 4096> chunk;
  while (text.size() < limit) {
    ssize_t const n = ::read(fd.get(), chunk.data(), std::min(chunk.size(), limit - text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    text.append(chunk.data(), static_cast<size_t>(n));
  }
  return text;
}

std::optional<ProcessStat> parse_stat(std::string_view text) {
  // pid (comm) state ...: comm may hold brackets and blanks itself, so the last bracket ends it.
  auto const open = text.find('('), close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open) return std::nullopt;
  ProcessStat stat;
  stat.comm = text.substr(open + 1, close - open - 1);
  std::string_view left = text.substr(close + 1);
  char state = 0;
  uint64_t threads = 0;
  for (int field = 3; field <= 22; ++field) {
    auto const begin = left.find_first_not_of(' ');
    if (begin == left.npos) return std::nullopt;
    left.remove_prefix(begin);
    std::string_view const word = left.substr(0, left.find(' '));
    uint64_t number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    if (field == 3) state = word[0];
    if (field == 4) stat.parent = static_cast<pid_t>(number);
    if (field == 6) stat.session = static_cast<pid_t>(number);
    if (field == 9) stat.kernel_thread = number & kernel_thread;
    if (field == 20) threads = number;
    if (field == 22) stat.start_time = number;
    left.remove_prefix(word.size());
  }
  // A first thread that ended before the others leaves a Z too, but the process lives.
  bool const ended = (state == 'Z' || state == 'X') && threads <= 1;
  if (ended) return std::nullopt;
  return stat;
}

std::optional<ProcessStat> read_stat(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  auto const text = read_file(place(pid, "stat"), longest_stat);
  return text ? parse_stat(*text) : std::nullopt;
}

std::optional<Process> describe(pid_t pid) {
  auto const stat = read_stat(pid);
  if (!stat) return std::nullopt;
  return Process{pid, stat->start_time, program_name(pid, stat->comm), user_name(pid),
                 wall_time(stat->start_time)};
}

bool alive(pid_t pid, uint64_t start_time) {
  if (pid <= 0) return false;
  if (auto const stat = read_stat(pid)) return stat->start_time == start_time;
  return ::access(place(pid, "stat").c_str(), F_OK) != 0 && ::kill(pid, 0) != 0 && errno == EPERM;
}

bool descends_from(pid_t pid, pid_t leader) {
  for (int steps = 0; pid > 1 && steps < most_ancestors; ++steps) {
    if (pid == leader) return true;
    auto const stat = read_stat(pid);
    if (!stat) return false;
    if (stat->session == leader) return true;
    pid = stat->parent;
  }
  return false;
}

}  // namespace offhook::holder
