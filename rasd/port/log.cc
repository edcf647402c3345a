#include "rasd/port/log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace offhook::port {
namespace {

struct StateWords {
  State state;
  std::string_view name;
  LineCondition line;
};
constexpr StateWords states[] = {
    {State::absent, "absent", LineCondition::non_operational},
    {State::opening, "opening", LineCondition::initializing},
    {State::initialising, "initialising", LineCondition::initializing},
    {State::listening, "listening", LineCondition::listening},
    {State::ringing, "ringing", LineCondition::listening},
    {State::answering, "answering", LineCondition::initializing},
    {State::authenticating, "authenticating", LineCondition::authenticating},
    {State::connected, "connected", LineCondition::authenticated},
    {State::leased, "leased", LineCondition::disconnected},
    {State::foreign, "foreign", LineCondition::non_operational},
    {State::hanging_up, "hanging_up", LineCondition::disconnected},
    {State::recovering, "recovering", LineCondition::initializing},
    {State::failed, "failed", LineCondition::non_operational},
    {State::disabled, "disabled", LineCondition::non_operational},
};
static_assert(std::size(states) == static_cast<size_t>(State::count_));

struct WhyWords {
  Why why;
  std::string_view name;
  unsigned radius;
};
constexpr WhyWords whys[] = {
    {Why::none, "none", 0},
    {Why::user_request, "user_request", 1},
    {Why::lost_carrier, "lost_carrier", 2},
    {Why::lost_service, "lost_service", 3},
    {Why::idle_timeout, "idle_timeout", 4},
    {Why::session_timeout, "session_timeout", 5},
    {Why::admin_reset, "admin_reset", 6},
    {Why::manager_reboot, "manager_reboot", 11},
    {Why::port_error, "port_error", 8},
    {Why::device_gone, "device_gone", 8},
    {Why::lease_over, "lease_over", 18},
    {Why::no_answer, "no_answer", 1},
    {Why::foreign, "foreign", 13},
    {Why::user_error, "user_error", 17},
    {Why::callback, "callback", 16},
};
static_assert(std::size(whys) == static_cast<size_t>(Why::count_));

constexpr FailureRow failures[] = {
    {Failure::none, "none", "", 0, HardwareCondition::operational},
    {Failure::silent, "silent",
     "the device does not answer: nobody else holds the port, there is no carrier and no echo", 692,
     HardwareCondition::not_responding},
    {Failure::echo, "echo", "only our own characters come back: a loop or a cooked program, not a modem", 652,
     HardwareCondition::incorrect_response},
    {Failure::garbage, "garbage", "what comes back is nothing that the device's script knows", 652,
     HardwareCondition::incorrect_response},
    {Failure::refused, "refused", "the device refuses its init commands", 651,
     HardwareCondition::incorrect_response},
    {Failure::carrier, "carrier", "a call stands on the line and cannot be ended", 666,
     HardwareCondition::unknown},
    {Failure::denied, "denied", "the port may not be opened", 618, HardwareCondition::unknown},
    {Failure::unopenable, "unopenable", "the port cannot be opened", 618, HardwareCondition::unknown},
    {Failure::busy, "busy", "the port is held (EBUSY) by a program that cannot be seen", 633,
     HardwareCondition::unknown},
    {Failure::lost, "lost", "the port was hung up while the modem was being set up", 666,
     HardwareCondition::unknown},
    {Failure::stuck, "stuck", "a step of the manager's own was not answered in its time", 666,
     HardwareCondition::unknown},
    {Failure::not_ready, "not_ready",
     "the device is there and not ready (107/DSR is off): it is switched off, or its cable is out", 666,
     HardwareCondition::unknown},
};
static_assert(std::size(failures) == static_cast<size_t>(Failure::count_));

constexpr std::string_view kinds[] = {"state",       "opened",      "failure", "holder",  "call_began",
                                      "caller",      "connected",   "user",    "traffic", "call_ended",
                                      "lease_began", "lease_ended", "removed"};
static_assert(std::size(kinds) == static_cast<size_t>(Change::Kind::count_));

constexpr std::string_view line_words[] = {"non-operational", "disconnected",  "calling back", "listening",
                                           "authenticating",  "authenticated", "initializing"};
constexpr std::string_view hardware_words[] = {"operational", "not responding", "hardware failure",
                                               "incorrect response", "unknown"};

template <class Rows, class E>
auto const& nth(Rows const& rows, E e) {
  return rows[static_cast<size_t>(e)];
}

void enter(Snapshot& shown, Instant at, Change const& change) {
  shown.state = change.state;
  shown.since = at;
  if (change.state != State::failed) {
    shown.failure = Failure::none;
    shown.failure_text.clear();
  }
  shown.holder.clear();
}

void end_call(Snapshot& shown, Change const& change) {
  shown.last_why = change.why;
  shown.total.bytes_in += change.counters.bytes_in;
  shown.total.bytes_out += change.counters.bytes_out;
  shown.total.errors += change.counters.errors;
  shown.now = {};
  shown.call = 0;
  shown.line_rate_bps = 0;
  shown.user.clear();
  shown.number.clear();
  shown.name.clear();
}

}  // namespace

