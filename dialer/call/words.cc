#include "dialer/call/words.h"

#include <array>
#include <iterator>

#include "emulator/base/text.h"

namespace offhook::call {
namespace {

using at::Outcome;

struct OutcomeRow {
  Outcome outcome;
  After after;
  std::string_view words;  // after the number
};
constexpr OutcomeRow outcome_rows[] = {
    {Outcome::busy, After::redial, "is busy"},
    {Outcome::no_answer, After::redial, "does not answer"},
    {Outcome::no_carrier, After::redial, "gives no carrier"},
    {Outcome::congested, After::redial, "cannot be reached: the network is congested"},
    {Outcome::cleared, After::redial, "cleared the call"},
    {Outcome::out_of_order, After::redial, "is out of order"},
    {Outcome::voice, After::next_number, "is answered by a voice"},  // people are not called again and again
    {Outcome::delayed, After::next_number, "is held back by the modem for a while"},
    {Outcome::unobtainable, After::next_number, "is not a number the network knows"},
    {Outcome::barred, After::next_number, "is barred by the network"},
    {Outcome::incompatible, After::next_number, "speaks something else"},
    {Outcome::refused, After::next_number, "is refused by the device"},
};

struct CauseRow {
  std::string_view cause;
  unsigned ras;
  std::string_view advice;
};
constexpr CauseRow cause_rows[] = {
    {"user_request", 631, "The call was hung up."},
    {"lost_carrier", 629, "The far end hung up, or the line was lost: dial again."},
    {"idle_timeout", 628, "Nothing passed for the idle time that is configured: dial again."},
    {"session_timeout", 628, "The longest time of a call is over: dial again."},
    {"admin_reset", 628, "The port was taken back by its administrator: ask there, or dial again."},
    {"manager_reboot", 668, "The port manager was started anew: dial again."},
    {"port_error", 619, "The device stopped answering: see 'rasadmin ports'."},
    {"device_gone", 619, "The device is not there any more: see that its cable is in."},
    {"foreign", 633, "Another program took the port: see 'rasadmin who'."},
};
constexpr CauseRow other_cause{"", 628, "The port manager took the port back: see 'rasadmin ports'."};

constexpr CauseRow const& row_of(std::string_view cause) {
  for (CauseRow const& each : cause_rows)
    if (each.cause == cause) return each;
  return other_cause;
}
constexpr OutcomeRow const* row_of(Outcome outcome) {
  for (OutcomeRow const& each : outcome_rows)
    if (each.outcome == outcome) return &each;
  return nullptr;
}

/// Numbers come from files and people: what is no printable text is escaped.
std::string shown(std::string const& text) { return escaped(std::string_view(text)); }

std::string dialling(Call const& call, size_t device) {
  std::string const& called = call.called_by(device);
  if (called.empty()) return "Calling over " + call.port() + " ...";
  std::string text = "Dialling " + shown(called);
  size_t const of = call.plan().numbers.size();
  if (of > 1 && call.plan().devices[device].number.empty())
    text += " (" + std::to_string(call.number_index() + 1) + " of " + std::to_string(of) + ")";
  return text + " ...";
}

std::string connected(Call const& call) {
  std::string text = "Connected to " + call.plan().entry;
  if (call.plan().entry.empty())
    text = "Connected to " + (call.number().empty() ? call.port() : shown(call.number()));
  if (call.line_rate_bps() != 0) text += " at " + std::to_string(call.line_rate_bps()) + " bps";
  if (!call.address().empty()) text += " as " + call.address();
  return text;
}

std::string waiting(Call const& call) {
  auto const seconds = std::chrono::ceil<std::chrono::seconds>(call.pause()).count();
  if (seconds == 0) return {};
  return "Dialling again in " + std::to_string(seconds) + " s (attempt " + std::to_string(call.round() + 1) +
         " of " + std::to_string(call.plan().redial_attempts + 1) + ") ...";
}

std::string preparing(Call const& call, size_t device) {
  return "Initialising " + std::string(words(call.plan().devices[device].kind)) + " ...";
}

std::string to_be_called(Call const& call) {
  std::string const& number = call.callback_number();
  std::string const where =
      number.empty() ? ", at the number that it has for this user" : " at " + shown(number);
  return "The far end will call back" + where + ": hanging up ...";
}

std::string called_back(Call const& call) {
  std::string text = "Called back";
  if (call.line_rate_bps() != 0) text += " at " + std::to_string(call.line_rate_bps()) + " bps";
  return text;
}

std::string reached(Call const& call, size_t device) {
  if (device + 1 == call.plan().devices.size()) return {};  // `connected` says it
  std::string text = "Through " + std::string(words(call.plan().devices[device].kind));
  if (call.line_rate_bps() != 0) text += " at " + std::to_string(call.line_rate_bps()) + " bps";
  return text;
}

}  // namespace

std::string_view words(Device::Kind kind) {
  constexpr std::array<std::string_view, 4> names{"the switch", "the modem", "the PAD",
                                                  "the switch behind the line"};
  return names[static_cast<size_t>(kind)];
}

std::string progress(Call const& call, size_t device) {
  switch (call.state()) {
    case State::open_port:
      return "Opening " + (call.port().empty() ? "a port" : shown(call.port())) + " ...";
    case State::port_opened:
      return call.plan().port.empty() ? "Using " + shown(call.port()) : std::string();
    case State::prepare_device:
      return preparing(call, device);
    case State::connect_device:
      return dialling(call, device);
    case State::device_connected:
      return reached(call, device);
    case State::start_authentication:
      return "Negotiating with the far end ...";
    case State::authenticate:
      return "Authenticating" + (call.plan().ppp->user.empty() ? "" : " as " + shown(call.plan().ppp->user)) +
             " ...";
    case State::authenticated:
      return "Registering on the network ...";
    case State::prepare_for_callback:
      return to_be_called(call);
    case State::wait_for_modem_reset:
      return preparing(call, device);
    case State::wait_for_callback:
      return "Waiting to be called back ...";
    case State::answer_callback:
      return "It rings: answering ...";
    case State::callback_complete:
      return called_back(call);
    case State::projected:
      return "Registered on the network as " + call.address();
    case State::connected:
      return connected(call);
    case State::cancelling:
      return "Cancelling ...";
    case State::waiting_for_redial:
      return waiting(call);
    case State::hanging_up:
      return "Giving " + shown(call.port()) + " back ...";
    case State::idle:
    case State::all_devices_connected:
    case State::retry_authentication:
    case State::closing_link:
    case State::returning_port:
    case State::disconnected:
      break;
  }
  return {};
}

std::string_view condition(State state) {
  switch (state) {
    case State::port_opened:
      return "opening";
    case State::prepare_device:
      return "initialising";
    case State::connect_device:
      return "dialling";
    case State::start_authentication:
    case State::authenticate:
    case State::retry_authentication:
      return "authenticating";
    case State::authenticated:
      return "projecting";
    case State::prepare_for_callback:
    case State::wait_for_modem_reset:
    case State::wait_for_callback:
      return "waiting_for_callback";
    case State::answer_callback:
      return "answering";
    case State::connected:
      return "connected";
    case State::cancelling:
      return "cancelling";
    case State::closing_link:
    case State::returning_port:
    case State::hanging_up:
      return "hanging_up";
    case State::idle:
    case State::open_port:
    case State::device_connected:
    case State::all_devices_connected:
    case State::callback_complete:
    case State::projected:
    case State::waiting_for_redial:
    case State::disconnected:
      break;
  }
  return {};
}

std::string what_happened(std::string const& number, at::Outcome outcome) {
  OutcomeRow const* const found = row_of(outcome);
  std::string const who = number.empty() ? "The far end" : shown(number);
  return who + " " + std::string(found ? found->words : at::name(outcome));
}

std::string failure(Call const& call, size_t device, at::Outcome outcome) {
  std::string who;
  if (outcome == Outcome::silent)
    who = "Nobody else holds " + call.port() + ", and " +
          std::string(words(call.plan().devices[device].kind)) + " is silent. ";
  else if (row_of(outcome) && !call.number().empty())
    who = shown(call.number()) + ": ";
  return who + std::string(at::advice(outcome));
}

std::string late_callback(Call const& call, Duration waited) {
  std::string const& number = call.callback_number();
  return "Nobody called back within " + std::to_string(waited / 1s) + " s: see that " +
         (number.empty() ? "the number that the far end has for this user" : shown(number)) +
         " is this line's, or ask there.";
}

After after(at::Outcome outcome) {
  OutcomeRow const* const found = row_of(outcome);
  return found ? found->after : After::end;
}

std::string link_failure(unsigned ras_error, std::string const& text) {
  struct Row {
    unsigned ras;
    std::string_view advice;
  };
  static constexpr Row rows[] = {
      {691, "see user, password and domain, and who may dial in"},
      {704, "name the number of this line with --callback, or ask there whom it calls back"},
      {718, "dial again, or ask the far end's administrator"},
      {720, "see what network protocols both ends are set to use"},
      {721, "see that this number is one that answers with PPP"},
      {733, "see what network protocols both ends are set to use"},
      {734, "see what authentication and encryption both ends ask for"},
      {737, "see that the number is not one that echoes, and that the modem is not in command state"},
      {738, "the far end may have no address left: dial again later"},
      {741, "see what encryption both ends ask for"},
      {742, "see what encryption both ends ask for"},
  };
  for (Row const& row : rows)
    if (row.ras == ras_error) return text + ": " + std::string(row.advice) + ".";
  return text + ".";
}

Result dropped(unsigned ras_error, std::string const& text) {
  struct Row {
    unsigned of_link, ras;
    std::string_view words;  // in place of the link's own; empty: those
  };
  static constexpr Row rows[] = {
      {668, 629, "The far end hung up, or the line was lost"},
      {719, 629, ""},
      {721, 668, "The far end answers no more, though the line still stands"},
  };
  for (Row const& row : rows)
    if (row.of_link == ras_error)
      return {row.ras, (row.words.empty() ? text : std::string(row.words)) + ": dial again."};
  return {ras_error, link_failure(ras_error, text)};
}

unsigned ras_error_of_cause(std::string_view cause) { return row_of(cause).ras; }
std::string_view advice_on_cause(std::string_view cause) { return row_of(cause).advice; }

}  // namespace offhook::call
