// One call attempt: a port is leased, the entry's devices are talked to in order, its numbers are tried in
// order and again, and whatever happens the port is given back and one result is told.
//
// Pure: it is driven by calls and reads no clock. After every call the driver drains poll_action() and then
// asks next_timeout(). It does not know sockets, ttys, phonebooks or what a connected call is used for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dialer/call/plan.h"
#include "emulator/base/time.h"
#include "emulator/base/timers.h"
#include "rasd/at/dialogue.h"

namespace offhook::call {

/// Named after RASCONNSTATE where it has a name. The table: states.cc.
enum class State : uint8_t {
  idle,                   // not begun
  open_port,              // RASCS_OpenPort: a lease is asked for
  port_opened,            // RASCS_PortOpened: it is granted, the tty is being taken
  prepare_device,         // the device is initialised
  connect_device,         // RASCS_ConnectDevice: it dials
  device_connected,       // RASCS_DeviceConnected: the next device is reached through it
  all_devices_connected,  // RASCS_AllDevicesConnected
  start_authentication,   // RASCS_StartAuthentication: PPP begins
  authenticate,           // RASCS_Authenticate: one end proves itself
  authenticated,          // RASCS_Authenticated: addresses are being agreed on
  retry_authentication,   // RASCS_RetryAuthentication: the user is asked for what is right
  prepare_for_callback,   // RASCS_PrepareForCallback: both ends let the call go
  wait_for_modem_reset,   // RASCS_WaitForModemReset: the line is dropped, the device initialised
  wait_for_callback,      // RASCS_WaitForCallback: until it rings
  answer_callback,        // the device takes the call that rings
  callback_complete,      // RASCS_CallbackComplete: PPP begins anew
  projected,              // RASCS_Projected: the call has its address
  connected,              // RASCS_Connected: the bytes, or the packets, are the caller's
  closing_link,           // PPP says good-bye
  cancelling,             // the device is told to stop
  returning_port,         // the port is given back, and the call goes on later
  waiting_for_redial,     // without a port
  hanging_up,             // the port is given back for good
  disconnected,           // RASCS_Disconnected: the result was told
};
inline constexpr size_t state_count = static_cast<size_t>(State::disconnected) + 1;
std::string_view name(State);

enum class Timer : uint8_t { lease, cancel, link, callback, release, redial, count_ };

/// What happened. The driver tells it by on().
enum class Event : uint8_t {
  start,
  refused,          // the manager's no: ras_error and text
  granted,          // text: the port's name
  opened,           // the tty of the lease is ours
  open_failed,      // text: why
  talked,           // a task of Talk has ended: outcome, text, line_rate_bps
  proving,          // of PPP: authentication has begun
  asked,            // it is refused, and another proof is heard: the user is asked for it. text: why
  answered,         // by the user
  proven,           // and is done, or nobody wanted any. text: what else the user should know
  callback_agreed,  // the far end ends the call, and calls. text: where, as far as it says
  projected,        // addresses are agreed on, and the network is up. text: ours
  idle,             // nothing has passed for the time that the plan gives. text: the sentence of the result
  link_ended,       // PPP is over: ras_error and text
  line_dropped,     // by DropLine
  rang,             // a burst: somebody calls
  carrier_lost,     // 109 fell, or the end was heard
  port_lost,        // the descriptor is dead. text: how that was seen
  lease_ended,      // the manager took the port back: cause and text
  released,         // the manager has it again
  manager_gone,     // the lease's connection ended without a word. text: how
  cancel,           // the user's wish, or the end of who used the call
  deadline,         // a timer's: on_timeout() tells it
  count_,
};
std::string_view name(Event);

struct Input {
  Event event = Event::start;
  std::string text = {};
  unsigned ras_error = 0;
  std::string cause = {};  // a terminate cause's name
  at::Outcome outcome = at::Outcome::ok;
  uint32_t line_rate_bps = 0;
};

/// Connects to the manager and asks for the plan's port: `granted`, `refused` or `manager_gone` follows.
struct AskLease {
  bool operator==(AskLease const&) const = default;
};
/// Takes the lease's descriptor: `opened` or `open_failed` follows.
struct OpenPort {
  bool operator==(OpenPort const&) const = default;
};
/// `talked` follows.
struct Talk {
  size_t device = 0;  // of the plan's devices
  at::Task task = at::Task::initialise;
  std::string number;
  bool operator==(Talk const&) const = default;
};
/// Ends a talk under way: `talked` follows.
struct StopTalk {
  bool operator==(StopTalk const&) const = default;
};
/// PPP over the line of the last device: `proving`, `proven`, `projected` follow, or `callback_agreed`, or
/// `link_ended`.
struct StartLink {
  bool called_back = false;  // this is the call back: no other is asked for
  bool operator==(StartLink const&) const = default;
};
/// Ends it in order: `link_ended` follows.
struct CloseLink {
  bool operator==(CloseLink const&) const = default;
};
/// Hangs up, and keeps the port: `line_dropped` follows.
struct DropLine {
  bool operator==(DropLine const&) const = default;
};
/// `rang` follows when somebody calls.
struct AwaitRing {
  bool operator==(AwaitRing const&) const = default;
};
/// Lets go of the tty and tells the manager: `released` follows.
struct Release {
  bool operator==(Release const&) const = default;
};
/// Ends the lease's connection, where there is one.
struct DropLease {
  bool operator==(DropLease const&) const = default;
};
/// The call stands at `state`. `text` is for the user, in plain language; empty: nothing worth a line.
struct Told {
  State state;
  std::string text;
  bool operator==(Told const&) const = default;
};
/// How the attempt ended, once.
struct Result {
  unsigned ras_error = 0;
  std::string text;  // a sentence that says what to do
  bool operator==(Result const&) const = default;
};
/// An oddity, for the log.
struct Note {
  std::string text;
  bool operator==(Note const&) const = default;
};
using Action = std::variant<AskLease, OpenPort, Talk, StopTalk, StartLink, CloseLink, DropLine, AwaitRing,
                            Release, DropLease, Told, Result, Note>;

class Call {
 public:
  explicit Call(Plan plan);

