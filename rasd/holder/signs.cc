#include "rasd/holder/signs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "emulator/io/fd.h"

namespace offhook::holder {
namespace {

constexpr size_t longest_locks = 16 * 1024 * 1024;
constexpr ino_t first_pid_namespace = 0xEFFFFFFC;  // PROC_PID_INIT_INO of <linux/proc_ns.h>

using Dir = std::unique_ptr<DIR, decltype([](DIR* dir) { ::closedir(dir); })>;

pid_t pid_of(char const* name) {
  pid_t pid = 0;
  auto const [end, failure] = std::from_chars(name, name + std::strlen(name), pid);
  return failure == std::errc() && *end == '\0' ? pid : 0;
}

std::string link_text(int dir, char const* name) {
  char text[PATH_MAX];
  ssize_t const n = ::readlinkat(dir, name, text, sizeof text);
  return n > 0 ? std::string(text, static_cast<size_t>(n)) : std::string();
}

class Walker {
 public:
  explicit Walker(std::span<Question const> questions) : questions_(questions) {
    walk_.openers.resize(questions.size());
    for (size_t i = 0; i < questions.size(); ++i) by_number_.emplace(questions[i].tty.number, i);
  }

  Result<Walk> walk() {
    Dir const proc(::opendir("/proc"));
    if (!proc) return error("/proc cannot be read: ", std::strerror(errno));
    bool first = false;
    while (dirent const* entry = ::readdir(proc.get())) {
      pid_t const pid = pid_of(entry->d_name);
      if (pid == 1) first = true;
      if (pid > 0) look_into(::dirfd(proc.get()), pid);
    }
    walk_.hidden = !first;
    return std::move(walk_);
  }

  Walk one(pid_t pid) {
    Dir const proc(::opendir("/proc"));
    if (proc) look_into(::dirfd(proc.get()), pid);
    return std::move(walk_);
  }

 private:
  void look_into(int proc, pid_t pid) {
    std::string const place = std::to_string(pid) + "/fd";
    int const fd = ::openat(proc, place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && (errno == EACCES || errno == EPERM)) {
      auto const stat = read_stat(pid);
      if (stat && !stat->kernel_thread) ++walk_.unreadable;
    }
    if (fd < 0) return;
    Dir const dir(::fdopendir(fd));
    if (!dir) {
      ::close(fd);
      return;
    }
    while (dirent const* entry = ::readdir(dir.get()))
      if (entry->d_name[0] != '.') look_at(fd, entry->d_name, pid);
  }

  void look_at(int dir, char const* name, pid_t pid) {
    struct statx info {};
    // DONT_SYNC: the file behind a descriptor may be on a server that is away.
    if (::statx(dir, name, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &info) != 0) return;
    if (!S_ISCHR(info.stx_mode)) return;
    auto const [from, to] = by_number_.equal_range(makedev(info.stx_rdev_major, info.stx_rdev_minor));
    for (auto at = from; at != to; ++at) {
      TtyIdentity const& tty = questions_[at->second].tty;
      bool const same_node =
          info.stx_ino == tty.inode && makedev(info.stx_dev_major, info.stx_dev_minor) == tty.device;
      auto& openers = walk_.openers[at->second];
      bool const known = !openers.empty() && openers.back().pid == pid;
      if (!known && (same_node || !tty.is_pts())) openers.push_back({pid, link_text(dir, name)});
    }
  }

  std::span<Question const> questions_;
  std::unordered_multimap<dev_t, size_t> by_number_;
  Walk walk_;
};

/// The next word of a row, which is shortened by it.
std::string_view word(std::string_view& row) {
  row.remove_prefix(std::min(row.find_first_not_of(' '), row.size()));
  auto const first = row.substr(0, row.find(' '));
  row.remove_prefix(first.size());
  return first;
}

/// A number at the front of the text, which is shortened by it and one more character.
template <class T>
bool number(std::string_view& text, T& value, int base) {
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc()) return false;
  text.remove_prefix(std::min(static_cast<size_t>(end - text.data()) + 1, text.size()));
  return true;
}

}  // namespace

Result<Walk> walk_descriptors(std::span<Question const> questions) { return Walker(questions).walk(); }

bool has_open(pid_t pid, TtyIdentity const& tty) {
  Question question;
  question.tty = tty;
  return !Walker(std::span(&question, 1)).one(pid).openers.front().empty();
}

std::optional<KernelLock> parse_lock_row(std::string_view row) {
  // "1: FLOCK  ADVISORY  WRITE 812 00:17:10 0 EOF"; one that is waited for has "->" after its number
  // (proc(5)).
  word(row);
  std::string_view const type = word(row);
  KernelLock lock;
  if (type == "POSIX" || type == "OFDLCK")
    lock.kind = Claim::Kind::record_lock;
  else if (type != "FLOCK")
    return std::nullopt;
  word(row), word(row);
  std::string_view pid = word(row), file = word(row);
  unsigned major = 0, minor = 0;
  if (!number(pid, lock.pid, 10) || !number(file, major, 16) || !number(file, minor, 16) ||
      !number(file, lock.inode, 10))
    return std::nullopt;
  lock.device = makedev(major, minor);
  return lock;
}

std::vector<KernelLock> kernel_locks() {
  std::vector<KernelLock> locks;
  auto const text = read_file("/proc/locks", longest_locks).value_or("");
  for (std::string_view left = text; !left.empty();) {
    auto const row = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(row.size() + 1, left.size()));
    if (auto const lock = parse_lock_row(row)) locks.push_back(*lock);
  }
  return locks;
}

bool exclusive(int descriptor) {
  int marked = 0;
  return ::ioctl(descriptor, TIOCGEXCL, &marked) == 0 && marked != 0;
}

bool sees_all_namespaces() {
  struct stat info {};
  return ::stat("/proc/self/ns/pid", &info) == 0 && info.st_ino == first_pid_namespace;
}

}  // namespace offhook::holder
