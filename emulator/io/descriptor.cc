#include "emulator/io/descriptor.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace offhook::io {

using boost::asio::posix::stream_descriptor;
using Context = boost::asio::execution_context;

/// Who waits for room, one an event loop. What Asio was once asked to find writable it watches for that until
/// it is closed: the loop would wake each time the program at the other side reads. Here a descriptor is
/// watched from its first wait until it has room and nobody waits, and Asio is asked about this epoll alone,
/// while anything is watched. So who waits again and again, as a full line does, asks the kernel but once;
/// and ten times a second, since a pty that is read wakes its writer a moment before there is room, and not
/// again.
class RoomWatch : public Context::service {
 public:
  class Waiter {
   public:
    /// There is room, and it was waited for.
    virtual void room() = 0;
    virtual bool waits() const = 0;
    /// There is room; nobody looks any more.
    virtual void unwatched() = 0;
    virtual int watched_fd() = 0;

   protected:
    ~Waiter() = default;
  };

  using key_type = RoomWatch;
  static Context::id id;

  explicit RoomWatch(boost::asio::io_context& io) : service(io), epoll_(io), again_(io) {
    Fd made(::epoll_create1(EPOLL_CLOEXEC));
    boost::system::error_code ec;
    if (made) epoll_.assign(made.get(), ec);
    if (made && !ec) made.release();
  }

  /// The waiter is told from the event loop, at once where there is room and each time there is room again;
  /// false where the kernel takes no more.
  bool watch(Waiter& waiter, bool watched) {
    if (!control(waiter, EPOLLOUT | EPOLLET)) return false;
    if (!watched) watched_.insert(&waiter);
    wait();
    look_again();
    return true;
  }

  /// The descriptor is about to be closed or given away.
  void forget(Waiter& waiter, bool watched) {
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, waiter.watched_fd(), nullptr);
    std::ranges::replace(told_, &waiter, nullptr);
    if (watched && watched_.erase(&waiter) != 0 && watched_.empty()) epoll_.cancel();
  }

 private:
  bool control(Waiter& waiter, uint32_t events) {
    epoll_event event{events, {.ptr = &waiter}};
    int const epoll = epoll_.native_handle();
    return ::epoll_ctl(epoll, EPOLL_CTL_MOD, waiter.watched_fd(), &event) == 0 ||
           (errno == ENOENT && ::epoll_ctl(epoll, EPOLL_CTL_ADD, waiter.watched_fd(), &event) == 0);
  }

  void shutdown() override {
    boost::system::error_code ignored;
    epoll_.close(ignored);
    again_.cancel();
  }

  void wait() {
    if (std::exchange(waiting_, true)) return;
    epoll_.async_wait(stream_descriptor::wait_read, [this](auto ec) {
      waiting_ = false;
      if (!ec) tell();
      if (!watched_.empty() && epoll_.is_open()) wait();
    });
  }

  void look_again() {
    if (std::exchange(looking_, true)) return;
    again_.expires_after(look_every);
    again_.async_wait([this](auto ec) {
      looking_ = false;
      if (ec || watched_.empty()) return;
      for (Waiter* const each : watched_)
        if (each->waits()) control(*each, EPOLLOUT | EPOLLET);
      look_again();
    });
  }

  void tell() {
    std::array<epoll_event, 64> ready;
    int const count = ::epoll_wait(epoll_.native_handle(), ready.data(), static_cast<int>(ready.size()), 0);
    for (int i = 0; i < count; ++i)
      told_.push_back(static_cast<Waiter*>(ready[static_cast<size_t>(i)].data.ptr));
    for (size_t i = 0; i < told_.size(); ++i) {
      Waiter* const waiter = std::exchange(told_[i], nullptr);
      if (waiter == nullptr) continue;  // forgotten by one before it
      if (waiter->waits())
        waiter->room();
      else
        rest(*waiter);
    }
    told_.clear();
  }

  /// EPOLLONESHOT with nothing asked: a hang-up would be told even so.
  void rest(Waiter& waiter) {
    control(waiter, EPOLLONESHOT | EPOLLET);
    watched_.erase(&waiter);
    waiter.unwatched();
  }

  static constexpr std::chrono::milliseconds look_every{100};

  stream_descriptor epoll_;
  boost::asio::steady_timer again_;
  std::vector<Waiter*> told_;  // of one look
  std::set<Waiter*> watched_;
  bool waiting_ = false, looking_ = false;
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

  void await_writable(bool cut_short) {
    if (write_wait != WriteWait::none) return;
    write_wait = WriteWait::watched;
    if (cut_short && watch == Watch::on) return;  // what was refused is told once it is to be had
    if (room_watch.watch(*this, watch == Watch::on)) {
      watch = Watch::on;
      return;
    }
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
  bool waits() const override { return write_wait == WriteWait::watched; }
  void unwatched() override { watch = Watch::resting; }
  int watched_fd() override { return descriptor.native_handle(); }

  void forget() {
    ++epoch;
    if (watch != Watch::unknown) room_watch.forget(*this, watch == Watch::on);
    watch = Watch::unknown;
    read_wait = false;
    write_wait = WriteWait::none;
  }

  enum class WriteWait : uint8_t { none, watched, by_asio };
  enum class Watch : uint8_t { unknown, on, resting };  // how the room watch has it

  stream_descriptor descriptor;
  RoomWatch& room_watch;
  std::function<void()> readable, writable;
  bool read_wait = false;
  WriteWait write_wait = WriteWait::none;
  Watch watch = Watch::unknown;
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
void Descriptor::await_writable() { state_->await_writable(false); }
void Descriptor::await_room() { state_->await_writable(true); }
bool Descriptor::awaits_readable() const { return state_->read_wait; }
bool Descriptor::awaits_writable() const { return state_->write_wait != State::WriteWait::none; }

}  // namespace offhook::io
