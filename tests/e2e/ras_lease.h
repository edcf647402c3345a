// Programs of a test's own that can be stopped and killed: those that hold a lease on a port, and any other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/e2e/terminal.h"

namespace offhook::e2e {

/// A program of the test's own, in a process of its own, with a line back to the test: what it writes to its
/// descriptor 3 can be expected. It dies with the test.
class Child {
 public:
  using Act = std::function<void()>;  // its return is the process's end
  explicit Child(Act const& act, std::optional<uid_t> uid = std::nullopt);
  Talk& said() { return *said_; }
  Process& process() { return process_; }
  pid_t pid() const { return process_.pid(); }

 private:
  std::unique_ptr<Talk> said_;
  Process process_;
};
/// From within a child's act.
void say(std::string_view word);

enum class Phase : uint8_t { asked, granted, dialling, connected };
inline constexpr Phase every_phase[] = {Phase::asked, Phase::granted, Phase::dialling, Phase::connected};
char const* name(Phase phase);

/// What a lease holder does once it has come as far as its phase.
enum class Then : uint8_t { rests, writes_without_end };
/// A program with a lease: asks for the port, dials `number`; says "asked", "granted", "dialling",
/// "connected" on its way, and at last "ended WHY" or "refused ERROR TEXT", or "gone" where the manager is.
struct LeaseWish {
  std::string dir, port, number;
  Phase phase = Phase::connected;
  Then then = Then::rests;
};
Child::Act hold_lease(LeaseWish wish);
/// A program that takes a port as pppd does: its lock file with a pid of ten characters, and TIOCEXCL. Says
/// "taken", and keeps it.
Child::Act like_pppd(std::string path, std::string lock);

/// A DTE on another port of the bank: dials, and reads what the service greets with.
testing::AssertionResult dials(PortFile& caller, std::string const& number, std::string const& greeting,
                               Clock::duration limit = patience);
/// The same, dialled again as long as it is busy: in order while the call before is being cleared away.
testing::AssertionResult dials_when_free(PortFile& caller, std::string const& number,
                                         std::string const& greeting);

}  // namespace offhook::e2e