std::string_view name(State state) { return nth(states, state).name; }
std::string_view name(Why why) { return nth(whys, why).name; }
std::string_view name(LineCondition line) { return nth(line_words, line); }
std::string_view name(HardwareCondition hardware) { return nth(hardware_words, hardware); }
std::string_view name(Change::Kind kind) { return nth(kinds, kind); }
unsigned radius_cause(Why why) { return nth(whys, why).radius; }
FailureRow const& row(Failure failure) { return nth(failures, failure); }

LineCondition line_condition(Snapshot const& shown) { return nth(states, shown.state).line; }
HardwareCondition hardware_condition(Snapshot const& shown) {
  if (shown.state == State::absent || shown.state == State::foreign) return HardwareCondition::unknown;
  return row(shown.failure).hardware;
}

Snapshot fold(Snapshot shown, Instant at, Change const& change) {
  using enum Change::Kind;
  switch (change.kind) {
    case state:
      enter(shown, at, change);
      break;
    case opened:
      shown.dte_rate_bps = change.rate_bps;
      break;
    case failure:
      shown.failure = change.failure;
      shown.failure_text = change.text;
      break;
    case holder:
      shown.holder = change.text;
      break;
    case call_began:
      shown.call = change.call;
      ++shown.calls_total;
      break;
    case caller:
      shown.number = change.number;
      shown.name = change.name;
      break;
    case connected:
      shown.line_rate_bps = change.rate_bps;
      break;
    case user:
      shown.user = change.text;
      break;
    case traffic:
      shown.now = change.counters;
      break;
    case call_ended:
      end_call(shown, change);
      break;
    case lease_began:
      shown.client = change.client;
      shown.client_text = change.text;
      ++shown.leases_total;
      break;
    case lease_ended:
      end_call(shown, change);
      shown.client = 0;
      shown.client_text.clear();
      break;
    case removed:
    case count_:
      break;
  }
  return shown;
}

void apply(Picture& picture, Entry const& entry) {
  picture.place.seq = entry.seq;
  if (entry.change.kind == Change::Kind::removed) {
    picture.ports.erase(entry.port);
    return;
  }
  Snapshot& shown = picture.ports[entry.port];
  shown = fold(std::move(shown), entry.at, entry.change);
}

Entry Log::append(Instant now, std::string port, Change change) {
  Entry entry{picture_.place.seq + 1, now, std::move(port), std::move(change)};
  apply(picture_, entry);
  return entry;
}

Follower::Needs Follower::on_entry(uint64_t epoch, Entry const& entry) {
  Place const place{epoch, entry.seq};
  if (place == Place{picture_.place.epoch, picture_.place.seq + 1}) apply(picture_, entry);
  heard_ = std::max(heard_, place);
  return needs();
}

Follower::Needs Follower::on_picture(Picture picture) {
  if (picture.place >= picture_.place) picture_ = std::move(picture);
  return needs();
}

}  // namespace offhook::port
