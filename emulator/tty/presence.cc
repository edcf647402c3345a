#include "emulator/tty/presence.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "emulator/io/descriptor.h"

namespace offhook::tty {
namespace {

constexpr uint32_t directory_events =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr uint32_t node_events = IN_OPEN | IN_CLOSE | IN_ATTRIB | IN_DELETE_SELF;
/// Where a watch could not be had (fs.inotify.max_user_watches), the name is looked at now and then.
constexpr Duration look_anyway = 1s;

/// Which file a name leads to, by which name.
struct Node {
  dev_t device = 0;
  ino_t inode = 0;
  dev_t number = 0;
  ino_t link = 0;  // of a symbolic link, itself
  bool operator==(Node const&) const = default;
};
std::optional<Node> node_of(std::string const& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  struct stat link {};
  if (::lstat(path.c_str(), &link) != 0) return std::nullopt;
  // A link that was made anew leads to a pty made anew, be it of the same number.
  return Node{status.st_dev, status.st_ino, status.st_rdev, S_ISLNK(link.st_mode) ? link.st_ino : 0};
}

}  // namespace

struct Presence::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& context, io::Alarm& alarm)
      : inotify(
            context, [this] { on_readable(); }, [] {}),
        later(alarm, [this](Instant) { look_at_those_without_watch(); }) {}

  struct Entry {
    std::string path;
    Handler handler;
    std::optional<Node> node;
    int directory_watch = -1, node_watch = -1;
    bool at_home = false;  // the directory watched is the name's own
  };
  struct Woken {
    bool all = false;             // the directory itself changed
    std::set<std::string> names;  // in it
  };

  int add(std::string const& path, uint32_t events) {
    int const watch = ::inotify_add_watch(inotify.fd(), path.c_str(), events);
    if (watch >= 0) ++users[watch];
    return watch;
  }
  void remove(int& watch) {
    if (watch < 0) return;
    if (auto const found = users.find(watch); found != users.end() && --found->second == 0) {
      users.erase(found);
      ::inotify_rm_watch(inotify.fd(), watch);
    }
    watch = -1;
  }

  /// The directory of the name, or the nearest above it that is there.
  void watch_directory(Entry& entry) {
    namespace fs = std::filesystem;
    fs::path directory = fs::path(entry.path).parent_path();
    if (directory.empty()) directory = ".";
    fs::path const home = directory;
    int watch = -1;
    for (;; directory = directory.parent_path()) {
      watch = add(directory, directory_events | IN_ONLYDIR);
      if (watch >= 0 || directory == directory.root_path() || directory == ".") break;
    }
    // Added before the former is removed: one that both share stays.
    remove(entry.directory_watch);
    entry.directory_watch = watch;
    entry.at_home = watch >= 0 && directory == home;
  }
  void watch_node(Entry& entry) {
    int const watch = entry.node ? add(entry.path, node_events) : -1;
    remove(entry.node_watch);
    entry.node_watch = watch;
  }

  /// Looks what the name leads to, and says what that is compared with before.
  void look(uint64_t id, bool touched) {
    auto const found = entries.find(id);
    if (found == entries.end()) return;
    Entry& entry = found->second;
    auto const now_there = node_of(entry.path);
    auto const before = std::exchange(entry.node, now_there);
    bool const changed = now_there != before;
    if (!entry.at_home || entry.directory_watch < 0) watch_directory(entry);
    if (changed || entry.node_watch < 0) watch_node(entry);
    if (entry.directory_watch < 0 || (entry.node && entry.node_watch < 0)) later.set(io::now() + look_anyway);
    auto const handler = entry.handler;
    if (changed && !now_there) return handler(Wake::gone);
    if (changed) return handler(before ? Wake::repointed : Wake::appeared);
    if (touched && now_there) handler(Wake::touched);
  }

  void on_readable() {
    auto const self = shared_from_this();
    std::map<int, Woken> woken;
    std::set<int> opened;
    bool everything = false;
    alignas(inotify_event) char buffer[16384];
    for (ssize_t n; (n = ::read(inotify.fd(), buffer, sizeof buffer)) > 0;) {
      for (char const* at = buffer; at < buffer + n;) {
        auto const* event = reinterpret_cast<inotify_event const*>(at);
        at += sizeof(inotify_event) + event->len;
        everything = everything || (event->mask & IN_Q_OVERFLOW) != 0;
        if ((event->mask & IN_IGNORED) != 0) forget_watch(event->wd);
        auto& seen = woken[event->wd];
        if (event->len == 0)
          seen.all = true;
        else
          seen.names.insert(event->name);
        if ((event->mask & (IN_OPEN | IN_CLOSE)) != 0) opened.insert(event->wd);
      }
    }
    inotify.await_readable();
    std::vector<std::pair<uint64_t, bool>> due;
    for (auto const& [id, entry] : entries)
      if (everything || concerns(woken, entry))
        due.emplace_back(id, everything || opened.contains(entry.node_watch));
    for (auto const& [id, touched] : due) look(id, touched);
  }

  bool concerns(std::map<int, Woken> const& woken, Entry const& entry) const {
    if (entry.directory_watch < 0 || (entry.node && entry.node_watch < 0)) return true;
    if (woken.contains(entry.node_watch)) return true;
    auto const found = woken.find(entry.directory_watch);
    if (found == woken.end()) return false;
    return !entry.at_home || found->second.all ||
           found->second.names.contains(std::filesystem::path(entry.path).filename());
  }

  /// The kernel dropped it: what it watched is gone.
  void forget_watch(int watch) {
    users.erase(watch);
    for (auto& [id, entry] : entries) {
      if (entry.directory_watch == watch) entry.directory_watch = -1;
      if (entry.node_watch == watch) entry.node_watch = -1;
    }
  }

  void look_at_those_without_watch() {
    auto const self = shared_from_this();
    std::vector<uint64_t> due;
    for (auto const& [id, entry] : entries)
      if (entry.directory_watch < 0 || (entry.node && entry.node_watch < 0)) due.push_back(id);
    for (uint64_t const id : due) look(id, false);
  }

  io::Descriptor inotify;
  io::Alarm::Entry later;
  std::map<uint64_t, Entry> entries;
  std::map<int, int> users;  // of a watch: names may share directory and node
  uint64_t last_id = 0;
};

