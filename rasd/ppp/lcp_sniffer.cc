#include "rasd/ppp/lcp_sniffer.h"

#include <algorithm>
#include <iterator>

namespace offhook::ppp {
namespace {

constexpr uint8_t flag_byte = 0x7e, escape_byte = 0x7d;
bool is_control(uint8_t byte) { return byte < 0x20; }
/// What somebody types at a terminal.
bool is_text(uint8_t byte) { return (byte >= 0x20 && byte < 0x7f) || byte == '\r' || byte == '\n'; }

}  // namespace

LcpSniffer::Verdict LcpSniffer::receive(Bytes bytes) {
  for (std::byte const each : bytes) {
    if (verdict_ != Verdict::undecided) break;
    take(static_cast<uint8_t>(each));
  }
  return verdict_;
}

void LcpSniffer::take(uint8_t byte) {
  struct Row {
    State from;
    uint8_t value;
    State to;
  };
  static constexpr Row rows[] = {
      {State::nothing, 0xff, State::address},  {State::rest, 0xff, State::address},
      {State::flag, 0xff, State::address},     {State::address, 0x03, State::control},
      {State::control, 0xc0, State::protocol}, {State::flag, 0xc0, State::protocol},
  };
  if (byte == flag_byte) {  // never escaped, and never inside a frame
    state_ = State::flag;
    escaped_ = false;
    return;
  }
  if (byte == escape_byte) {
    escaped_ = true;
    return;
  }
  uint8_t const value = escaped_ ? byte ^ 0x20 : byte;
  if (state_ == State::protocol && value == 0x21) {
    verdict_ = Verdict::ppp;
    return;
  }
  auto const row =
      std::ranges::find_if(rows, [&](Row const& each) { return each.from == state_ && each.value == value; });
  if (row != std::end(rows)) {
    state_ = row->to;
    escaped_ = false;
    return;
  }
  verdict_ = judge_stranger(byte);
}

/// A byte that continues nothing.
LcpSniffer::Verdict LcpSniffer::judge_stranger(uint8_t byte) {
  bool const began = state_ == State::address || state_ == State::control || state_ == State::protocol;
  if (++noise_ > noise_limit) return Verdict::other;
  if (is_control(byte) && (began || escaped_)) return Verdict::undecided;  // put in on the way
  if (is_text(byte) && !escaped_ && (state_ == State::nothing || state_ == State::flag))
    return Verdict::other;
  // Another protocol's frame, or the rest of one: the next flag begins anew.
  state_ = began || escaped_ || state_ == State::rest ? State::rest : State::nothing;
  escaped_ = false;
  return Verdict::undecided;
}

}  // namespace offhook::ppp
