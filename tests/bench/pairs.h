// Two ends joined in some way: serial ports by a bare relay, by socat, by a call between two modems; a port
// and a TCP peer by socat or a call. What is measured of each is the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/bank_process.h"

namespace offhook::bench {

/// Both ends open for a program, raw and non-blocking; what goes in at one comes out at the other.
class Pair {
 public:
  virtual ~Pair() = default;
  virtual std::string name() const = 0;
  int near() const { return near_; }
  int far() const { return far_; }

 protected:
  int near_ = -1, far_ = -1;
};

/// The reference: one thread, poll, a 4 KiB buffer, non-blocking read and write between two pty masters.
std::unique_ptr<Pair> bare_relay();
/// `socat PTY PTY`; null where socat is not installed.
std::unique_ptr<Pair> socat();
/// Two modems of a bank, connected.
std::unique_ptr<Pair> modems();
/// A modem that called a TCP peer, raw: the port is near, the peer's socket far.
std::unique_ptr<Pair> tcp_call();
/// `socat PTY TCP` to such a peer; null where socat is not installed.
std::unique_ptr<Pair> socat_tcp();
/// The same pair from its other end; it must outlive this.
std::unique_ptr<Pair> reversed(Pair const& pair);

}  // namespace offhook::bench
