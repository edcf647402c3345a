// Bytes both ways between two parties, each a descriptor or a pair of them (standard input and output), with
// bounded buffers and byte counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/base/time.h"
#include "emulator/io/fd.h"

namespace boost::asio {
class io_context;
}

namespace offhook::serial {

/// One party: reads from `in`, is written to at `out`; without `out`, `in` is for both.
struct Party {
  io::Fd in, out;
};
/// A descriptor of our own for what others may share (a terminal, a pipe): made non-blocking for us alone
/// where Linux lets us open it again.
Result<io::Fd> private_descriptor(int fd, int flags);

class Relay {
 public:
  enum class Ended : uint8_t {
    near,    // the first party gave no more, or died
    far,     // the second
    stopped  // by us
  };
  struct Counts {
    uint64_t to_far = 0, to_near = 0;
    bool operator==(Counts const&) const = default;
  };
  struct Report {
    Ended first = Ended::stopped;  // who ended first
    std::string text;              // errno's words; empty: an end in order
    Counts counts;
  };
  /// What the end of what the far party sends means: a service has ended; of standard input, go on until the
  /// near party ends too.
  enum class AfterFar : uint8_t { end, go_on };
  /// `ended` runs once, from the event loop: the near party has ended and what it sent is delivered, the far
  /// one has (AfterFar), or one of them takes nothing any more. `early` goes to the far party before all
  /// else. The program ignores SIGPIPE.
  Relay(boost::asio::io_context& context, Party near, Party far, std::string_view early,
        std::function<void(Report const&)> ended, AfterFar after_far = AfterFar::end);
  ~Relay();
  Relay(Relay const&) = delete;
  Relay& operator=(Relay const&) = delete;

  Result<void> start();
  void stop();
  Counts counts() const;
  /// Nothing that the far party sent, and that was read, waits to be written.
  bool all_delivered() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
  Party near_, far_;  // until start()
};

}  // namespace offhook::serial
