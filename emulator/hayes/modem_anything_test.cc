// Anything at all, from both sides of a modem and in any order: what must hold whatever happens.
#include <gtest/gtest.h>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/modem.h"
#include "emulator/hayes/states.h"

namespace offhook::hayes {
namespace {

loop::CarrierUp const carrier{loop::Modulation::v34, 33600, 31200, loop::ErrorControl::lapm,
                              loop::Compression::v42bis};

std::string random_bytes(Random& random) {
  static constexpr std::string_view pieces[]{"AT",      "at",
                                             "\r",      "\r",
                                             "\n",      "A/",
                                             "+++",     "D",
                                             "DT555",   ";",
                                             "H",       "H1",
                                             "A",       "O",
                                             "Z",       "&F",
                                             "&D",      "1",
                                             "2",       "0",
                                             "S",       "=",
                                             "?",       "S0=1",
                                             "X",       "Q1",
                                             "Q0",      "V0",
                                             "E0",      "&W",
                                             "&Y1",     "+MS=",
                                             "V21",     "+ES?",
                                             "+DS=?",   ",",
                                             "W",       "@",
                                             "L",       "host:23",
                                             "\x13",    "\x11",
                                             "S12=0",   "S2=200",
                                             "data",    "S30=1",
                                             "\b",      "\"x\"",
                                             "S38=0",   "S10=255",
                                             "&K4",     "%C0",
                                             "\\N4",    "#CID=1",
                                             "+VRID=0", "S25=0",
                                             "&C0",     "&S1",
                                             "&R0",     "DS=1",
                                             "&Z1=555", "+ASTO=1,\"5\"",
                                             "T",       "P",
                                             "S3=65",   "R"};
  std::string text;
  for (uint64_t n = random.below(6) + 1; n > 0; --n) {
    if (random.one_in(12))
      text += static_cast<char>(random.below(256));
    else
      text += pieces[random.below(std::size(pieces))];
  }
  if (random.one_in(2)) text = "AT" + text + "\r";
  return text;
}

loop::Event random_event(Random& random) {
  switch (random.below(14)) {
    case 0:
      return loop::DialTone{};
    case 1:
      return loop::RingOn{static_cast<uint8_t>(random.below(6))};
    case 2:
      return loop::RingOff{};
    case 3:
      return loop::CallerIdSent{};
    case 4:
      return loop::Ringback{};
    case 5:
      return loop::Voice{};
    case 6:
    case 7:
      return loop::Answered{};
    case 8:
      return loop::Cleared{random.one_in(2) ? loop::Cause::user_busy : loop::Cause::normal_clearing};
    case 9:
    case 10:
      return carrier;
    case 11:
      return loop::CarrierDown{};
    case 12:
      return loop::CarrierBack{};
    default:
      return loop::LinkReleased{};
  }
}

/// Drives a modem with anything; checks what must hold whatever happens.
class Anything {
 public:
  Anything(Family const& family, uint64_t seed) : random_(seed) {
    Options options;
    options.ties = random_.one_in(4);
    options.unknown_is_ok = random_.one_in(4);
    options.pace = random_.one_in(3) ? Pace::realistic : Pace::instant;
    modem_.emplace(family, options);
    presented_ = modem_->circuits();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
  }

 private:
  void step() {
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2:
        send(random_bytes(random_));
        break;
      case 3:
      case 4:
        modem_->on_line(now_, random_event(random_));
        break;
      case 5:
        change_circuit();
        break;
      case 6:
        modem_->on_dte_rate(now_, static_cast<uint32_t>(random_.below(3)) * 9600);
        break;
      default:
        sleep();
        break;
    }
    if (random_.one_in(500)) modem_->power_cycle(now_);
    if (random_.one_in(50)) modem_->on_dte_backlog(now_);
    check();
  }
  void change_circuit() {
    auto const circuit = random_.one_in(3) ? v24::Circuit::rts : v24::Circuit::dtr;
    bool const on = random_.below(2) == 0;
    presented_.set(circuit, on);
    modem_->on_circuit(now_, circuit, on);
  }
  void send(std::string const& text) {
    Bytes bytes = as_bytes(text);
    while (!bytes.empty()) {
      bool const data = modem_->state() == State::online_data;
      auto const split = modem_->on_dte_bytes(now_, bytes);
      ASSERT_GT(split.to_line + split.taken, 0u) << "no progress";
      ASSERT_LE(split.to_line + split.taken, bytes.size());
      EXPECT_TRUE(data || split.to_line == 0) << "bytes on the line without a call";
      bytes = bytes.subspan(split.to_line + split.taken);
      check();
    }
  }
  void sleep() {
    now_ += Duration(random_.below(random_.one_in(4) ? 60'000'000'000 : 200'000'000));
    modem_->on_timeout(now_);
    auto const next = modem_->next_timeout();
    EXPECT_TRUE(!next || *next > now_) << "a timer that is due was not served";
  }
  void check() {
    for (int count = 0; auto action = modem_->poll_action(); ++count) {
      ASSERT_LT(count, 1000);
      if (auto const* c = std::get_if<SetCircuit>(&*action)) presented_.set(c->circuit, c->on);
      if (auto const* act = std::get_if<loop::Act>(&*action)) hook(*act);
    }
    EXPECT_EQ(presented_, modem_->circuits());
    EXPECT_EQ(off_hook_, modem_->state() != State::command) << name(modem_->state());
    EXPECT_EQ(Modem(*modem_), *modem_);
  }
  void hook(loop::Act const& act) {
    if (std::holds_alternative<loop::GoOffHook>(act)) {
      EXPECT_FALSE(std::exchange(off_hook_, true)) << "off-hook twice";
    } else if (std::holds_alternative<loop::GoOnHook>(act)) {
      EXPECT_TRUE(std::exchange(off_hook_, false)) << "on-hook twice";
    } else {
      EXPECT_TRUE(off_hook_) << loop::describe(act) << " while on-hook";
    }
  }

  Random random_;
  std::optional<Modem> modem_;
  Instant now_{};
  v24::Circuits presented_;
  bool off_hook_ = false;
};

TEST(Modem, whatever_happens_the_hook_the_circuits_and_the_timers_agree) {
  for (auto const& family : families())
    for (uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
      SCOPED_TRACE(std::string(family.name) + " seed " + std::to_string(seed));
      Anything(family, seed).run(1500);
    }
}

}  // namespace
}  // namespace offhook::hayes
