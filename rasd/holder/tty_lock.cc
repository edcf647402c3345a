#include "rasd/holder/tty_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "rasd/holder/lock_files.h"

namespace offhook::holder {
namespace {

/// How often a stale file is removed before somebody else is taken to be quicker every time.
constexpr int tries = 4;

std::string reason() { return std::strerror(errno); }

/// A name beside the lock files that nobody else uses.
std::string private_name(std::string const& dir) {
  static std::atomic<unsigned> count = 0;
  return dir + "/LTMP.." + std::to_string(::getpid()) + "." + std::to_string(++count);
}

/// A file with the pid in 10 characters and a newline (the form of HDB UUCP), complete before it gets its
/// name.
struct TemporaryFile {
  TemporaryFile(std::string const& dir, pid_t pid) : path(private_name(dir)) {
    ::unlink(path.c_str());  // left by a process of our pid that was killed
    io::Fd const fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
    std::array<char, 16> text;
    int const n = std::snprintf(text.data(), text.size(), "%10d\n", pid);
    made = fd && ::write(fd.get(), text.data(), static_cast<size_t>(n)) == n && ::fchmod(fd.get(), 0644) == 0;
    if (!made) failure = reason();
  }
  TemporaryFile(TemporaryFile const&) = delete;
  ~TemporaryFile() { ::unlink(path.c_str()); }

