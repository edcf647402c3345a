// A non-blocking file descriptor and the event loop's word that it is readable or writable. Reads and writes
// are the owner's: waiting once and then reading until EAGAIN is what makes a relay fast.
#pragma once

#include <functional>
#include <memory>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace boost::asio {
class io_context;
}

namespace offhook::io {

class Descriptor {
 public:
  /// The handlers run from the event loop, never from within a call made here, and never after close(),
  /// release() or the end of this object.
  Descriptor(boost::asio::io_context& io, std::function<void()> readable, std::function<void()> writable);
  ~Descriptor();
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;

  /// An error where the event loop takes no more descriptors.
  Result<void> assign(Fd fd);
  /// Gives the descriptor away; waits under way are forgotten.
  Fd release();
  void close();
  /// -1 where there is none.
  int fd() const;

  /// Calls `readable` once, when bytes, an end or an error wait. A wait under way is not begun again.
  void await_readable();
  void await_writable();
  /// The same, for who has just had a write cut short: where that happens again and again it costs less.
  void await_room();
  bool awaits_readable() const;
  /// A wait for room is under way: the last write was cut short.
  bool awaits_writable() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace offhook::io