Presence::Presence(boost::asio::io_context& context, io::Alarm& alarm)
    : impl_(std::make_shared<Impl>(context, alarm)) {}

Presence::~Presence() {
  impl_->entries.clear();
  impl_->inotify.close();
  impl_->later.set(std::nullopt);
}

Result<void> Presence::start() {
  io::Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return error("inotify: ", std::strerror(errno), "; raise fs.inotify.max_user_instances");
  if (auto assigned = impl_->inotify.assign(std::move(fd)); assigned.has_error()) return assigned;
  impl_->inotify.await_readable();
  return {};
}

uint64_t Presence::watch(std::string const& path, Handler handler) {
  uint64_t const id = ++impl_->last_id;
  auto& entry = impl_->entries[id];
  entry.path = path;
  entry.handler = std::move(handler);
  impl_->watch_directory(entry);
  entry.node = node_of(path);
  impl_->watch_node(entry);
  if (entry.directory_watch < 0 || (entry.node && entry.node_watch < 0))
    impl_->later.set(io::now() + look_anyway);
  return id;
}

void Presence::forget(uint64_t id) {
  auto const found = impl_->entries.find(id);
  if (found == impl_->entries.end()) return;
  impl_->remove(found->second.directory_watch);
  impl_->remove(found->second.node_watch);
  impl_->entries.erase(found);
}

bool Presence::present(uint64_t id) const {
  auto const found = impl_->entries.find(id);
  return found != impl_->entries.end() && found->second.node.has_value();
}

}  // namespace offhook::tty
