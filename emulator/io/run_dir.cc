#include "emulator/io/run_dir.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace offhook::io {
namespace {

namespace fs = std::filesystem;

std::string environment(char const* name) {
  char const* const value = std::getenv(name);
  return value ? value : "";
}

std::string absolute(std::string const& path) {
  std::error_code ec;
  fs::path full = fs::absolute(path, ec).lexically_normal();
  if (ec) return path;
  return full.has_filename() ? full.string() : full.parent_path().string();
}

/// What the file holds of its pid; empty where nobody wrote one.
std::string read_pid(int fd) {
  char buffer[32];
  ssize_t const n = pread(fd, buffer, sizeof buffer, 0);
  std::string text(buffer, n > 0 ? static_cast<size_t>(n) : 0);
  return text.substr(0, text.find_first_not_of("0123456789"));
}

/// A child that is not yet at its exec has our descriptors, and the lock with them: where we are killed in
/// that moment it has it a moment longer.
constexpr std::chrono::milliseconds last_breath{5000}, a_moment{10};

bool is_gone(std::string const& pid) {
  pid_t number = 0;
  std::from_chars(pid.data(), pid.data() + pid.size(), number);
  return number > 0 && kill(number, 0) != 0 && errno == ESRCH;
}

bool is_still(std::string const& path, int fd) {
  struct stat named, held;
  return stat(path.c_str(), &named) == 0 && fstat(fd, &held) == 0 && named.st_ino == held.st_ino &&
         named.st_dev == held.st_dev;
}

}  // namespace

RunDir run_dir(std::string_view program, std::string_view variable, std::string const& option) {
  std::string const name(program), set(variable);
  auto const made = [&](std::string path, std::string origin, bool shared = false) {
    return RunDir{std::move(path), std::move(origin), set, shared};
  };
  if (!option.empty()) return made(absolute(option), "--dir");
  if (auto const named = environment(set.c_str()); !named.empty()) return made(absolute(named), set);
  if (geteuid() == 0) return made("/run/" + name, "the default for root; " + set + " is not set");
  if (auto const runtime = environment("XDG_RUNTIME_DIR"); !runtime.empty())
    return made(absolute(runtime) + "/" + name, "the default, in XDG_RUNTIME_DIR; " + set + " is not set");
  return made("/tmp/" + name + "-" + std::to_string(geteuid()), "the default; " + set + " is not set", true);
}

Result<void> check_owner(RunDir const& dir) {
  if (!dir.shared_parent) return {};
  struct stat info;
  if (lstat(dir.path.c_str(), &info) != 0) return {};  // whoever needs it will say that it is missing
  if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 077) != 0)
    return error(dir.path,
                 " is not a directory of ours with mode 0700, so somebody else may have made it: remove it, "
                 "or name another with --dir or ",
                 dir.variable);
  return {};
}

Result<void> make_dir(RunDir const& dir) {
  std::error_code ec;
  if (auto const parent = fs::path(dir.path).parent_path(); !parent.empty())
    fs::create_directories(parent, ec);
  mode_t const mode = dir.shared_parent ? 0700 : 0755;  // ports may be for a group: others must get to them
  if (mkdir(dir.path.c_str(), mode) != 0 && errno != EEXIST)
    return error("cannot make the directory ", dir.path, " (", dir.origin, "): ", std::strerror(errno));
  struct stat info;
  if (stat(dir.path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return error(dir.path, " (", dir.origin, ") is not a directory");
  return check_owner(dir);
}

std::string control_socket(std::string const& dir) { return dir + "/control.sock"; }

Result<DirLock> DirLock::take(std::string const& dir, std::string_view what) {
  std::string const path = dir + "/lock";
  auto const until = std::chrono::steady_clock::now() + last_breath;
  for (;;) {
    int const fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return error("cannot open ", path, ": ", std::strerror(errno));
    DirLock lock(fd, path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      std::string const pid = read_pid(fd);
      lock.path_.clear();  // not ours to remove
      if (is_gone(pid) && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(a_moment);
        continue;
      }
      return error(what, " is running in ", dir, " already, with pid ", pid.empty() ? "unknown" : pid,
                   ": stop it, or name another directory with --dir");
    }
    if (!is_still(path, fd)) {  // its holder removed it between our open and our lock
      lock.path_.clear();
      continue;
    }
    std::string const pid = std::to_string(getpid()) + "\n";
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
      return error("cannot write ", path, ": ", std::strerror(errno));
    return lock;
  }
}

DirLock::DirLock(DirLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::exchange(other.path_, {})) {}

DirLock::~DirLock() {
  if (!path_.empty()) unlink(path_.c_str());
  if (fd_ >= 0) close(fd_);
}

}  // namespace offhook::io
