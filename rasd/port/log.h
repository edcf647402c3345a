// The port log: every change of a port's public condition as a sequenced entry, the condition as the fold of
// the entries, and the follower that keeps a copy through a lossy channel. It does not know what makes a port
// change.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/time.h"

namespace offhook::port {

/// A client of the port manager: a lease's connection. 0: none.
using ClientId = uint64_t;

enum class State : uint8_t {
  absent,          // the device is not there
  opening,         // asks who holds it, opens, looks for a call of a manager that died
  initialising,    // the init script runs
  listening,       // waits for a call, a client, or another program
  ringing,         // a call comes in
  answering,       // ATA, until carrier
  authenticating,  // the service asks the caller who he is
  connected,       // the service has the call
  leased,          // a client has the port
  foreign,         // another program has the port
  hanging_up,      // the service is being ended
  recovering,      // back to a known modem: revoke, reopen, DTR off and on, AT
  failed,          // says why; tries again
  disabled,        // by the administrator, or removed
  count_,
};

/// Why a call ended or a port was taken back.
enum class Why : uint8_t {
  none,
  user_request,  // the service ended of itself, or the far end said good-bye
  lost_carrier,
  lost_service,  // the service could not start, or was killed
  idle_timeout,
  session_timeout,
  admin_reset,     // hangup, reset or disable
  manager_reboot,  // the manager was started anew and found a call standing
  port_error,      // the device answered wrongly or not at all
  device_gone,
  lease_over,  // the client gave the port back, or died
  no_answer,   // the caller gave up before the answer
  foreign,     // another program took the port
  user_error,  // no authentication in its time
  callback,    // the caller is called back
  count_,
};

/// What stands behind `failed`.
enum class Failure : uint8_t {
  none,
  silent,  // not a byte; nobody else holds the port, no carrier, no echo: alone blames the hardware
  echo,
  garbage,
  refused,
  carrier,  // a call that cannot be ended
  denied,
  unopenable,
  busy,       // EBUSY, and no holder to be seen
  lost,       // the descriptor died under a dialogue
  stuck,      // a step of ours was not answered in its time
  not_ready,  // 107 is off
  count_,
};

/// MprAdminPort's words, as ras.h has them.
enum class LineCondition : uint8_t {
  non_operational,
  disconnected,
  calling_back,
  listening,
  authenticating,
  authenticated,
  initializing,
};
enum class HardwareCondition : uint8_t {
  operational,
  not_responding,
  hardware_failure,
  incorrect_response,
  unknown,
};

std::string_view name(State);
std::string_view name(Why);
std::string_view name(LineCondition);      // "listening"
std::string_view name(HardwareCondition);  // "not responding"
/// Acct-Terminate-Cause (RFC 2866 5.10); 0: none.
unsigned radius_cause(Why);

struct FailureRow {
  Failure failure;
  std::string_view name;
  std::string_view words;  // for a person
  unsigned ras_error;
  HardwareCondition hardware;
};
FailureRow const& row(Failure);

/// Bytes as the DTE sees them.
struct Counters {
  uint64_t bytes_in = 0, bytes_out = 0, errors = 0;
  bool operator==(Counters const&) const = default;
};

/// One change of a port's public condition. What a field means depends on the kind; the others are empty.
struct Change {
  enum class Kind : uint8_t {
    state,        // state; since starts anew
    opened,       // rate_bps: the DTE's
    failure,      // failure, text: of `failed`, and of `absent` where the device is there and not ready
    holder,       // text: who has the port, though we do not let him (an intruder), or whom it was left to
    call_began,   // call
    caller,       // number, name
    connected,    // rate_bps: the line's
    user,         // text
    traffic,      // counters
    call_ended,   // why, counters
    lease_began,  // client, text: who
    lease_ended,  // client, why
    removed,      // the port is no more
    count_,
  };
  Kind kind;
  State state = State::absent;
  Why why = Why::none;
  Failure failure = Failure::none;
  uint64_t call = 0;
  ClientId client = 0;
  uint32_t rate_bps = 0;
  Counters counters = {};
  std::string text = {}, number = {}, name = {};
  bool operator==(Change const&) const = default;
};
std::string_view name(Change::Kind);

struct Entry {
  uint64_t seq = 0;  // of the whole log, from 1
  Instant at{};
  std::string port;
  Change change;
  bool operator==(Entry const&) const = default;
};

/// A port's public condition.
struct Snapshot {
  State state = State::absent;
  Instant since{};
  Failure failure = Failure::none;
  std::string failure_text;
  std::string holder;  // another program, while foreign; an intruder, in a call
  uint64_t call = 0;   // 0: none
  std::string user, number, name;
  uint32_t dte_rate_bps = 0, line_rate_bps = 0;
  ClientId client = 0;
  std::string client_text;
  Why last_why = Why::none;
  uint64_t calls_total = 0, leases_total = 0;
  Counters now, total;  // of the call; of all calls that ended
  bool operator==(Snapshot const&) const = default;
};
LineCondition line_condition(Snapshot const&);
HardwareCondition hardware_condition(Snapshot const&);

/// The condition after one more change.
Snapshot fold(Snapshot, Instant at, Change const&);

/// A place in the log: which run of the manager (from 1; a later run has a higher one), and the entry.
struct Place {
  uint64_t epoch = 0, seq = 0;
  auto operator<=>(Place const&) const = default;
};
/// Everybody's condition, up to and with the entry at `place`.
struct Picture {
  Place place;
  std::map<std::string, Snapshot, std::less<>> ports;
  bool operator==(Picture const&) const = default;
};
/// A picture with one more entry, which must be the next.
void apply(Picture&, Entry const&);

/// The log's head: numbers the changes of all ports, and keeps the picture.
class Log {
 public:
  explicit Log(uint64_t epoch) { picture_.place.epoch = epoch; }
  Entry append(Instant now, std::string port, Change change);
  Picture const& picture() const { return picture_; }

 private:
  Picture picture_;
};

/// An observer's copy. Entries may be dropped, doubled or reordered on the way; a gap makes it ask for a
/// picture.
class Follower {
 public:
  enum class Needs : uint8_t { nothing, picture };
  /// Needs::picture until a picture comes that closes the gap.
  Needs on_entry(uint64_t epoch, Entry const&);
  Needs on_picture(Picture);
  Needs needs() const { return heard_ > picture_.place ? Needs::picture : Needs::nothing; }
  Picture const& picture() const { return picture_; }

 private:
  Picture picture_;
  Place heard_{0, 1};  // the latest entry heard of: a picture is needed from the start
};

}  // namespace offhook::port
