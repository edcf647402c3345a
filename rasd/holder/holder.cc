#include "rasd/holder/holder.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "rasd/holder/lock_files.h"
#include "rasd/holder/signs.h"

namespace offhook::holder {
namespace {

constexpr unsigned first_pts_major = 136,
                   last_pts_major = 143;  // UNIX98_PTY_SLAVE_MAJOR and on, <linux/major.h>
constexpr int most_links = 16;
constexpr size_t most_lock_files = 100'000;  // in one folder

using Kind = Claim::Kind;
using Dir = std::unique_ptr<DIR, decltype([](DIR* dir) { ::closedir(dir); })>;

WallTime wall_time(timespec const& t) {
  auto const since_epoch = std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  return WallTime(std::chrono::duration_cast<WallTime::duration>(since_epoch));
}

/// Where the link `path` leads, by its own text; empty where it is no link.
std::string next_link(std::string const& path) {
  char text[PATH_MAX];
  ssize_t const n = ::readlink(path.c_str(), text, sizeof text);
  if (n <= 0) return {};
  std::string const target(text, static_cast<size_t>(n));
  return target[0] == '/' ? target : path.substr(0, path.rfind('/') + 1) + target;
}

bool contains(std::vector<pid_t> const& pids, pid_t pid) {
  return std::ranges::find(pids, pid) != pids.end();
}

/// What one walk through /proc, /proc/locks and the lock folders has found, made into answers.
class Survey {
 public:
  Survey(std::span<Question const> questions, Options const& options, Walk walk)
      : questions_(questions), options_(options), walk_(std::move(walk)), findings_(questions.size()) {}

  std::vector<Findings> answers() {
    for (std::string const& dir : options_.lock_dirs) look_at_lock_files(dir);
    look_at_kernel_locks();
    for (size_t i = 0; i < questions_.size(); ++i) {
      look_at_openers(i);
      look_at_marks(i);
      findings_[i].unreadable = walk_.unreadable;
      std::ranges::stable_sort(findings_[i].claims, {},
                               [](Claim const& c) { return std::pair(c.kind, c.by.pid); });
    }
    return std::move(findings_);
  }

 private:
  struct Spelling {
    size_t question;
    bool of_pts;
  };

  // ---- lock files ----

  void look_at_lock_files(std::string const& path) {
    Dir const dir(::opendir(path.c_str()));
    struct stat info {};
    if (!dir || ::fstat(::dirfd(dir.get()), &info) != 0) return;
    if (!seen_dirs_.emplace(info.st_dev, info.st_ino).second) return;  // /var/lock is often /run/lock
    size_t files = 0;
    while (dirent const* entry = ::readdir(dir.get())) {
      std::string const file = entry->d_name;
      if (!file.starts_with("LCK..") || ++files > most_lock_files) continue;
      auto const [from, to] = spellings().equal_range(file);
      if (from == to) continue;
      auto const lock = read_lock(path + "/" + file);
      for (auto at = from; lock && at != to; ++at) judge(*lock, at->second);
    }
  }

  std::unordered_multimap<std::string, Spelling> const& spellings() {
    if (!spellings_.empty()) return spellings_;
    for (size_t i = 0; i < questions_.size(); ++i) {
      std::set<std::string> known;
      for (std::string const& path : questions_[i].tty.paths)
        for (std::string const& name : lock_names(path))
          if (known.insert(name).second) spellings_.emplace(name, Spelling{i, path.starts_with("/dev/pts/")});
    }
    return spellings_;
  }

  void judge(LockRecord const& lock, Spelling spelling) {
    size_t const i = spelling.question;
    if (lock.pid != 0 && ours(i, lock.pid)) return;
    LockFacts facts;
    auto const& owner = process(lock.pid);
    if (owner) facts.owner_since = owner->since;
    // Where /proc hides the process, that it is there must do: the epoch is older than any file.
    if (!owner && hidden(lock.pid)) facts.owner_since = WallTime{};
    if (spelling.of_pts) facts.tty_born = questions_[i].tty.born;
    // That we have the tty open says nothing of a file with our own pid: one who had the pid before may have
    // left it.
    facts.owner_has_it_open =
        lock.pid != ::getpid() && std::ranges::count(walk_.openers[i], lock.pid, &Opener::pid) != 0;
    facts.now = std::chrono::system_clock::now();
    if (auto const why = stale(lock, facts)) return findings_[i].stale.push_back({lock.path, *why});
    Process by = owner.value_or(Process{lock.pid, 0, "a hidden program", "unknown", {}});
    std::string evidence = "lock file " + lock.path;
    if (!lock.readable) evidence += " (it may not be read without privilege)";
    findings_[i].claims.push_back(
        {Kind::lock_file, std::move(by), lock.made, questions_[i].tty.name(), std::move(evidence)});
  }

  // ---- the kernel's locks, descriptors, TIOCEXCL ----

  void look_at_kernel_locks() {
    std::multimap<std::pair<dev_t, ino_t>, KernelLock> held;
    for (KernelLock const& lock : kernel_locks()) held.emplace(std::pair(lock.device, lock.inode), lock);
    for (size_t i = 0; i < questions_.size(); ++i) {
      TtyIdentity const& tty = questions_[i].tty;
      auto const [from, to] = held.equal_range({tty.device, tty.inode});
      for (auto at = from; at != to; ++at) look_at_kernel_lock(i, at->second);
    }
  }

  void look_at_kernel_lock(size_t i, KernelLock const& lock) {
    std::string const evidence = lock.kind == Kind::flock ? "flock" : "record lock (fcntl)";
    if (ours(i, lock.pid)) return;
    if (process(lock.pid)) return claim(i, lock.kind, lock.pid, evidence);
    // The process that took it has ended and left the descriptor to a child, or the kernel does not say whose
    // it is.
    if (!attribute(i, lock.kind, evidence) && !ours_have_it_open(i))
      outside(i, "a lock is held (" + evidence + ")");
  }

