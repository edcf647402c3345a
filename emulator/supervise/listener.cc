#include "emulator/supervise/listener.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

namespace offhook::supervise {
namespace {

// Of Linux 6.6 and later, which Debian 12's headers do not have. The thread that waits is woken on our
// processor: an answer takes 10 us in place of 50.
constexpr unsigned long set_flags = SECCOMP_IOW(4, __u64);
constexpr unsigned long sync_wake_up = 1;

// Who asked once may ask again soon: the answer to the next call is quicker where we have not gone back to
// the event loop, which is three system calls of its own. All else waits so long, and at most for so many
// calls.
constexpr timespec soon{0, 200'000};
constexpr int most_in_a_row = 64;

/// Up to its NUL, PATH_MAX at most; a page at a time, since the next may not be there.
std::string read_string(pid_t thread, uint64_t address) {
  constexpr uint64_t page = 4096;
  std::string text;
  while (text.size() < PATH_MAX) {
    std::array<char, page> part;
    auto const some = std::span(part).first(page - address % page);
    if (read_memory(thread, address, std::as_writable_bytes(some)) != 0) return {};
    auto const end = std::ranges::find(some, '\0');
    text.append(some.begin(), end);
    if (end != some.end()) return text;
    address += some.size();
  }
  return {};
}

}  // namespace

Listener::Listener(boost::asio::io_context& io, Handlers handlers)
    : handlers_(std::move(handlers)),
      descriptor_(
          io, [this] { on_readable(); }, [] {}) {}

Result<void> Listener::start(io::Fd fd) {
  ::ioctl(fd.get(), set_flags, sync_wake_up);  // EINVAL of an older kernel: slower, no less right
  if (auto assigned = descriptor_.assign(std::move(fd)); assigned.has_error()) return assigned;
  descriptor_.await_readable();
  return {};
}

void Listener::on_readable() {
  // The event loop says nothing of which it was, and to receive where nobody asks is to block.
  pollfd look{descriptor_.fd(), POLLIN, 0};
  if (::poll(&look, 1, 0) > 0) {
    if ((look.revents & POLLIN) == 0) return handlers_.over();
    receive();
    for (int i = 1; i < most_in_a_row && another_comes(); ++i) receive();
  }
  descriptor_.await_readable();
}

/// Not where the last one waits for an answer of the bank's: that comes by the event loop.
bool Listener::another_comes() const {
  pollfd look{descriptor_.fd(), POLLIN, 0};
  return answered_ && ::ppoll(&look, 1, &soon, nullptr) > 0 && (look.revents & POLLIN) != 0;
}

void Listener::receive() {
  answered_.reset();
  seccomp_notif asked{};
  if (::ioctl(descriptor_.fd(), SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) return;  // gone meanwhile
  Notification notification{asked.id, static_cast<pid_t>(asked.pid), asked.data.nr, {}};
  std::ranges::copy(asked.data.args, notification.arguments.begin());
  handlers_.asked(notification);
  if (answered_ != asked.id) answered_.reset();
}

bool Listener::waits(uint64_t id) const {
  return ::ioctl(descriptor_.fd(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

bool Listener::answer(uint64_t id, long result) {
  answered_ = id;
  seccomp_notif_resp response{};
  response.id = id;
  response.val = std::max(result, 0L);
  response.error = static_cast<int>(std::min(result, 0L));
  return ::ioctl(descriptor_.fd(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

void Listener::pass(uint64_t id) {
  answered_ = id;
  seccomp_notif_resp response{};
  response.id = id;
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ::ioctl(descriptor_.fd(), SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int OpenFiles::stat(pid_t thread, uint64_t descriptor, struct stat& file) {
  // What the kernel takes for a descriptor is an unsigned int.
  std::string const name = std::to_string(static_cast<uint32_t>(descriptor));
  known_ = folder_ && thread == thread_ && ::fstatat(folder_.get(), name.c_str(), &file, 0) == 0;
  if (known_) return 0;
  std::string const path = "/proc/" + std::to_string(thread) + "/fd";
  folder_ = io::Fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  thread_ = thread;
  return folder_ && ::fstatat(folder_.get(), name.c_str(), &file, 0) == 0 ? 0 : errno;
}

std::string opened_path(Notification const& call) {
  bool const at = call.number == SYS_openat;
  std::string const process = "/proc/" + std::to_string(call.thread);
  std::string path = read_string(call.thread, call.arguments[at ? 1 : 0]);
  if (path.empty()) return path;
  if (path.front() == '/') return process + "/root" + path;
  int const folder = at ? static_cast<int>(call.arguments[0]) : AT_FDCWD;
  return process + (folder == AT_FDCWD ? "/cwd" : "/fd/" + std::to_string(folder)) + "/" + path;
}

std::string status_of(pid_t thread, std::string_view key) {
  std::ifstream status("/proc/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return line.substr(key.size());
  return {};
}

io::Fd share_descriptor(Notification const& call, struct stat const& file) {
  auto const process = static_cast<pid_t>(std::strtol(status_of(call.thread, "Tgid:").c_str(), nullptr, 10));
  if (process <= 0) return {};
  io::Fd const whose(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!whose) return {};
  auto const number = static_cast<unsigned>(call.arguments[0]);
  io::Fd shared(static_cast<int>(::syscall(SYS_pidfd_getfd, whose.get(), number, 0)));
  struct stat got {};
  bool const same = shared && ::fstat(shared.get(), &got) == 0 && got.st_dev == file.st_dev &&
                    got.st_rdev == file.st_rdev && got.st_ino == file.st_ino;
  return same ? std::move(shared) : io::Fd();
}

int read_memory(pid_t thread, uint64_t address, std::span<std::byte> into) {
  iovec const ours{into.data(), into.size()};
  iovec const theirs{std::bit_cast<void*>(address), into.size()};
  ssize_t const n = ::process_vm_readv(thread, &ours, 1, &theirs, 1, 0);
  if (n < 0) return errno;
  return static_cast<size_t>(n) == into.size() ? 0 : EFAULT;
}

int write_memory(pid_t thread, uint64_t address, std::span<std::byte const> bytes) {
  iovec const ours{const_cast<std::byte*>(bytes.data()), bytes.size()};
  iovec const theirs{std::bit_cast<void*>(address), bytes.size()};
  ssize_t const n = ::process_vm_writev(thread, &ours, 1, &theirs, 1, 0);
  if (n < 0) return errno;
  return static_cast<size_t>(n) == bytes.size() ? 0 : EFAULT;
}

}  // namespace offhook::supervise
