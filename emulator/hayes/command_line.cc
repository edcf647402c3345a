#include "emulator/hayes/command_line.h"

#include <bit>

namespace offhook::hayes {
namespace {

constexpr size_t raw_limit = 512;  // spaces are not counted against the limit, but memory is

bool bit_8(char c) { return (c & 0x80) != 0; }

bool is_odd(char c) { return std::popcount(static_cast<unsigned char>(c & 0x7f)) % 2 != 0; }

bool bit_8_of(char c, Parity parity) {
  return parity == Parity::mark || (parity == Parity::odd && !is_odd(c)) ||
         (parity == Parity::even && is_odd(c));
}

Parity parity_of(char a, bool a_bit, char t, bool t_bit) {
  for (Parity const parity : {Parity::odd, Parity::even, Parity::mark})
    if (bit_8_of(a, parity) == a_bit && bit_8_of(t, parity) == t_bit) return parity;
  return Parity::none;
}

}  // namespace

void set_parity(std::string& bytes, Parity parity) {
  if (parity == Parity::none) return;
  for (char& c : bytes) c = static_cast<char>((c & 0x7f) | (bit_8_of(c, parity) ? 0x80 : 0));
}

CommandLine::Event CommandLine::on_char(char raw, Rules const& rules, std::string& echo) {
  char const c = static_cast<char>(raw & 0x7f);
  switch (state_) {
    case State::idle:
      if (c == 'A' || c == 'a') {
        a_ = c;
        a_bit_ = bit_8(raw);
        state_ = State::a_seen;
      }
      return Event::none;
    case State::a_seen:
      if (c == '/') {
        if (rules.echo) (echo += a_) += c;
        state_ = State::idle;
        return Event::repeated;
      }
      // 5.8.2 leaves aT and At open; Rockwell wants one case, and so do we.
      if (c == (a_ == 'A' ? 'T' : 't')) {
        if (rules.echo) (echo += a_) += c;
        parity_ = rules.parity.value_or(parity_of(a_, a_bit_, c, bit_8(raw)));
        begin();
      } else if (c == 'A' || c == 'a') {
        a_ = c;
        a_bit_ = bit_8(raw);
      } else {
        state_ = State::idle;
      }
      return Event::none;
    case State::body:
    case State::overlong:
      return on_body_char(c, rules, echo);
  }
  return Event::none;
}

CommandLine::Event CommandLine::on_body_char(char c, Rules const& rules, std::string& echo) {
  if (c == rules.termination) {  // checked before S5: they may be the same character
    if (rules.echo) echo += c;
    bool const fits = state_ == State::body;
    state_ = State::idle;
    if (!fits) body_.clear();
    return fits ? Event::entered : Event::too_long;
  }
  if (c == rules.editing) {
    if (state_ == State::overlong || body_.empty())
      return Event::none;  // the prefix cannot be edited away (5.2.2)
    if (body_.back() != ' ') --counted_;
    body_.pop_back();
    if (rules.echo) ((echo += c) += ' ') += c;
    return Event::none;
  }
  if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return Event::none;
  if (rules.echo) echo += c;
  if (state_ == State::overlong) return Event::none;
  if (c != ' ') ++counted_;
  if (counted_ > rules.limit || body_.size() >= raw_limit) {
    state_ = State::overlong;
    return Event::none;
  }
  body_ += c;
  return Event::none;
}

void CommandLine::begin() {
  state_ = State::body;
  counted_ = 0;
  body_.clear();
}

void CommandLine::abandon() {
  if (entering()) body_.clear();
  state_ = State::idle;
}

}  // namespace offhook::hayes
