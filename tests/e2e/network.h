// The network as tests see it: peers on sockets, listening ones, and a bank's listeners; and what a process
// holds.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "tests/e2e/bank_process.h"

namespace offhook::e2e {

/// A TCP connection of the test's own, not blocking.
class Peer : public Talk {
 public:
  Peer() = default;
  explicit Peer(int fd) : Talk(fd) {}
  void take_over(int fd) { adopt(fd); }
  /// To a port of 127.0.0.1; connecting may be under way when this returns.
  static int connect_to(uint16_t port);
  /// The next word to the other side is a reset.
  void reset();
  void end_sending();
};

/// A listening socket on a free port: of 127.0.0.1, or of every address where that is a namespace's of our
/// own.
class Server {
 public:
  enum class Reach { loopback, everywhere };
  explicit Server(int backlog = 64, Reach reach = Reach::loopback);
  ~Server();
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;
  uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// The next one that calls, as a descriptor; -1 when the limit passed first.
  int accept(Clock::duration limit = patience) const;

 private:
  int fd_ = -1;
  uint16_t port_ = 0;
};

/// A web server's answer to the next who asks: this body. False where he did not get all of it.
std::future<bool> serves(Server const& server, std::string body);

/// A bank with a configuration of its own; "BOOK" in it is the path of its phonebook.
class ConfiguredBank {
 public:
  explicit ConfiguredBank(std::string const& config, std::string const& phonebook = {});
  BankProcess* operator->() { return &*bank_; }
  BankProcess& operator*() { return *bank_; }
  std::string book() const { return folder_ / "book.toml"; }
  /// The port of the n-th listener, as announced.
  uint16_t listener(size_t n = 0) const;

 private:
  TemporaryFolder folder_;
  std::optional<BankProcess> bank_;
};

/// What a process holds: none of it may grow by what callers do.
struct Held {
  size_t descriptors = 0, anonymous_kib = 0, threads = 0;
};
Held held(pid_t pid);
/// Waits until the process holds no more descriptors and threads than before, and says whether its memory is
/// within `kib` of what it was.
testing::AssertionResult holds_as_before(pid_t pid, Held const& before, size_t kib = 2048);

void pause_a_little();
/// True once `condition` is, false when the limit passed first.
bool eventually(auto condition, Clock::duration limit = patience) {
  auto const until = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() > until) return false;
    pause_a_little();
  }
  return true;
}

}  // namespace offhook::e2e