  void on(Instant now, Input const& input);
  /// Early or repeated calls are no-ops.
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const { return timers_.next(); }
  std::optional<Action> poll_action();

  State state() const { return state_; }
  Plan const& plan() const { return plan_; }
  std::string const& port() const { return port_; }  // of the lease, or as wished
  std::string const& number() const { return plan_.numbers[number_]; }
  /// What a device calls: its own number, or the one being tried.
  std::string const& called_by(size_t device) const {
    std::string const& own = plan_.devices[device].number;
    return own.empty() ? number() : own;
  }
  size_t number_index() const { return number_; }
  unsigned round() const { return round_; }                  // redials so far
  Duration pause() const { return pause_; }                  // before the next attempt
  uint32_t line_rate_bps() const { return line_rate_bps_; }  // of the last carrier; 0: not told
  std::string const& address() const { return address_; }    // ours, once projected
  /// Where the far end calls back; empty where it does not say.
  std::string const& callback_number() const { return callback_number_; }
  unsigned unexpected_events() const { return unexpected_; }

  bool operator==(Call const&) const = default;

 private:
  struct Move;
  static Move const* find(State from, Event on);

  void enter(Instant now, State next);
  void tell(std::string text);
  void emit(Action action) { actions_.push_back(std::move(action)); }

  // What a move does; each enters its state.
  void asks(Instant now, Input const& input);
  void refused(Instant now, Input const& input);
  void granted(Instant now, Input const& input);
  void opened(Instant now, Input const& input);
  void not_opened(Instant now, Input const& input);
  void prepared(Instant now, Input const& input);
  void dialled(Instant now, Input const& input);
  void carrier_lost(Instant now, Input const& input);
  void proving(Instant now, Input const& input);
  void asked(Instant now, Input const& input);
  void proven(Instant now, Input const& input);
  void got_address(Instant now, Input const& input);
  void link_failed(Instant now, Input const& input);
  void link_over(Instant now, Input const& input);
  void idled(Instant now, Input const& input);
  void close_link(Instant now, Input const& input);
  void link_closed(Instant now, Input const& input);
  void line_over(Instant now, Input const& input);

  // call_back.cc
  void will_be_called_back(Instant now, Input const& input);
  void let_go(Instant now, Input const& input);
  void line_dropped(Instant now, Input const& input);
  void reset(Instant now, Input const& input);
  void rang(Instant now, Input const& input);
  void answered(Instant now, Input const& input);
  void not_called_back(Instant now, Input const& input);
  size_t own_device() const;

  void port_lost(Instant now, Input const& input);
  void taken_back(Instant now, Input const& input);
  void taken_back_at_the_end(Instant now, Input const& input);
  void no_manager(Instant now, Input const& input);
  void manager_gone(Instant now, Input const& input);
  void manager_gone_at_the_end(Instant now, Input const& input);
  void no_grant(Instant now, Input const& input);
  void cancelled(Instant now, Input const& input);
  void cancelled_without_port(Instant now, Input const& input);
  void stop_talk(Instant now, Input const& input);
  void hung_up(Instant now, Input const& input);
  void stopped(Instant now, Input const& input);
  void returned(Instant now, Input const& input);
  void not_returned(Instant now, Input const& input);
  void released(Instant now, Input const& input);
  void not_released(Instant now, Input const& input);
  void ignore(Instant, Input const&) {}

  void end(Instant now, State by_way_of, unsigned ras_error, std::string text);
  void prepare(Instant now);
  void dial(Instant now);
  void device_done(Instant now);
  void number_failed(Instant now, at::Outcome outcome);
  bool next_number();
  bool next_round();
  bool behind_a_carrier() const;

  Plan plan_;
  State state_ = State::idle;
  std::string port_;
  size_t device_ = 0, number_ = 0;
  unsigned round_ = 0;           // redials so far
  std::vector<bool> worthless_;  // numbers that are not worth another attempt
  Duration pause_{};             // before the lease is asked for anew
  uint32_t line_rate_bps_ = 0;
  std::string address_;
  std::string callback_number_;
  Instant callback_until_{};  // for all that rings till then
  bool called_back_ = false;  // the call that stands, or is waited for, is the far end's
  Result result_;
  unsigned unexpected_ = 0;
  Timers<Timer> timers_;
  std::vector<Action> actions_;
  size_t next_action_ = 0;
};

}  // namespace offhook::call
