// What the life of a port is told, and what it asks for. Facts come from the driver, which alone sees ttys,
// other processes and clocks; each is true at the moment it is told, and may be wrong a moment later.
//
// A question carries a ticket, and its answer the same: an answer to an older question is known as late and
// changes nothing. Facts that nobody asked for have ticket 0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/time.h"
#include "rasd/port/log.h"

namespace offhook::port {

using Ticket = uint32_t;

/// How the DTE's half of a dialogue with the device ended (rasd/at).
enum class Reply : uint8_t {
  ok,          // the device did as it was told
  connect,     // carrier: data follows
  no_carrier,  // the call was lost, or could not be made
  refused,     // ERROR, or what the script calls so
  garbage,     // it spoke, but nothing that the script knows
  echo,        // nothing but our own characters came back: a loop, or a cooked program, not a device
  silent,      // not a byte
};

/// Why a tty could not be opened or used.
enum class Trouble : uint8_t {
  absent,  // ENOENT, ENXIO, ENODEV: no such device now
  busy,    // EBUSY: somebody holds TIOCEXCL, or did and died
  denied,  // EACCES, EPERM
  other,
};

/// A circuit as far as it can be known: a tty without modem lines, or one told to ignore them, says unknown.
enum class Level : uint8_t { off, on, unknown };

// ---- facts ----
/// Somebody else holds the port: open, a lock file, flock, TIOCEXCL. Empty text: nobody does. A stale lock, a
/// TIOCEXCL whose program is dead, our service and our lease's client are nobody. A look that nobody asked
/// for, since an open or a lock was noticed, carries the era it began in (Port::era()): told after that, it
/// says nothing of now, and is to be taken again. 0: true at this moment, as where Lock found another's lock.
struct Ownership {
  Ticket ticket = 0;
  std::string holder;  // "minicom (pid 812, user anna, since 10:02:11): lock file LCK..ttyVM0"; empty: nobody
  bool operator==(Ownership const&) const = default;
};
/// Somebody opened the device or closed it: who has it now is asked at once, and he may be gone by then. Our
/// own opens and closes are told too, before the device has answered anything.
struct Touched {
  bool operator==(Touched const&) const = default;
};
struct Opened {
  Ticket ticket;
  uint32_t dte_rate_bps = 0;
  bool operator==(Opened const&) const = default;
};
struct OpenFailed {
  Ticket ticket;
  Trouble trouble;
  std::string text;
  bool operator==(OpenFailed const&) const = default;
};
/// The descriptor died (EIO, hang-up) without our asking.
struct Lost {
  bool operator==(Lost const&) const = default;
};
struct DeviceAppeared {
  bool operator==(DeviceAppeared const&) const = default;
};
struct DeviceGone {
  bool operator==(DeviceGone const&) const = default;
};
/// The circuits as they are now: the answer to Sample, or with ticket 0 on a change of 107 (edges of 109 and
/// RI are CarrierUp, CarrierLost and Ring).
struct Sampled {
  Ticket ticket = 0;
  Level carrier = Level::off;      // 109
  bool ring = false;               // a burst was seen since the last Arm
  Level device_ready = Level::on;  // 107
  Level bell =
      Level::unknown;  // 125 now: ON for as long as a burst lasts; unknown where it may come in pulses
  bool operator==(Sampled const&) const = default;
};
/// One burst: RING, or an RI edge, never both.
struct Ring {
  bool operator==(Ring const&) const = default;
};
/// Caller identity, between the first burst and the second.
struct CallerId {
  std::string number, name;
  bool operator==(CallerId const&) const = default;
};
struct CarrierUp {
  bool operator==(CarrierUp const&) const = default;
};
/// 109 fell, or NO CARRIER was read.
struct CarrierLost {
  bool operator==(CarrierLost const&) const = default;
};
/// Bytes wait to be read, and nobody has read them. Told again after every Arm while it is so.
struct Readable {
  bool operator==(Readable const&) const = default;
};
struct DialogueEnded {
  Ticket ticket;
  Reply reply;
  std::string text;            // what the device said last
  uint32_t line_rate_bps = 0;  // with connect
  bool operator==(DialogueEnded const&) const = default;
};
/// Every other holder of the descriptor has lost it.
struct Revoked {
  Ticket ticket;
  bool operator==(Revoked const&) const = default;
};
/// Somebody still holds it, and cannot be made to let go.
struct NotRevoked {
  Ticket ticket;
  std::string holder;
  bool operator==(NotRevoked const&) const = default;
};
/// The service's facts carry the ticket of its StartService.
struct ServiceStarted {
  Ticket ticket;
  bool operator==(ServiceStarted const&) const = default;
};
struct ServiceFailed {
  Ticket ticket;
  std::string text;
  bool operator==(ServiceFailed const&) const = default;
};
struct ServiceEnded {
  Ticket ticket;
  Why why = Why::user_request;
  bool operator==(ServiceEnded const&) const = default;
};
struct AuthenticationBegun {
  Ticket ticket;
  bool operator==(AuthenticationBegun const&) const = default;
};
struct Authenticated {
  Ticket ticket;
  std::string user;
  bool operator==(Authenticated const&) const = default;
};
/// The call's counters so far. Told now and then, and always before the fact that ends a call: they are what
/// the log keeps of it.
struct Traffic {
  Counters counters;
  bool operator==(Traffic const&) const = default;
};
/// The client's connection ended: it gave the lease back, or died.
struct ClientGone {
  ClientId client;
  bool operator==(ClientGone const&) const = default;
};

// ---- orders ----
struct Lease {
  ClientId client;
  std::string who;  // "rasdial (pid 812, user anna)"
  bool operator==(Lease const&) const = default;
};
struct HangUp {
  bool operator==(HangUp const&) const = default;
};
/// As HangUp, and from any state.
struct Reset {
  bool operator==(Reset const&) const = default;
};
/// Takes a Disable back, and a Remove that has not finished.
struct Enable {
  bool operator==(Enable const&) const = default;
};
struct Disable {
  bool operator==(Disable const&) const = default;
};
/// The configuration has no such port any more: a call under way ends as it ends, then Finished.
struct Remove {
  bool operator==(Remove const&) const = default;
};

using Event = std::variant<Ownership, Touched, Opened, OpenFailed, Lost, DeviceAppeared, DeviceGone, Sampled,
                           Ring, CallerId, CarrierUp, CarrierLost, Readable, DialogueEnded, Revoked,
                           NotRevoked, ServiceStarted, ServiceFailed, ServiceEnded, AuthenticationBegun,
                           Authenticated, Traffic, ClientGone, Lease, HangUp, Reset, Enable, Disable, Remove>;

// ---- actions ----
/// Look who holds the tty (locks first, then opens), and answer Ownership; not while there is no such device.
struct AskOwnership {
  Ticket ticket;
  bool operator==(AskOwnership const&) const = default;
};
/// Answered by Opened or OpenFailed.
struct Open {
  Ticket ticket;
  bool operator==(Open const&) const = default;
};
/// Takes our locks with it; what is not open is closed already.
struct Close {
  bool operator==(Close const&) const = default;
};
/// Ours from now on: lock files, flock, TIOCEXCL. Another's lock in the way is told as Ownership.
struct Lock {
  bool operator==(Lock const&) const = default;
};
struct Unlock {
  bool operator==(Unlock const&) const = default;
};
struct SetDtr {
  bool on;
  bool operator==(SetDtr const&) const = default;
};
/// From now on RING texts, RI edges and 109 are remembered; nothing that comes between Arm and Sample is
/// missed.
struct Arm {
  bool operator==(Arm const&) const = default;
};
/// Answered by Sampled.
struct Sample {
  Ticket ticket;
  bool operator==(Sample const&) const = default;
};
/// Reads what waits, and tells the RINGs and the carrier lost among it (law 6: only after AskOwnership said
/// nobody).
struct Read {
  bool operator==(Read const&) const = default;
};
enum class Dialogue : uint8_t {
  attention,   // AT
  escape,      // guard, +++, guard, ATH
  initialise,  // the init script
  answer,      // ATA, or what the script has
};
/// Answered by DialogueEnded; RINGs heard on the way are told.
struct Talk {
  Ticket ticket;
  Dialogue dialogue;
  bool operator==(Talk const&) const = default;
};
/// A dialogue under way is forgotten.
struct HushUp {
  bool operator==(HushUp const&) const = default;
};
/// Nobody else may still hold the descriptor: a fresh pty, or vhangup; what must be open for it, the driver
/// opens. Answered by Revoked or NotRevoked.
struct Revoke {
  Ticket ticket;
  bool operator==(Revoke const&) const = default;
};
/// Answered by ServiceStarted or ServiceFailed.
struct StartService {
  Ticket ticket;
  bool operator==(StartService const&) const = default;
};
/// Answered by ServiceEnded once it is dead.
struct StopService {
  bool at_once;    // SIGKILL; else its terminal hangs up and it has until the next deadline
  bool line_over;  // carrier or device are gone: nobody hears a good-bye
  bool operator==(StopService const&) const = default;
};
/// A second open for the client, passed to it; the lock file in its name.
struct Grant {
  ClientId client;
  bool operator==(Grant const&) const = default;
};
/// RAS error and a sentence; the request came to nothing.
struct Refuse {
  ClientId client;
  unsigned ras_error;
  std::string text;
  bool operator==(Refuse const&) const = default;
};
/// The lease is over: the client is told why and its connection closed.
struct EndLease {
  ClientId client;
  Why why;
  bool operator==(EndLease const&) const = default;
};
/// After Remove: nothing is held any more.
struct Finished {
  bool operator==(Finished const&) const = default;
};
/// For the program's log, one line: "port ttyVM0 {answering} connect -> connected (answer_limit cancelled,
/// call 17)".
struct Note {
  std::string text;
  bool operator==(Note const&) const = default;
};

/// A Change is for the port log (Log::append).
using Action =
    std::variant<AskOwnership, Open, Close, Lock, Unlock, SetDtr, Arm, Sample, Read, Talk, HushUp, Revoke,
                 StartService, StopService, Grant, Refuse, EndLease, Finished, Note, Change>;

/// An event or an action as a short text for logs and transcripts: "ownership minicom", "ask_ownership".
std::string text(Event const&);
std::string text(Action const&);

}  // namespace offhook::port
