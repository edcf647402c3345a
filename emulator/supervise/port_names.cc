#include "emulator/supervise/port_names.h"

#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <utility>

namespace offhook::supervise {
namespace {

constexpr unsigned first_major = 136, last_major = 143;  // of Unix 98 ptys: devices.txt
constexpr std::string_view pts_dir = "/dev/pts/";
/// How long a pty that a port has left may be open in programs: banks close it after a grace of 100 ms. Its
/// number can be another terminal's after that.
constexpr Duration most_grace = 2s;
/// How long a name that was seen to lead to a pty is believed: the number is nobody else's so soon, and the
/// bank tells of a fresh pty (scan()).
constexpr Duration believed = 20ms;
/// A directory's time is as coarse as the kernel's tick: one that changed this recently may change unseen.
constexpr long coarse_ns = 50'000'000;

}  // namespace

std::optional<std::string> pts_path(struct stat const& file) {
  unsigned const major = ::major(file.st_rdev);
  if (!S_ISCHR(file.st_mode) || major < first_major || major > last_major) return std::nullopt;
  unsigned const number = (major - first_major) * 256 + ::minor(file.st_rdev);
  return std::string(pts_dir) + std::to_string(number);
}

PortNames::PortNames(std::string dir) : dir_(std::move(dir)) {
  struct stat devpts {};
  if (::stat("/dev/pts", &devpts) == 0) devpts_ = devpts.st_dev;
  scan({});
}

std::optional<PortNames::Found> PortNames::find(struct stat const& file, Instant now) {
  // The ptys of a container are others of the same numbers.
  auto const path = file.st_dev == devpts_ ? pts_path(file) : std::nullopt;
  if (!path) return std::nullopt;
  auto found = by_path_.find(*path);
  if (found != by_path_.end() && is_current(*path, found->second, now))
    return Found{found->second.name, true};
  if (found != by_path_.end() || changed()) {
    scan(now);
    found = by_path_.find(*path);
  }
  if (found == by_path_.end()) return std::nullopt;
  if (!found->second.left) return Found{found->second.name, true};
  if (now - *found->second.left < most_grace) return Found{found->second.name, false};
  by_path_.erase(found);
  return std::nullopt;
}

bool PortNames::is_current(std::string const& path, Entry& entry, Instant now) const {
  if (entry.left) return false;
  if (entry.seen && now - *entry.seen < believed) return true;
  if (target(entry.name) != path) return false;
  entry.seen = now;
  return true;
}

void PortNames::scan(Instant now) {
  namespace fs = std::filesystem;
  std::error_code ec;
  struct stat dir {};
  timespec clock{};
  if (::stat(dir_.c_str(), &dir) == 0) scanned_ = dir.st_mtim;
  ::clock_gettime(CLOCK_REALTIME, &clock);
  certain_ = (clock.tv_sec - scanned_.tv_sec) * 1'000'000'000 + clock.tv_nsec - scanned_.tv_nsec > coarse_ns;
  auto before = std::exchange(by_path_, {});
  for (auto const& entry : fs::directory_iterator(dir_, ec)) {
    std::string const name = entry.path().filename().string();
    if (auto to = target(name))
      by_path_.insert_or_assign(*std::move(to), Entry{name, std::nullopt, std::nullopt});
  }
  for (auto& [path, entry] : before) {
    if (!entry.left) entry.left = now;
    if (now - *entry.left < most_grace) by_path_.try_emplace(path, std::move(entry));
  }
}

std::optional<std::string> PortNames::target(std::string const& name) const {
  std::array<char, 64> to;
  ssize_t const n = ::readlink((dir_ + "/" + name).c_str(), to.data(), to.size());
  std::string_view const path(to.data(), n > 0 ? static_cast<size_t>(n) : 0);
  if (path.size() == to.size() || !path.starts_with(pts_dir)) return std::nullopt;
  return std::string(path);
}

bool PortNames::changed() const {
  struct stat dir {};
  return !certain_ || ::stat(dir_.c_str(), &dir) != 0 || dir.st_mtim.tv_sec != scanned_.tv_sec ||
         dir.st_mtim.tv_nsec != scanned_.tv_nsec;
}

}  // namespace offhook::supervise
