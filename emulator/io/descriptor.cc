#include "emulator/io/descriptor.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>

namespace offhook::io {

using boost::asio::posix::stream_descriptor;

struct Descriptor::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& io, std::function<void()> on_readable, std::function<void()> on_writable)
      : descriptor(io), readable(std::move(on_readable)), writable(std::move(on_writable)) {}

  void wait(stream_descriptor::wait_type what, bool& under_way, std::function<void()> const& handler) {
    if (under_way) return;
    under_way = true;
    descriptor.async_wait(what, [self = shared_from_this(), epoch = epoch, &under_way, &handler](auto ec) {
      if (epoch != self->epoch) return;  // of a descriptor that was given away since
      under_way = false;
      if (!ec) handler();
    });
  }

  void forget() {
    ++epoch;
    read_wait = write_wait = false;
  }

  stream_descriptor descriptor;
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

void Descriptor::await_readable() {
  state_->wait(stream_descriptor::wait_read, state_->read_wait, state_->readable);
}
void Descriptor::await_writable() {
  state_->wait(stream_descriptor::wait_write, state_->write_wait, state_->writable);
}

}  // namespace offhook::io
