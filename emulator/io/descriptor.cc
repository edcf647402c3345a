#include "emulator/io/descriptor.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

namespace offhook::io {

using boost::asio::posix::stream_descriptor;
using Context = boost::asio::execution_context;

/// Who waits for room, one an event loop. What Asio was once asked to find writable it watches for that until
/// it is closed: the loop would wake each time the program at the other side reads. Here a wait is armed for
/// one answer (EPOLLONESHOT), and Asio is asked about this epoll alone, while any wait is under way.
class RoomWatch : public Context::service {
 public:
  class Waiter {
   public:
    virtual void room() = 0;

   protected:
    ~Waiter() = default;
  };

  using key_type = RoomWatch;
  static Context::id id;

  explicit RoomWatch(boost::asio::io_context& io) : service(io), epoll_(io) {
    Fd made(::epoll_create1(EPOLL_CLOEXEC));
    boost::system::error_code ec;
    if (made) epoll_.assign(made.get(), ec);
    if (made && !ec) made.release();
  }

  /// The waiter is told once, from the event loop; false where the kernel takes no more.
  bool arm(int fd, Waiter& waiter) {
    epoll_event event{EPOLLOUT | EPOLLONESHOT, {.ptr = &waiter}};
    int const epoll = epoll_.native_handle();
    if (::epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0 &&
        (errno != ENOENT || ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0))
      return false;
    ++armed_;
    wait();
    return true;
  }

  /// The descriptor is about to be closed or given away.
  void forget(int fd, Waiter& waiter, bool armed) {
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
    std::ranges::replace(told_, &waiter, nullptr);
    if (armed && --armed_ == 0) epoll_.cancel();
  }

 private:
  void shutdown() override {
    boost::system::error_code ignored;
    epoll_.close(ignored);
  }

  void wait() {
    if (std::exchange(waiting_, true)) return;
    epoll_.async_wait(stream_descriptor::wait_read, [this](auto ec) {
      waiting_ = false;
      if (!ec) tell();
      if (armed_ > 0 && epoll_.is_open()) wait();
    });
  }

  void tell() {
    std::array<epoll_event, 64> ready;
    int const count = ::epoll_wait(epoll_.native_handle(), ready.data(), static_cast<int>(ready.size()), 0);
    for (int i = 0; i < count; ++i)
      told_.push_back(static_cast<Waiter*>(ready[static_cast<size_t>(i)].data.ptr));
    for (size_t i = 0; i < told_.size(); ++i) {
      if (told_[i] == nullptr) continue;  // forgotten by one before it
      --armed_;
      std::exchange(told_[i], nullptr)->room();
    }
    told_.clear();
  }

  stream_descriptor epoll_;
  std::vector<Waiter*> told_;  // of one look
  size_t armed_ = 0;
  bool waiting_ = false;
};
Context::id RoomWatch::id;

struct Descriptor::State final : std::enable_shared_from_this<State>, RoomWatch::Waiter {
  State(boost::asio::io_context& io, std::function<void()> on_readable, std::function<void()> on_writable)
      : descriptor(io),
        room_watch(boost::asio::use_service<RoomWatch>(io)),
        readable(std::move(on_readable)),
        writable(std::move(on_writable)) {}

  void await_readable() {
    if (std::exchange(read_wait, true)) return;
    descriptor.async_wait(stream_descriptor::wait_read, [self = shared_from_this(), epoch = epoch](auto ec) {
      if (epoch != self->epoch) return;  // of a descriptor that was given away since
      self->read_wait = false;
      if (!ec) self->readable();
    });
  }

  void await_writable() {
    if (write_wait != WriteWait::none) return;
    known_to_watch = true;
    write_wait = WriteWait::armed;
    if (room_watch.arm(descriptor.native_handle(), *this)) return;
    write_wait = WriteWait::by_asio;
    descriptor.async_wait(stream_descriptor::wait_write, [self = shared_from_this(), epoch = epoch](auto ec) {
      if (epoch == self->epoch && !ec) self->room();
    });
  }

  void room() override {
    auto const self = shared_from_this();
    write_wait = WriteWait::none;
    writable();
  }

  void forget() {
    ++epoch;
    if (std::exchange(known_to_watch, false))
      room_watch.forget(descriptor.native_handle(), *this, write_wait == WriteWait::armed);
    read_wait = false;
    write_wait = WriteWait::none;
  }

  enum class WriteWait : uint8_t { none, armed, by_asio };

  stream_descriptor descriptor;
  RoomWatch& room_watch;
  std::function<void()> readable, writable;
  bool read_wait = false;
  WriteWait write_wait = WriteWait::none;
  bool known_to_watch = false;
  uint64_t epoch = 0;
};

Descriptor::Descriptor(boost::asio::io_context& io, std::function<void()> readable,
                       std::function<void()> writable)
    : state_(std::make_shared<State>(io, std::move(readable), std::move(writable))) {}

Descriptor::~Descriptor() { close(); }

Result<void> Descriptor::assign(Fd fd) {
  boost::system::error_code ec;
  state_->descriptor.assign(fd.get(), ec);
  if (ec) return error("the event loop takes no more descriptors: ", ec.message());
  fd.release();
  return {};
}

Fd Descriptor::release() {
  state_->forget();
  return Fd(state_->descriptor.release());
}

void Descriptor::close() {
  state_->forget();
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

int Descriptor::fd() const { return state_->descriptor.native_handle(); }

void Descriptor::await_readable() { state_->await_readable(); }
void Descriptor::await_writable() { state_->await_writable(); }
bool Descriptor::awaits_writable() const { return state_->write_wait != State::WriteWait::none; }

}  // namespace offhook::io