  std::string path;
  bool made = false;
  std::string failure;
};

bool same_file(std::string const& path, dev_t device, ino_t inode) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && info.st_dev == device && info.st_ino == inode;
}

/// Takes the stale file away, and only that: if another process has put its own in the place meanwhile, that
/// one is put back. False: it may not be removed.
bool remove_stale(LockRecord const& lock, std::string const& dir) {
  if (!same_file(lock.path, lock.device, lock.inode)) return true;
  std::string const aside = private_name(dir);
  if (::rename(lock.path.c_str(), aside.c_str()) != 0) return errno == ENOENT;
  if (!same_file(aside, lock.device, lock.inode)) (void)!::link(aside.c_str(), lock.path.c_str());
  ::unlink(aside.c_str());
  return true;
}

/// The spellings that we write: a pts by its number alone could be any other file of that name.
std::vector<std::string> names_of(TtyIdentity const& tty) {
  std::vector<std::string> names;
  for (std::string const& path : tty.paths)
    for (std::string const& name : lock_names(path)) {
      bool const bare_number = path.starts_with("/dev/pts/") && !name.starts_with("LCK..pts_");
      if (!bare_number && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  return names;
}

}  // namespace

Result<TtyLock> TtyLock::take(TtyIdentity const& tty, int fd, LockOptions const& options) {
  TtyLock lock;
  lock.options_ = options;
  if (lock.options_.owner == 0) lock.options_.owner = ::getpid();
  if (auto done = lock.follow(tty, fd); !done) return done.error();
  return lock;
}

TtyLock& TtyLock::operator=(TtyLock&& other) noexcept {
  std::swap(options_, other.options_);
  files_.swap(other.files_);
  std::swap(tty_, other.tty_);
  notes_.swap(other.notes_);
  return *this;
}

Result<void> TtyLock::follow(TtyIdentity const& tty, int fd) {
  notes_.clear();
  auto done = take_files(tty);
  if (done) {
    release_kernel_locks();
    if (fd >= 0) done = take_kernel_locks(tty, fd);
  }
  if (!done) release();
  return done;
}

Result<void> TtyLock::take_files(TtyIdentity const& tty) {
  std::vector<std::string> wanted;
  for (std::string const& name : names_of(tty)) wanted.push_back(options_.dir + "/" + name);
  auto const kept = [&](File const& file) { return std::ranges::find(wanted, file.path) != wanted.end(); };
  for (File const& file : files_)
    if (!kept(file)) remove(file);
  std::erase_if(files_, [&](File const& file) {
    return !kept(file) || !same_file(file.path, file.device, file.inode);  // lost: taken again below
  });
  TemporaryFile const fresh(options_.dir, options_.owner);
  if (!fresh.made) {
    notes_.push_back("no lock files in " + options_.dir + ": " + fresh.failure +
                     "; flock and TIOCEXCL alone");
    return {};
  }
  for (std::string const& path : wanted)
    if (std::ranges::find(files_, path, &File::path) == files_.end())
      if (auto done = take_file(tty, path, fresh.path); !done) return done;
  return {};
}

Result<void> TtyLock::take_file(TtyIdentity const& tty, std::string const& path, std::string const& fresh) {
  for (int i = 0; i < tries; ++i) {
    // link() is the one step that fails where the name is there, on every file system.
    if (::link(fresh.c_str(), path.c_str()) == 0) {
      struct stat info {};
      if (::lstat(fresh.c_str(), &info) == 0) files_.push_back({path, info.st_dev, info.st_ino});
      return {};
    }
    if (errno != EEXIST) {
      notes_.push_back("no lock file " + path + ": " + reason());
      return {};
    }
    auto const lock = read_lock(path);
    if (!lock) continue;  // it went this moment
    Question question;
    question.tty = tty;
    auto const found = survey(question, Options{{options_.dir}, {}});
    if (!found) return found.error();
    auto const left = std::ranges::find(found->stale, path, &Stale::what);
    if (left == found->stale.end()) {
      for (Claim const& claim : found->claims)
        if (claim.evidence.starts_with("lock file " + path)) return error(sentence(claim));
      continue;
    }
    if (!remove_stale(*lock, options_.dir)) {
      notes_.push_back("no lock file " + path + ": the stale one (" + left->why + ") may not be removed");
      return {};
    }
    notes_.push_back("stale lock file " + path + " removed: " + left->why);
  }
  return error(path, ": another program makes it again and again");
}

Result<void> TtyLock::take_kernel_locks(TtyIdentity const& tty, int fd) {
  io::Fd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!own) return error(tty.name(), ": ", reason());
  if (::flock(own.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return held_by(tty, Refusal::flock, "another program has locked it (flock)");
    notes_.push_back("no flock on " + tty.name() + ": " + reason());
  } else if (!options_.exclusive) {
    ::flock(own.get(), LOCK_UN);
  }
  if (options_.exclusive && ::ioctl(own.get(), TIOCEXCL) != 0)
    notes_.push_back("no TIOCEXCL on " + tty.name() + ": " + reason());
  tty_ = std::move(own);
  return {};
}

Error TtyLock::held_by(TtyIdentity const& tty, Refusal refused, std::string const& otherwise) const {
  Question question;
  question.tty = tty;
  question.refused = refused;
  question.ours = options_.ours;
  question.ours.insert(question.ours.end(), {::getpid(), options_.owner});
  auto const found = survey(question, Options{{options_.dir}, {}});
  return found && !found->claims.empty() ? error(sentence(found->claims))
                                         : error(tty.name(), ": ", otherwise);
}

Result<void> TtyLock::pass_to(pid_t owner) {
  options_.owner = owner;
  for (File& file : files_) {
    TemporaryFile const fresh(options_.dir, owner);
    struct stat info {};
    if (!fresh.made) return error(file.path, ": ", fresh.failure);
    if (!same_file(file.path, file.device, file.inode))
      return error(file.path, ": another program has removed it");
    if (::stat(fresh.path.c_str(), &info) != 0 || ::rename(fresh.path.c_str(), file.path.c_str()) != 0)
      return error(file.path, ": ", reason());
    file.device = info.st_dev;
    file.inode = info.st_ino;
  }
  return {};
}

void TtyLock::release() {
  release_kernel_locks();
  for (File const& file : files_) remove(file);
  files_.clear();
}

void TtyLock::release_kernel_locks() {
  if (!tty_) return;
  // Other descriptors may share the open file: closing ours would leave both in force.
  if (options_.exclusive) ::ioctl(tty_.get(), TIOCNXCL);
  ::flock(tty_.get(), LOCK_UN);
  tty_ = {};
}

void TtyLock::remove(File const& file) {
  if (same_file(file.path, file.device, file.inode)) ::unlink(file.path.c_str());
}

std::vector<std::string> TtyLock::files() const {
  std::vector<std::string> paths;
  for (File const& file : files_) paths.push_back(file.path);
  return paths;
}

}  // namespace offhook::holder
