#include "emulator/supervise/opens.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace offhook::supervise {
namespace {

/// How often it is looked whether another program set CLOCAL, or a signal ended the open.
constexpr Duration look_every = 100ms;
/// How often it is looked whether a program has the port open by now, and for how long at most.
constexpr Duration release_every = 10ms, longest_release = 2s;
/// Opens that wait; more are the kernel's.
constexpr size_t most_opens = 1024;

bool has_open(pid_t thread, int like) {
  struct stat wanted {
  }, found{};
  if (::fstat(like, &wanted) != 0) return true;
  std::error_code ec;
  for (auto const& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(thread) + "/fd", ec))
    if (::stat(entry.path().c_str(), &found) == 0 && found.st_rdev == wanted.st_rdev &&
        found.st_ino == wanted.st_ino && found.st_dev == wanted.st_dev)
      return true;
  return static_cast<bool>(ec);  // it is dead
}

}  // namespace

Opens::Opens(io::Alarm& alarm, Listener& listener, std::string dir)
    : listener_(listener), dir_(std::move(dir)), tick_(alarm, [this](Instant now) { tick(now); }) {}

void Opens::begin(Notification const& call, std::string const& port, Shown shown) {
  if (opens_.size() >= most_opens) return listener_.pass(call.id);
  Open& open = opens_.emplace_back(Open{call, port, shown, {}, std::nullopt});
  hold(open);
  tick(io::now());
}

void Opens::told(std::string const& port, Shown shown) {
  for (Open& open : opens_) {
    if (open.port != port || open.passed) continue;
    bool const fresh = shown.generation != open.shown.generation;
    open.shown = shown;
    if (fresh) hold(open);  // a hang-up: whoever waits in an open goes on waiting, at the new pty
  }
  if (!opens_.empty()) tick(io::now());
}

void Opens::hold(Open& open) {
  open.held = io::Fd();  // first: a fresh pty must not find the old one's holder
  open.held = io::Fd(::open((dir_ + "/" + open.port).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
}

/// A port that may not be opened is the kernel's to refuse.
void Opens::look(Open& open, Instant now) {
  termios settings{};
  bool const waits = open.held && ::tcgetattr(open.held.get(), &settings) == 0 &&
                     (settings.c_cflag & CLOCAL) == 0 && !open.shown.carrier;
  if (!waits) pass(open, now);
}

/// A port that was pulled out meanwhile has no name: the kernel would make a file of it for a shell's `>`.
void Opens::pass(Open& open, Instant now) {
  if (::access((dir_ + "/" + open.port).c_str(), F_OK) != 0 && errno == ENOENT)
    (void)listener_.answer(open.call.id, -ENXIO);
  else
    listener_.pass(open.call.id);
  open.passed = now;
}

bool Opens::is_over(Open const& open, Instant now) const {
  if (!open.passed) return !listener_.waits(open.call.id);
  return !open.held || now - *open.passed > longest_release || has_open(open.call.thread, open.held.get());
}

void Opens::tick(Instant now) {
  for (Open& open : opens_)
    if (!open.passed) look(open, now);
  std::erase_if(opens_, [&](Open const& open) { return is_over(open, now); });
  std::optional<Instant> next;
  for (Open const& open : opens_) {
    Instant const at = now + (open.passed ? release_every : look_every);
    if (!next || at < *next) next = at;
  }
  tick_.set(next);
}

}  // namespace offhook::supervise
