#include "dialer/app/stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "emulator/io/descriptor.h"

namespace offhook::dialer {
namespace {

constexpr size_t chunk = 16 * 1024;
// What a descriptor that blocks takes without blocking once it is writable (PIPE_BUF).
constexpr size_t careful_chunk = 4096;

/// Regular files and the like are always ready, and epoll does not take them.
bool waitable(int fd) {
  io::Fd const epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{EPOLLIN, {}};
  return epoll && ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

bool is_socket(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/// A wake-up may be meant for a descriptor that was closed in the same turn of the loop.
bool is_ready(int fd) {
  pollfd state{fd, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0;
}

bool blocks(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0; }

}  // namespace

Result<io::Fd> own_descriptor(int fd, int flags) {
  if (!is_socket(fd)) {
    std::string const name = "/proc/self/fd/" + std::to_string(fd);
    // A regular file opened anew would be at its beginning again.
    struct stat status {};
    bool const file = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    io::Fd again(file ? -1 : ::open(name.c_str(), flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (again) return again;
  }
  io::Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) return error("descriptor ", std::to_string(fd), ": ", std::strerror(errno));
  return copy;
}

struct Stream::Impl : std::enable_shared_from_this<Impl> {
  Impl(boost::asio::io_context& io, io::Fd source_fd, io::Fd sink_fd, std::string first, Handlers told)
      : context(io),
        from_fd(std::move(source_fd)),
        to_fd(std::move(sink_fd)),
        buffer(std::move(first)),
        handlers(std::move(told)),
        from(
            io, [this] { read(); }, [] {}),
        to(
            io, [] {}, [this] { write(); }) {}

  enum class Wait : uint8_t { readable, writable };

  Result<void> start() {
    source = from_fd.get();
    sink = to_fd.get();
    source_socket = is_socket(source);
    sink_socket = sink >= 0 && is_socket(sink);
    sink_blocks = sink >= 0 && !sink_socket && blocks(sink);
    source_waits = waitable(source);
    source_blocks = source_waits && !source_socket && blocks(source);
    sink_waits = sink >= 0 && waitable(sink);
    if (source_waits)
      if (auto const assigned = from.assign(std::move(from_fd)); !assigned) return assigned.error();
    if (sink_waits)
      if (auto const assigned = to.assign(std::move(to_fd)); !assigned) return assigned.error();
    buffer.empty() ? await(Wait::readable) : await(Wait::writable);
    return {};
  }

  void await(Wait what) {
    if (over) return;
    bool const reads = what == Wait::readable;
    if (reads && source_waits) return from.await_readable();
    if (!reads && sink_waits) return to.await_writable();
    boost::asio::post(context, [weak = weak_from_this(), reads] {
      if (auto const self = weak.lock()) reads ? self->read() : self->write();
    });
  }

  /// Once a wake-up: a descriptor that blocks does not block then.
  void read() {
    if (over) return;
    if (source_blocks && !is_ready(source)) return await(Wait::readable);
    std::array<char, chunk> bytes;
    ssize_t const n = source_socket ? ::recv(source, bytes.data(), bytes.size(), MSG_DONTWAIT)
                                    : ::read(source, bytes.data(), bytes.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return await(Wait::readable);
    if (n <= 0) return end(End::of_input, n < 0 ? std::strerror(errno) : "");
    std::string_view const text(bytes.data(), static_cast<size_t>(n));
    if (handlers.filter)
      buffer += handlers.filter(text);
    else
      buffer += text;
    if (over) return;  // the filter's doing
    buffer.empty() ? await(Wait::readable) : write();
  }

  void write() {
    if (over) return;
    while (!buffer.empty() && sink >= 0) {
      size_t const wanted = sink_blocks ? std::min(buffer.size(), careful_chunk) : buffer.size();
      ssize_t const n = sink_socket ? ::send(sink, buffer.data(), wanted, MSG_DONTWAIT | MSG_NOSIGNAL)
                                    : ::write(sink, buffer.data(), wanted);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return await(Wait::writable);
      if (n < 0) return end(End::of_output, std::strerror(errno));
      written += static_cast<uint64_t>(n);
      buffer.erase(0, static_cast<size_t>(n));
      if (sink_blocks && !buffer.empty()) return await(Wait::writable);
    }
    if (sink < 0) {
      written += buffer.size();
      buffer.clear();
    }
    await(Wait::readable);
  }

  void end(End which, std::string const& how) {
    if (std::exchange(over, true)) return;
    from.close();
    to.close();
    from_fd = io::Fd();
    to_fd = io::Fd();
    boost::asio::post(context, [self = shared_from_this(), which, how] {
      if (self->handlers.ended) self->handlers.ended(which, how);
    });
  }

  boost::asio::io_context& context;
  io::Fd from_fd, to_fd;  // those that cannot be waited for
  std::string buffer;
  Handlers handlers;
  offhook::io::Descriptor from, to;
  int source = -1, sink = -1;
  bool source_socket = false, sink_socket = false, sink_blocks = false;
  bool source_waits = false, sink_waits = false, source_blocks = false;
  bool over = false;
  uint64_t written = 0;
};

Stream::Stream(boost::asio::io_context& context, io::Fd from, io::Fd to, std::string first, Handlers handlers)
    : impl_(std::make_shared<Impl>(context, std::move(from), std::move(to), std::move(first),
                                   std::move(handlers))) {}
Stream::~Stream() {
  impl_->over = true;
  impl_->handlers.ended = nullptr;
  impl_->from.close();
  impl_->to.close();
}
Result<void> Stream::start() { return impl_->start(); }
uint64_t Stream::bytes() const { return impl_->written; }

}  // namespace offhook::dialer
