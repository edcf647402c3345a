// What a session agrees with its peer: options by the Q method, and what follows from an agreement.
#include <algorithm>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/telnet/session.h"

namespace offhook::telnet {
namespace {

constexpr size_t index(Side side) { return static_cast<size_t>(side); }
constexpr char octet(Command command) { return static_cast<char>(command); }

Command verb(Side side, Say what) {
  if (side == Side::us) return what == Say::on ? Command::will : Command::wont;
  return what == Say::on ? Command::do_ : Command::dont;
}

}  // namespace

void Session::start() {
  for (size_t i = 0; i < option_count; ++i)
    for (Side side : both_sides)
      if (asks(options_, role_, side, i)) (void)ask(side, option_at(i), true);
}

bool Session::ask(Side side, Option option, bool on) {
  auto const code = static_cast<uint8_t>(option);
  if (!index_of(code) || !room_to_reply()) return false;
  apply(side, code, on ? QInput::ask_on : QInput::ask_off);
  return true;
}

bool Session::send_break() {
  if (!room_to_reply()) return false;
  char const bytes[] = {octet(Command::iac), octet(Command::brk)};
  reply(as_bytes({bytes, sizeof bytes}));
  return true;
}

bool Session::send_com_port(std::string_view command) {
  constexpr size_t frame = 5;  // IAC SB COM-PORT-OPTION ... IAC SE
  auto const doubled = static_cast<size_t>(std::ranges::count(command, octet(Command::iac)));
  if (!speaks_com_port() || replies_.room() < frame + command.size() + doubled) return false;
  subnegotiate(Option::com_port, command);
  return true;
}

void Session::hear(Side side, uint8_t code, bool on) {
  // RFC 860: a timing mark is asked for each time and changes no state; peers throw output away until they
  // get their answer.
  if (static_cast<Option>(code) == Option::timing_mark && side == Side::us)
    return on ? tell(side, code, Say::on) : void();
  auto const known = index_of(code);
  if (!on)
    apply(side, code, QInput::off);
  else
    apply(side, code, known && agrees(options_, role_, side, *known) ? QInput::welcome : QInput::unwelcome);
}

void Session::apply(Side side, uint8_t code, QInput input) {
  QState const before = state(side, code);
  auto const [next, say] = step(before, input);
  if (input == QInput::unwelcome && before == QState::no) {
    // RFC 1143 refuses each time; a peer that asks again on a refusal would never end.
    if (refused_[index(side)].test(code)) return;
    refused_[index(side)].set(code);
  }
  if (auto const known = index_of(code)) states_[index(side)][*known] = next;
  if (say != Say::nothing) tell(side, code, say);
  changed(side, code, before, next);
}

void Session::changed(Side side, uint8_t code, QState before, QState now) {
  if (before == now) return;
  auto const option = static_cast<Option>(code);
  if (option == Option::binary && side == Side::him) last_data_ = LastData::other;
  if (now != QState::yes) return;
  constexpr char send[] = {static_cast<char>(terminal_type_send)};
  if (option == Option::terminal_type && side == Side::him) subnegotiate(option, {send, sizeof send});
  if (option == Option::window_size && side == Side::us) tell_window_size();
}

void Session::tell(Side side, uint8_t code, Say what) {
  char const bytes[] = {octet(Command::iac), octet(verb(side, what)), static_cast<char>(code)};
  reply(as_bytes({bytes, sizeof bytes}));
}

void Session::tell_terminal_type() {
  // RFC 1091: a peer that asks again hears the last of the list again; ours has one name.
  subnegotiate(Option::terminal_type,
               std::string(1, static_cast<char>(terminal_type_is)) + options_.terminal);
}

void Session::tell_window_size() {
  auto const [columns, rows] = options_.window.value_or(WindowSize{0, 0});
  char const size[] = {static_cast<char>(columns >> 8), static_cast<char>(columns & 0xff),
                       static_cast<char>(rows >> 8), static_cast<char>(rows & 0xff)};
  subnegotiate(Option::window_size, {size, sizeof size});
}

void Session::subnegotiate(Option option, std::string_view parameters) {
  std::string bytes{octet(Command::iac), octet(Command::sb), static_cast<char>(option)};
  for (char c : parameters) bytes.append(c == octet(Command::iac) ? 2 : 1, c);  // RFC 855
  bytes += {octet(Command::iac), octet(Command::se)};
  reply(as_bytes(bytes));
}

/// There is room: whoever leads here asked room_to_reply() first.
void Session::reply(Bytes bytes) { OFFHOOK_CHECK(replies_.push(bytes) == bytes.size()); }

QState Session::state(Side side, uint8_t code) const {
  auto const known = index_of(code);
  return known ? states_[index(side)][*known] : QState::no;
}

bool Session::agreed(Side side, Option option) const {
  return state(side, static_cast<uint8_t>(option)) == QState::yes;
}

bool Session::settled() const {
  for (auto const& side : states_)
    if (std::ranges::any_of(side, negotiating)) return false;
  return true;
}

}  // namespace offhook::telnet
