#include "emulator/exchange/apparatus.h"

#include <array>

#include "emulator/base/check.h"

namespace offhook::exchange {

namespace {

constexpr Duration voice_patience = 30s;         // then whoever speaks hangs up
constexpr Duration training_limit = 60s;         // as S7 of a patient modem
constexpr Duration carrier_life = 5s;            // of carrier_loss
constexpr Duration carrier_loss_limit = 1400ms;  // as S10=14

constexpr size_t period = 97;  // 0x20 ... 0x7e, CR, LF
constexpr size_t periods = 64;
constexpr auto pattern = [] {
  std::array<std::byte, period * periods> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    size_t const at = i % period;
    bytes[i] = std::byte(at < 95 ? 0x20 + at : at == 95 ? '\r' : '\n');
  }
  return bytes;
}();

constexpr uint8_t bits(std::initializer_list<unsigned> states) {
  unsigned set = 0;
  for (unsigned s : states) set |= 1u << s;
  return static_cast<uint8_t>(set);
}

}  // namespace

struct Apparatus::StateRow {
  State state;
  Duration limit;  // then it hangs up; 0: none
  uint8_t next;
};

Apparatus::StateRow const& Apparatus::row(State state) {
  constexpr unsigned speaking = 1, training = 2, carrying = 3, carrier_lost = 4, gone = 5;
  static constexpr StateRow rows[] = {
      {State::idle, 0s, bits({speaking, training, gone})},
      {State::speaking, voice_patience, bits({gone})},
      {State::training, training_limit, bits({carrying, gone})},
      {State::carrying, 0s, bits({carrier_lost, gone})},
      {State::carrier_lost, carrier_loss_limit, bits({carrying, gone})},
      {State::gone, 0s, 0},
  };
  return rows[static_cast<size_t>(state)];
}

void Apparatus::enter(Instant now, State next) {
  OFFHOOK_CHECK((row(state_).next >> static_cast<unsigned>(next) & 1u) != 0);
  state_ = next;
  due_.reset();
  if (row(next).limit > Duration::zero()) due_ = now + row(next).limit;
}

void Apparatus::on_line(Instant now, loop::Event const& event) {
  if (std::holds_alternative<loop::Answered>(event) && state_ == State::idle) {
    if (kind_ == TestLine::voice) return enter(now, State::speaking);
    enter(now, State::training);
    loop::StartCarrier carrier;
    carrier.originate = role_ == Role::caller;
    carrier.offer_mnp = carrier.offer_mnp5 = true;  // a test line takes whatever the other end has
    actions_.push(carrier);
  } else if (std::holds_alternative<loop::CarrierUp>(event) && state_ == State::training) {
    enter(now, State::carrying);
    if (kind_ == TestLine::carrier_loss) due_ = now + carrier_life;
  } else if (std::holds_alternative<loop::CarrierDown>(event) && state_ == State::carrying) {
    enter(now, State::carrier_lost);
  } else if (std::holds_alternative<loop::CarrierBack>(event) && state_ == State::carrier_lost) {
    enter(now, State::carrying);
  } else if (std::holds_alternative<loop::LinkReleased>(event) ||
             std::holds_alternative<loop::Cleared>(event)) {
    hang_up(now);
  }
}

size_t Apparatus::on_line_bytes(Instant, Bytes bytes) {
  bool const echoes = kind_ == TestLine::echo || kind_ == TestLine::callback;
  return echoes && state_ == State::carrying ? heard_.push(bytes) : bytes.size();
}

Bytes Apparatus::to_send() const {
  if (state_ != State::carrying) return {};
  if (kind_ == TestLine::pattern) return Bytes(pattern).subspan(pattern_offset_);
  return heard_.front();
}

void Apparatus::sent(size_t n) {
  if (kind_ == TestLine::pattern) {
    pattern_offset_ = (pattern_offset_ + n) % period;
  } else {
    heard_.pop(n);
  }
}

void Apparatus::on_timeout(Instant now) {
  if (due_ && *due_ <= now) hang_up(now);
}

void Apparatus::hang_up(Instant now) {
  if (state_ == State::gone) return;
  if (state_ != State::speaking && state_ != State::idle) actions_.push(loop::StopCarrier{false});
  enter(now, State::gone);
  heard_.clear();
  actions_.push(loop::GoOnHook{});
}

}  // namespace offhook::exchange
