#include "rasd/holder/lock_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "emulator/io/fd.h"

namespace offhook::holder {
namespace {

/// A program that writes its pid after it has made the file is given this long to do so.
constexpr std::chrono::seconds time_to_write{10};
constexpr pid_t most_pids = 4 * 1024 * 1024;  // PID_MAX_LIMIT of <linux/threads.h>

WallTime wall_time(timespec const& t) {
  auto const since_epoch = std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  return WallTime(std::chrono::duration_cast<WallTime::duration>(since_epoch));
}

/// Some file systems keep whole seconds.
std::chrono::nanoseconds coarseness(WallTime made) {
  return made.time_since_epoch() % std::chrono::seconds(1) == WallTime::duration::zero()
             ? std::chrono::nanoseconds(std::chrono::seconds(1))
             : std::chrono::nanoseconds(tick);
}

}  // namespace

std::vector<std::string> lock_names(std::string_view path) {
  std::vector<std::string> names;
  std::string_view const base = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (base.empty()) return names;
  constexpr std::string_view dev = "/dev/";
  if (path.starts_with(dev) && path.size() - dev.size() != base.size()) {
    std::string whole(path.substr(dev.size()));
    std::ranges::replace(whole, '/', '_');
    names.push_back("LCK.." + whole);
  }
  names.push_back("LCK.." + std::string(base));
  return names;
}

pid_t parse_lock(std::string_view content) {
  std::string_view text = content;
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  pid_t pid = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), pid);
  bool const ends_well =
      end == text.data() + text.size() || *end == '\n' || *end == ' ' || *end == '\r' || *end == '\0';
  if (failure == std::errc() && ends_well && pid > 0 && pid <= most_pids) return pid;
  if (content.size() != sizeof pid) return 0;
  std::memcpy(&pid, content.data(), sizeof pid);
  return pid > 0 && pid <= most_pids ? pid : 0;
}

std::optional<LockRecord> read_lock(std::string const& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  LockRecord lock{path, 0, true, wall_time(info.st_mtim), info.st_dev, info.st_ino};
  if (!S_ISREG(info.st_mode)) return lock;
  io::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::nullopt;
  std::array<char, 64> content;
  ssize_t const n = fd ? ::read(fd.get(), content.data(), content.size()) : -1;
  if (n < 0)
    lock.readable = false;
  else
    lock.pid = parse_lock({content.data(), static_cast<size_t>(n)});
  return lock;
}

std::optional<std::string> stale(LockRecord const& lock, LockFacts const& facts) {
  if (!lock.readable) return std::nullopt;
  if (lock.pid == 0) {
    if (facts.now < lock.made + time_to_write) return std::nullopt;
    return "it names no process";
  }
  std::string const who = "its process " + std::to_string(lock.pid);
  if (!facts.owner_since) return who + " is gone";
  // The clocks may have been set since; a process that has the tty open cannot be a mistake.
  if (facts.owner_has_it_open) return std::nullopt;
  if (*facts.owner_since > lock.made + coarseness(lock.made)) return who + " is younger than the file";
  if (facts.tty_born && *facts.tty_born > lock.made + coarseness(lock.made))
    return "it was made for an earlier pts of this number";
  return std::nullopt;
}

}  // namespace offhook::holder
