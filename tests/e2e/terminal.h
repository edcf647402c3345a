// The two ways a test sits at a port: through a real terminal program in a pty of its own, or on the port
// itself.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "tests/e2e/process.h"

namespace offhook::e2e {

/// A descriptor that is read with a limit, and what came from it. `expect` searches what has not been matched
/// yet.
class Talk {
 public:
  explicit Talk(int fd = -1) : fd_(fd) {}
  Talk(Talk const&) = delete;
  Talk& operator=(Talk const&) = delete;
  ~Talk() { close(); }

  int fd() const { return fd_; }
  void close();
  /// Writes all of it, waiting for room; false when the limit passed or the descriptor is gone.
  testing::AssertionResult type(std::string_view text, Clock::duration limit = patience);
  /// Waits until `text` was read; what was read up to its end counts as seen.
  testing::AssertionResult expect(std::string_view text, Clock::duration limit = patience);
  /// Waits for the first of these to come, and says which; empty when none did. Counts as seen like
  /// expect()'s.
  std::string expect_one_of(std::vector<std::string> const& texts, Clock::duration limit = patience);
  /// Waits until `text` was read and returns what came before it; nothing when it did not come.
  std::optional<std::string> until(std::string_view text, Clock::duration limit = patience);
  /// Waits for `n` more bytes and takes them.
  std::string take(size_t n, Clock::duration limit = patience);
  /// Reads whatever comes for a while, for what must not come.
  std::string listen(Clock::duration time);
  /// Reads until the end of the file or a hang-up (0 or EIO); false when the limit passed first.
  testing::AssertionResult expect_end(Clock::duration limit = patience);
  std::string const& unseen() const { return unseen_; }

 protected:
  void adopt(int fd) { close(), fd_ = fd; }

 private:
  enum class Got { bytes, nothing, end };
  Got read_some(Clock::time_point until);

  int fd_;
  std::string unseen_;
};

/// A program in a pty, as a person would run it.
class Terminal : public Talk {
 public:
  explicit Terminal(Argv const& argv, Spawn const& spawn = {});
  /// Hangs up on the program and gives it a moment to remove its lock file.
  ~Terminal();
  Process& process() { return process_; }
  /// Types AT until the modem says OK. A program may greet before its own terminal is raw: what is typed then
  /// is cooked, and no command.
  testing::AssertionResult reaches_modem();

 private:
  Process process_;
};

/// A port opened the way a plain program does: raw, 8 bit, not as controlling terminal.
class PortFile : public Talk {
 public:
  enum class Modem { local, controls };  // CLOCAL set, or clear: then carrier loss hangs up
  explicit PortFile(std::string const& path, Modem modem = Modem::local);
  bool is_open() const { return fd() >= 0; }
  /// Sends a command line and waits for its OK.
  testing::AssertionResult command(std::string_view line);
  /// Programs that inherit the descriptor expect it to block.
  void make_blocking();
};

}  // namespace offhook::e2e