  void look_at_openers(size_t i) {
    for (Opener const& opener : walk_.openers[i])
      if (!ours(i, opener.pid)) claim(i, Kind::open, opener.pid, "open " + opener.path);
  }

  void look_at_marks(size_t i) {
    Question const& question = questions_[i];
    auto const& found = findings_[i].claims;
    bool const marked = question.descriptor >= 0 && exclusive(question.descriptor);
    if (marked || question.refused == Refusal::open) {
      std::string const evidence = marked ? "TIOCEXCL" : "TIOCEXCL (EBUSY on open)";
      if (attribute(i, Kind::exclusive, evidence)) return;
      if (walk_.unreadable == 0 && !walk_.hidden && sees_all_namespaces())
        findings_[i].stale.push_back({"TIOCEXCL", "the program that set it has the tty open no more"});
      else
        outside(i, marked ? "TIOCEXCL is set" : "EBUSY on open");
    } else if (question.refused == Refusal::flock &&
               std::ranges::count(found, Kind::flock, &Claim::kind) == 0) {
      if (!attribute(i, Kind::flock, "flock")) outside(i, "flock is refused");
    }
  }

  /// A sign without a name belongs to one of those that have the tty open. False: none of others has.
  bool attribute(size_t i, Kind kind, std::string const& evidence) {
    std::vector<pid_t> others;
    for (Opener const& opener : walk_.openers[i])
      if (!ours(i, opener.pid) && process(opener.pid)) others.push_back(opener.pid);
    for (pid_t const pid : others)
      claim(i, kind, pid, evidence + (others.size() > 1 ? " (of one of those that have it open)" : ""));
    return !others.empty();
  }

  void outside(size_t i, std::string const& sign) {
    std::string evidence = sign + ", but no process that is seen from here has it open";
    if (walk_.unreadable != 0)
      evidence +=
          "; the privilege to look into " + std::to_string(walk_.unreadable) + " processes is missing";
    else if (walk_.hidden)
      evidence += "; /proc hides the processes of others";
    else
      evidence += "; it is in another pid namespace, or has ended and left its mark";
    findings_[i].claims.push_back({Kind::outside, {}, {}, questions_[i].tty.name(), std::move(evidence)});
  }

  void claim(size_t i, Kind kind, pid_t pid, std::string evidence) {
    auto const& by = process(pid);
    if (!by) return;  // it has ended meanwhile
    findings_[i].claims.push_back({kind, *by, by->since, questions_[i].tty.name(), std::move(evidence)});
  }

  // ---- processes ----

  bool ours(size_t i, pid_t pid) const {
    return contains(options_.ours, pid) || contains(questions_[i].ours, pid);
  }
  bool ours_have_it_open(size_t i) const {
    return std::ranges::any_of(walk_.openers[i], [&](Opener const& opener) { return ours(i, opener.pid); });
  }
  std::optional<Process> const& process(pid_t pid) {
    auto const known = processes_.find(pid);
    return known != processes_.end() ? known->second : processes_.emplace(pid, describe(pid)).first->second;
  }
  static bool hidden(pid_t pid) {
    std::string const place = "/proc/" + std::to_string(pid);
    return pid > 0 && ::access(place.c_str(), F_OK) != 0 && ::kill(pid, 0) != 0 && errno == EPERM;
  }

  std::span<Question const> questions_;
  Options const& options_;
  Walk walk_;
  std::vector<Findings> findings_;
  std::set<std::pair<dev_t, ino_t>> seen_dirs_;
  std::unordered_multimap<std::string, Spelling> spellings_;
  std::map<pid_t, std::optional<Process>> processes_;
};

}  // namespace

std::string TtyIdentity::name() const {
  return paths.empty() ? "tty" : paths.front().substr(paths.front().rfind('/') + 1);
}

bool TtyIdentity::is_pts() const {
  return ::major(number) >= first_pts_major && ::major(number) <= last_pts_major;
}

Result<TtyIdentity> identify(std::string const& path) {
  TtyIdentity tty;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return error(path, ": ", std::strerror(errno));
  if (!S_ISCHR(info.st_mode)) return error(path, ": is no tty; a character device is wanted");
  for (std::string at = path; !at.empty() && tty.paths.size() < most_links; at = next_link(at))
    tty.paths.push_back(at);
  std::unique_ptr<char, decltype([](char* text) { std::free(text); })> const whole(
      ::realpath(path.c_str(), nullptr));
  if (whole && std::ranges::find(tty.paths, whole.get()) == tty.paths.end())
    tty.paths.emplace_back(whole.get());
  tty.number = info.st_rdev;
  tty.device = info.st_dev;
  tty.inode = info.st_ino;
  // A pts has no time of birth; each of the three is that at first and only moves on.
  if (tty.is_pts())
    tty.born = std::min({wall_time(info.st_atim), wall_time(info.st_mtim), wall_time(info.st_ctim)});
  return tty;
}

Result<std::vector<Findings>> survey(std::span<Question const> questions, Options const& options) {
  auto walk = walk_descriptors(questions);
  if (!walk) return walk.error();
  return Survey(questions, options, *std::move(walk)).answers();
}

Result<Findings> survey(Question const& question, Options const& options) {
  auto all = survey(std::span(&question, 1), options);
  if (!all) return all.error();
  return std::move(all->front());
}

Result<std::vector<Claim>> claims(TtyIdentity const& tty, Options const& options) {
  Question question;
  question.tty = tty;
  auto found = survey(question, options);
  if (!found) return found.error();
  return std::move(found->claims);
}

}  // namespace offhook::holder
