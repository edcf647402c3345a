// A modem between a mad DTE and a mad line. The input is a script: bytes below 0x80 are typed at the port as
// they are; a byte from 0x80 on is something else that happens (its low four bits say what, the next three
// how). The last byte chooses family and options.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/modem.h"

namespace {

using namespace offhook;

// Far above what any command line can ask for: a modem that says more has lost its limit.
constexpr size_t bytes_a_call = 64 * 1024;
constexpr int actions_a_call = 4096;
constexpr int wakes_at_once = 64;

class Rig {
 public:
  explicit Rig(uint8_t choice)
      : modem_(hayes::families()[choice % hayes::families().size()], options(choice)), choice_(choice) {
    drain();
  }

  void play(std::string_view script) {
    while (!script.empty()) {
      auto const op = static_cast<uint8_t>(script[0]);
      size_t typed = 0;
      while (typed < script.size() && static_cast<uint8_t>(script[typed]) < 0x80) ++typed;
      if (typed != 0)
        type(script.substr(0, typed));
      else
        happen(op & 0x0f, (op >> 4) & 7);
      script.remove_prefix(typed != 0 ? typed : 1);
    }
    pass(10min);
  }

 private:
  static hayes::Options options(uint8_t choice) {
    hayes::Options options;
    options.pace = choice & 0x10 ? hayes::Pace::realistic : hayes::Pace::instant;
    options.unknown_is_ok = choice & 0x20;
    options.ties = choice & 0x40;
    return options;
  }

  void type(std::string_view text) {
    Bytes left = as_bytes(text);
    for (int without_progress = 0; !left.empty();) {
      auto const split = modem_.on_dte_bytes(now_, left);
      OFFHOOK_CHECK(split.to_line + split.taken <= left.size());
      left = left.subspan(split.to_line + split.taken);
      without_progress = split.to_line + split.taken == 0 ? without_progress + 1 : 0;
      OFFHOOK_CHECK(without_progress < 4);
      drain();
    }
  }

  void happen(unsigned what, unsigned how) {
    static constexpr std::array<Duration, 8> steps{0ms, 1ms, 20ms, 125ms, 1s, 2s, 6s, 61s};
    static constexpr std::array<std::string_view, 8> eight_bit{
        "\xff", "\x80", "\x8d", "\xc1\xd4", "\xff\xff+", "\xab\xab\xab", "\x8a", "\x88"};
    switch (what) {
      case 0:
      case 1:
      case 2:
        pass(steps[how]);
        break;
      case 3:
        if (auto const next = modem_.next_timeout()) pass(*next > now_ ? *next - now_ : 0ns);
        break;
      case 4:
        modem_.on_circuit(now_, v24::Circuit::dtr, how & 1);
        break;
      case 5:
        modem_.on_circuit(now_, v24::Circuit::rts, how & 1);
        break;
      case 6:
        modem_.on_break(now_);
        break;
      case 7:
        modem_.on_dte_backlog(now_);
        break;
      case 8:
        modem_.on_dte_rate(now_, how * 19200);
        modem_.on_dte_format({static_cast<uint8_t>(how % 2 == 0 ? 8 : 7),
                              static_cast<v24::Parity>(1 + how % 5), v24::StopBits::one});
        break;
      case 9:
        if (modem_.accepts_line_data()) modem_.on_line_bytes(now_, how * 100);
        break;
      case 10:
        type(eight_bit[how]);
        break;
      case 11:
        if (how == 0)
          modem_.power_cycle(now_);
        else
          keep_profiles();
        break;
      default:
        modem_.on_line(now_, event((what - 12) * 8 + how));
        break;
    }
    drain();
  }

  static loop::Event event(unsigned which) {
    using namespace loop;
    switch (which % 24) {
      case 0:
        return DialTone{};
      case 1:
        return RingOn{1};
      case 2:
      case 3:
      case 4:
        return RingOn{};
      case 5:
        return RingOff{};
      case 6:
        return Ringback{};
      case 7:
        return Voice{};
      case 8:
        return Cleared{Cause::user_busy};
      case 9:
        return Cleared{Cause::no_answer};
      case 10:
        return Cleared{Cause::unallocated_number};
      case 11:
        return Cleared{};
      case 12:
        return CarrierDown{};
      case 13:
        return CarrierBack{};
      case 14:
        return LinkReleased{};
      case 15:
        return CallerIdSent{{CallerId::Presentation::given, "5550199", "A\r\nNAME", {}}};
      case 16:
        return CallerIdSent{{CallerId::Presentation::withheld, {}, {}, {}}};
      case 17:
      case 18:
        return Answered{};
      case 19:
        return CarrierUp{Modulation::v22bis, 2400, 1200, ErrorControl::mnp, Compression::mnp5};
      default:
        return CarrierUp{Modulation::v34, 33600, 31200, ErrorControl::lapm, Compression::v42bis};
    }
  }

  /// Time passes, with every deadline on the way.
  void pass(Duration time) {
    Instant const until = now_ + time;
    int wakes = 0;
    for (;;) {
      auto const next = modem_.next_timeout();
      if (!next || *next > until) break;
      wakes = *next > now_ ? 0 : wakes + 1;
      OFFHOOK_CHECK(wakes < wakes_at_once);
      if (*next > now_) now_ = *next;
      modem_.on_timeout(now_);
      drain();
      if (++turns_ > 100'000) break;  // cadences without end are legal, but not worth the time
    }
    now_ = until;
    modem_.on_timeout(now_);
    drain();
  }

  void drain() {
    size_t bytes = 0;
    int actions = 0;
    while (auto const action = modem_.poll_action()) {
      OFFHOOK_CHECK(++actions <= actions_a_call);
      if (auto const* said = std::get_if<hayes::ToDte>(&*action)) bytes += said->bytes.size();
      if (auto const* set = std::get_if<hayes::SetCircuit>(&*action))
        OFFHOOK_CHECK(!v24::from_dte(set->circuit));
    }
    OFFHOOK_CHECK(bytes <= bytes_a_call);
    OFFHOOK_CHECK(modem_.state() <= hayes::State::releasing && !hayes::name(modem_.state()).empty());
    if (modem_.accepts_line_data())
      OFFHOOK_CHECK(modem_.state() == hayes::State::online_data || modem_.state() == hayes::State::releasing);
  }

  /// What is kept makes a modem that keeps the same, and a copy is the same modem.
  void keep_profiles() {
    hayes::Modem const copy = modem_;
    OFFHOOK_CHECK(copy == modem_);
    auto const stored = modem_.stored();
    hayes::Modem const again(modem_.family(), options(choice_), stored);
    OFFHOOK_CHECK(again.stored() == stored);
  }

  hayes::Modem modem_;
  uint8_t choice_;
  Instant now_{};
  int turns_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size == 0) return 0;
  Rig(data[size - 1]).play({reinterpret_cast<char const*>(data), size - 1});
  return 0;
}
