#include "emulator/io/descriptor.h"

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <utility>

namespace offhook::io {

using boost::asio::posix::stream_descriptor;

struct Descriptor::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& io, std::function<void()> on_readable, std::function<void()> on_writable)
      : descriptor(io), duplicate(io), readable(std::move(on_readable)), writable(std::move(on_writable)) {}

  void await_readable() {
    if (std::exchange(read_wait, true)) return;
    descriptor.async_wait(stream_descriptor::wait_read, [self = shared_from_this(), epoch = epoch](auto ec) {
      if (epoch != self->epoch) return;  // of a descriptor that was given away since
      self->read_wait = false;
      if (!ec) self->readable();
    });
  }

  void await_writable() {
    if (std::exchange(write_wait, true)) return;
    auto& asked = open_duplicate() ? duplicate : descriptor;
    asked.async_wait(stream_descriptor::wait_write, [self = shared_from_this(), epoch = epoch](auto ec) {
      if (epoch != self->epoch) return;
      self->write_wait = false;
      if (!ec) self->writable();
      if (!self->write_wait) self->close_duplicate();
    });
  }

  /// What Asio was once asked to find writable it watches for that until it is closed: the loop would wake
  /// each time the program at the other side reads. So a duplicate is asked, and closed when it has answered;
  /// where no more descriptors can be had, the wake-ups are borne.
  bool open_duplicate() {
    if (duplicate.is_open()) return true;
    Fd made(::fcntl(descriptor.native_handle(), F_DUPFD_CLOEXEC, 0));
    if (!made) return false;
    boost::system::error_code ec;
    duplicate.assign(made.get(), ec);
    if (ec) return false;
    made.release();
    return true;
  }

  void close_duplicate() {
    boost::system::error_code ignored;
    duplicate.close(ignored);
  }

  void forget() {
    ++epoch;
    read_wait = write_wait = false;
    close_duplicate();
  }

  stream_descriptor descriptor;
  stream_descriptor duplicate;  // open while room is awaited
  std::function<void()> readable, writable;
  bool read_wait = false, write_wait = false;
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

}  // namespace offhook::io
