// Bytes one way between two descriptors of any kind, through a filter, with a bounded buffer. Neither is made
// non-blocking: others may share them (a terminal, a pipe).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"

namespace boost::asio {
class io_context;
}

namespace offhook::dialer {

class Stream {
 public:
  enum class End : uint8_t { of_input, of_output };
  struct Handlers {
    /// What goes on of what was read; empty: all of it.
    std::function<std::string(std::string_view)> filter = {};
    /// Once, from the event loop: what was read before an end of input is delivered by then. `how`: errno's
    /// words; empty: an end in order.
    std::function<void(End, std::string const& how)> ended;
  };
  /// Without `to` what is read is dropped. `first` is delivered before all else, unfiltered.
  Stream(boost::asio::io_context& context, io::Fd from, io::Fd to, std::string first, Handlers handlers);
  ~Stream();
  Stream(Stream const&) = delete;
  Stream& operator=(Stream const&) = delete;

  Result<void> start();
  uint64_t bytes() const;  // delivered so far

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// A descriptor of our own for one that others may share: opened anew where Linux lets us, so that it can be
/// non-blocking for us alone; otherwise a copy.
Result<io::Fd> own_descriptor(int fd, int flags);

}  // namespace offhook::dialer
