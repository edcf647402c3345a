// What the DTE types: the service request, commands, and data that is assembled, echoed, edited and
// forwarded.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "emulator/pad/pad.h"
#include "emulator/pad/states.h"

namespace offhook::pad {
namespace {

constexpr size_t packet_limit = 128;  // X.25's default user data field
constexpr size_t echo_limit = 4096;   // bytes for the DTE in one call
constexpr Duration idle_unit = 50ms;  // parameter 4: 1/20 s
constexpr Duration half_line_limit = 60s;
constexpr char bell = 0x07;
constexpr uint8_t lf_into_data = 2;   // parameter 13
constexpr uint8_t checks_parity = 1;  // parameter 21

}  // namespace

/// True where data passes without a look: then only the packet's size and the idle timer forward it.
bool Pad::transparent() const {
  if (state_ != State::data_transfer || output_.page_full(parameters_)) return false;
  for (auto const ref : {Ref::recall, Ref::echo, Ref::forwarding, Ref::flow_control, Ref::editing})
    if (parameters_[ref] != 0) return false;
  return !(parameters_[Ref::lf_insertion] & lf_into_data) && !(parameters_[Ref::parity] & checks_parity);
}

/// Whole packets pass untouched while none is half assembled; what is left begins the next one.
Split Pad::pass_packets(Instant now, Bytes bytes) {
  if (packet_.empty() && bytes.size() >= packet_limit) return {bytes.size() / packet_limit * packet_limit, 0};
  bytes = bytes.first(std::min(bytes.size(), packet_limit - packet_.size()));
  for (std::byte const byte : bytes) packet_ += static_cast<char>(byte);
  assembled(now, packet_.back());
  return {0, bytes.size()};
}

/// Ends early once a command was executed, the data may pass without a look, or enough was said.
size_t Pad::take_characters(Instant now, Bytes bytes) {
  auto const said = [this] {
    auto const* last = actions_.empty() ? nullptr : std::get_if<ToDte>(&actions_.back());
    return last == nullptr ? 0 : last->bytes.size();
  };
  for (size_t taken = 0; taken < bytes.size();) {
    State const before = state_;
    take_character(now, static_cast<char>(bytes[taken++]));
    if (state_ != before || said() > echo_limit || transparent()) return taken;
  }
  return bytes.size();
}

void Pad::take_character(Instant now, char c) {
  if ((parameters_[Ref::parity] & checks_parity) != 0) {
    if (std::popcount(static_cast<unsigned char>(c)) & 1) return to_dte({bell});  // in error: not taken
    c = static_cast<char>(c & 0x7f);
  }
  switch (row(state_).input) {
    case Input::service_request:
      return take_service_request(now, static_cast<char>(c & 0x7f));
    case Input::commands:
      return take_command_character(now, static_cast<char>(c & 0x7f));
    case Input::data:
      return take_data_character(now, c);
    case Input::flow_control:
      if (output_.page_full(parameters_) && (c & 0x7f) == xon) return resume_output();
      flow_controlled(static_cast<char>(c & 0x7f));
      return;
    case Input::ignored:
      return;
  }
}

/// Nothing is echoed before the first CR: a program that echoes what it gets would never end. What stands
/// before that CR, if it is more than dots, is a command already.
void Pad::take_service_request(Instant now, char c) {
  if (!circuits_.on(v24::Circuit::dtr)) return;
  if (c != '\r') {
    if (c >= ' ' && c != 0x7f && line_.size() <= command_limit) line_ += c;
    timers_.set(Timer::half_line, now + half_line_limit);
    return;
  }
  if (line_.find_first_not_of(". ") == std::string::npos) line_.clear();
  home_ = State::pad_waiting;
  enter(now, State::pad_waiting, "service request");
  signal(options_.identification);
  run_line(now);
}

void Pad::take_command_character(Instant now, char c) {
  if (flow_controlled(c)) return;
  if (state_ == State::waiting_for_command && line_.empty() && is_recall(c)) {
    // The recall character twice is one as data.
    enter(now, State::data_transfer, "recall character as data");
    packet_ += c;
    return assembled(now, c);
  }
  if (c == '\r' || c == '+') {
    echo(c, false);
    return run_line(now);
  }
  timers_.set(Timer::half_line, now + half_line_limit);
  if (Edit const kind = edit_of(c); kind != Edit::none) return edit(line_, kind, c);
  if (c < ' ' || c == 0x7f) return;
  if (!secret(line_, c)) echo(c, false);
  if (line_.size() <= command_limit) line_ += c;  // one more than may be, so that it is seen to be too long
}

void Pad::take_data_character(Instant now, char c) {
  char const seven = static_cast<char>(c & 0x7f);
  if (output_.page_full(parameters_) && seven == xon) return resume_output();
  if (flow_controlled(seven)) return;
  if (is_recall(seven)) return escape(now, "recall character");
  if (parameters_[Ref::editing] != 0)
    if (Edit const kind = edit_of(seven); kind != Edit::none) return edit(packet_, kind, seven);
  packet_ += c;
  echo(c, parameters_[Ref::editing] == 0 && edit_of(seven) != Edit::none);
  if (seven == '\r' && (parameters_[Ref::lf_insertion] & lf_into_data)) packet_ += '\n';
  assembled(now, seven);
}

/// Parameter 12: the DTE stops and starts what it gets by X-OFF and X-ON, which are then no data.
bool Pad::flow_controlled(char c) {
  if (parameters_[Ref::flow_control] == 0 || (c != xon && c != xoff)) return false;
  received_ = c == xoff ? Flow::stopped : Flow::going;
  return true;
}

bool Pad::is_recall(char c) const {
  uint8_t const recall = parameters_[Ref::recall];
  return recall != 0 && c == (recall == 1 ? 0x10 : recall);
}

/// A character was put into the packet: is it to be forwarded (X.28 4.4)? Editing suspends the idle timer.
void Pad::assembled(Instant now, char last) {
  if (packet_.size() >= packet_limit || forwards(parameters_, last)) return forward();
  uint8_t const idle = parameters_[Ref::idle_timer];
  if (idle != 0 && parameters_[Ref::editing] == 0) timers_.set(Timer::idle, now + idle * idle_unit);
}

void Pad::forward() {
  timers_.cancel(Timer::idle);
  if (!packet_.empty()) emit(ToLine{std::exchange(packet_, {})});
}

void Pad::escape(Instant now, std::string_view why) {
  forward();
  output_.new_page();
  enter(now, State::waiting_for_command, why);
  prompt();
}

void Pad::resume_output() {
  output_.new_page();
  received_ = Flow::going;
}

void Pad::echo(char c, bool edits) {
  if (!echoes(parameters_, c, edits)) return;
  std::string out;
  output_.put(parameters_, Source::echo, c, out);
  to_dte(std::move(out));
}

Pad::Edit Pad::edit_of(char c) const {
  struct EditRow {
    Ref ref;
    Edit kind;
  };
  static constexpr std::array<EditRow, 3> edits{{{Ref::character_delete, Edit::character_delete},
                                                 {Ref::line_delete, Edit::line_delete},
                                                 {Ref::line_display, Edit::line_display}}};
  for (auto const& each : edits)
    if (parameters_[each.ref] == static_cast<unsigned char>(c)) return each.kind;
  return Edit::none;
}

/// X.28 3.6: editing, and the signals that show it (parameter 19): for printing terminals, for displays, or
/// one character.
void Pad::edit(std::string& buffer, Edit kind, char c) {
  constexpr std::string_view rubout = "\b \b";
  uint8_t const style = parameters_[Ref::editing_signals];
  bool const shown = style != 0 && parameters_[Ref::service_signals] != 0;
  std::string shows;
  if (kind == Edit::line_display) {
    shows = "\r\n" + buffer;
  } else if (kind == Edit::line_delete) {
    if (style == 2)
      for (size_t i = 0; i < buffer.size(); ++i) shows += rubout;
    else
      shows = "XXX\r\n";
    buffer.clear();
  } else if (!buffer.empty()) {
    shows = style == 1 ? "\\" : style == 2 ? std::string(rubout) : std::string(1, static_cast<char>(style));
    buffer.pop_back();
  }
  if (buffer.empty()) timers_.cancel(&buffer == &packet_ ? Timer::idle : Timer::half_line);
  if (!shown) return echo(c, true);
  std::string out;
  output_.put(parameters_, Source::signal, shows, out);
  to_dte(std::move(out));
}

}  // namespace offhook::pad
