// A machine of its own beside the bank: a Linux kernel whose serial port is one of the bank's ports, with
// Debian's pppd and chat in it. User-mode Linux where a kernel with PPP is all that is wanted; QEMU,
// emulating every instruction, where the 16550 and its modem lines matter. Or a machine without a port of
// ours, whose files are this one's and whose services are systemd's. It knows nothing of PPP.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "tests/e2e/process.h"
#include "tests/e2e/terminal.h"

namespace offhook::e2e {

/// A kernel and the archive of its first files, as guest_image.sh makes them of installed packages.
struct GuestImage {
  std::string kernel, archive;
  std::string why_not;  // set where there is none: a package is missing, or this user may not read it
};

/// What a guest is made of besides its image.
struct GuestSetup {
  enum class Kind { uml, qemu, systemd };
  std::string port = {};                          // a path; /dev/modem in the guest
  std::map<std::string, std::string> files = {};  // absolute paths in the guest, and what they hold
  Kind kind = Kind::uml;
  std::optional<uid_t> uid = {};  // root only: whose process it is
  Argv under = {};                // words before its command line
};

/// Made, or found in the build's cache.
GuestImage const& guest_image(GuestSetup::Kind kind);

class Guest {
 public:
  /// It boots while the test goes on.
  explicit Guest(GuestSetup const& setup);
  /// Ends it: its processes go, and the port is closed.
  ~Guest();

  /// Waits until it has booted; once, before all that is below.
  testing::AssertionResult up();
  /// A line for the guest's shell; what it said, both outputs in `out`. The status is -1 when the limit
  /// passed.
  Outcome sh(std::string const& line, Clock::duration limit = patience);

  /// Starts a command in the background: one at a time.
  void begin(std::string const& command);
  /// Waits until it has said what the pattern (of std::regex) is; not once it has ended.
  testing::AssertionResult says(std::string const& pattern, Clock::duration limit = patience);
  /// Waits for its end; its exit status, -1 when the limit passed.
  int ended(Clock::duration limit = patience);
  /// A signal for it, by name: TERM.
  void tell(std::string const& signal);
  /// Ends it by force, if it has not ended.
  void kill();
  /// What it has said, and at last '<ended STATUS>'.
  std::string log() const;

  Process& process() { return process_; }

 private:
  class Console : public Talk {
   public:
    using Talk::adopt;
  };
  std::string first_files(GuestSetup const& setup) const;

  TemporaryFolder folder_;
  Process process_;
  Console console_;
  int lines_ = 0;
  std::optional<size_t> begun_;  // where the last command's words begin, in the file of all
};

/// The first line of a test with guests: without an image it is skipped, and says why.
#define OFFHOOK_NEEDS_GUEST(kind)                                                              \
  if (auto const& image = ::offhook::e2e::guest_image(::offhook::e2e::GuestSetup::Kind::kind); \
      !image.why_not.empty())                                                                  \
  GTEST_SKIP() << image.why_not

}  // namespace offhook::e2e
