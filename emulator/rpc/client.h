// A JSON-RPC client on a Unix stream socket, for a program that does one thing at a time: it blocks, with a
// deadline.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "emulator/base/result.h"
#include "emulator/io/fd.h"
#include "emulator/rpc/codec.h"

namespace offhook::rpc {

class Client {
 public:
  using Clock = std::chrono::steady_clock;
  using Deadline = std::optional<Clock::time_point>;  // none: waits as long as it takes

  /// The error is errno's: ENOENT and ECONNREFUSED mean that nobody listens there.
  static boost::system::result<Client> connect(std::string const& path);

  Result<void> send(Request const& request, Deadline deadline);
  /// The next answer or notification; nothing at the deadline. The error: the server closed, or sent rubbish.
  Result<std::optional<Message>> receive(Deadline deadline);
  /// The next line as it came, without its newline.
  Result<std::optional<std::string>> receive_line(Deadline deadline);

 private:
  explicit Client(io::Fd socket) : socket_(std::move(socket)) {}
  io::Fd socket_;
  std::string input_;
  size_t searched_ = 0;  // input_ has no newline before this
};

}  // namespace offhook::rpc
