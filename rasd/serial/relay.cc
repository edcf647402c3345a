#include "rasd/serial/relay.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "emulator/base/byte_queue.h"
#include "emulator/base/text.h"
#include "emulator/io/descriptor.h"

namespace offhook::serial {
namespace {

constexpr size_t chunk = 4096;
constexpr int turns = 16;
/// What is read and not yet taken: one chunk, and what came before the relay began.
constexpr size_t queue_limit = 64 * 1024;

/// A descriptor that a Descriptor closes of its own.
io::Fd copy_of(io::Fd const& fd) { return io::Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

bool is_file(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Result<io::Fd> private_descriptor(int fd, int flags) {
  std::string const same = "/proc/self/fd/" + std::to_string(fd);
  io::Fd again(::open(same.c_str(), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (again) return again;
  // A socket cannot be opened again, nor can what is another user's.
  io::Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return error("descriptor ", std::to_string(fd), ": ", std::strerror(errno));
  return copy;
}

struct Relay::Impl : std::enable_shared_from_this<Impl> {
  /// How far one direction is.
  enum class Flow : uint8_t {
    open,      // read, and written
    draining,  // its source has ended: what was read is still written
    over,
  };
  /// One direction. Nothing is read while what was read is not taken.
  struct Direction {
    Direction(Impl& relay, Ended whose)
        : source(whose),
          in(
              relay.context, [this, &relay] { relay.pump(*this); }, [] {}),
          out(
              relay.context, [] {}, [this, &relay] { relay.pump(*this); }) {}
    Ended source;
    io::Descriptor in, out;
    ByteQueue waiting{queue_limit};
    Flow flow = Flow::open;
    bool file = false;  // always readable: no event loop says so
    uint64_t count = 0;
    std::string text;  // why it ended, if not in order
  };

  Impl(boost::asio::io_context& io_context, AfterFar when_far_ends, std::function<void(Report const&)> on_end)
      : context(io_context), after_far(when_far_ends), ended(std::move(on_end)) {}

  Result<void> assign(Party near, Party far) {
    for (auto* party : {&near, &far})
      if (!party->out) party->out = copy_of(party->in);
    to_far.file = is_file(near.in.get());
    to_near.file = is_file(far.in.get());
    for (auto [direction, in, out] :
         {std::tuple{&to_far, &near.in, &far.out}, std::tuple{&to_near, &far.in, &near.out}}) {
      if (auto done = direction->in.assign(std::move(*in)); done.has_error()) return done;
      if (auto done = direction->out.assign(std::move(*out)); done.has_error()) return done;
    }
    return {};
  }

  void soon(Direction& direction) {
    boost::asio::post(context, [weak = weak_from_this(), &direction] {
      if (auto const self = weak.lock()) self->pump(direction);
    });
  }

  /// Reads and writes for a few turns, then lets others go on; the event loop is asked only when one must
  /// wait.
  void pump(Direction& direction) {
    auto const self = shared_from_this();
    std::array<std::byte, chunk> buffer;
    for (int turn = 0; turn < turns; ++turn) {
      if (!running || direction.flow == Flow::over) return;
      if (!direction.waiting.empty()) {
        if (!empty(direction)) return;
        continue;
      }
      if (direction.flow == Flow::draining) return finish(direction);
      ssize_t const n = ::read(direction.in.fd(), buffer.data(), buffer.size());
      if (n > 0) {
        if (!pass(direction, Bytes(buffer).first(static_cast<size_t>(n)))) return;
        continue;
      }
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return direction.in.await_readable();
      // EIO: what a tty says whose other end is gone.
      if (n < 0) direction.text = std::strerror(errno);
      direction.flow = Flow::draining;
    }
    if (direction.file || direction.flow == Flow::draining)
      soon(direction);
    else if (direction.waiting.empty())
      direction.in.await_readable();
    else
      direction.out.await_writable();
  }

  /// What came just now goes on without a stop, as far as it is taken. False where it must wait, or is over.
  bool pass(Direction& direction, Bytes bytes) {
    auto const taken = write(direction, bytes);
    if (!taken) return false;
    direction.waiting.push(bytes.subspan(*taken));
    return true;
  }
  bool empty(Direction& direction) {
    auto const taken = write(direction, direction.waiting.front());
    if (!taken) return false;
    direction.waiting.pop(*taken);
    if (*taken != 0) return true;
    direction.out.await_writable();
    return false;
  }

  /// How much was taken; nothing where the relay is over.
  std::optional<size_t> write(Direction& direction, Bytes bytes) {
    ssize_t const n = ::write(direction.out.fd(), bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
      end(direction.source == Ended::near ? Ended::far : Ended::near, std::strerror(errno));
      return std::nullopt;
    }
    size_t const taken = n > 0 ? static_cast<size_t>(n) : 0;
    direction.count += taken;
    return taken;
  }

  /// Its source has ended, and all that it gave is delivered.
  void finish(Direction& direction) {
    direction.flow = Flow::over;
    if (direction.source == Ended::near || after_far == AfterFar::end)
      return end(direction.source, direction.text);
    direction.in.close();
  }

  void end(Ended who, std::string text) {
    if (!std::exchange(running, false)) return;
    close();
    ended(Report{who, std::move(text), {to_far.count, to_near.count}});
  }

  void close() {
    for (auto* direction : {&to_far, &to_near}) {
      direction->in.close();
      direction->out.close();
    }
  }

  boost::asio::io_context& context;
  AfterFar after_far;
  std::function<void(Report const&)> ended;
  Direction to_far{*this, Ended::near}, to_near{*this, Ended::far};
  bool running = false;
};

Relay::Relay(boost::asio::io_context& context, Party near, Party far, std::string_view early,
             std::function<void(Report const&)> ended, AfterFar after_far)
    : impl_(std::make_shared<Impl>(context, after_far, std::move(ended))),
      near_(std::move(near)),
      far_(std::move(far)) {
  impl_->to_far.waiting.push(as_bytes(early));
}

Relay::~Relay() { stop(); }

Result<void> Relay::start() {
  if (auto assigned = impl_->assign(std::move(near_), std::move(far_)); assigned.has_error()) {
    impl_->close();
    return assigned;
  }
  impl_->running = true;
  impl_->soon(impl_->to_far);
  impl_->soon(impl_->to_near);
  return {};
}

void Relay::stop() {
  impl_->running = false;
  impl_->close();
}

bool Relay::all_delivered() const { return impl_->to_near.waiting.empty(); }
Relay::Counts Relay::counts() const { return {impl_->to_far.count, impl_->to_near.count}; }

}  // namespace offhook::serial
