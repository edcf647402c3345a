// A PAD, or one end of a null-modem cable, between a mad DTE and a mad line. The input is a script: bytes
// below 0x80 are typed at the port as they are; a byte from 0x80 on is something else that happens (its low
// four bits say what, the next three how). The last byte chooses the engine and its options.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "emulator/pad/null_modem.h"
#include "emulator/pad/pad.h"

namespace {

using namespace offhook;

// Above what any one call may say: an engine that says more has lost its limit.
constexpr size_t to_dte_a_call = 32 * 1024, to_line_a_call = 8 * 1024;
constexpr int wakes_at_once = 64;

template <class Engine>
class Rig {
 public:
  explicit Rig(Engine engine) : engine_(std::move(engine)) {
    engine_.on_circuit(now_, v24::Circuit::dtr, true);
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
    engine_.on_circuit(now_, v24::Circuit::dtr, false);
    pass(10min);
    // A DTE that is gone leaves nothing behind.
    OFFHOOK_CHECK(!off_hook_ && !engine_.next_timeout() && !engine_.circuits().on(v24::Circuit::dcd));
  }

 private:
  void type(std::string_view text) {
    for (Bytes left = as_bytes(text); !left.empty();) {
      auto const [to_line, taken] = engine_.on_dte_bytes(now_, left);
      OFFHOOK_CHECK(to_line + taken > 0 && to_line + taken <= left.size());
      size_t const emitted = drain();
      OFFHOOK_CHECK(to_line == 0 || emitted == 0);
      left = left.subspan(to_line + taken);
    }
  }

  void receive(std::string_view text) {
    if (engine_.accepts_line_data()) return engine_.on_line_bytes(now_, text.size());
    OFFHOOK_CHECK(engine_.on_line_data(now_, as_bytes(text)) <= text.size());
  }

  void happen(unsigned what, unsigned how) {
    static constexpr std::array<Duration, 8> steps{0ms, 1ms, 50ms, 1s, 2s, 8s, 61s, 200s};
    static constexpr std::array<std::string_view, 8> bytes{
        "\xff", "\x80\x90", "\x8d", "CLIENT", "\r\n\r\n", "a\nb\nc", "\x91\x93", "\x1b\x07\x7f"};
    switch (what) {
      case 0:
      case 1:
        pass(steps[how]);
        break;
      case 2:
        if (auto const next = engine_.next_timeout()) pass(*next > now_ ? *next - now_ : 0ns);
        break;
      case 3:
        engine_.on_circuit(now_, how & 2 ? v24::Circuit::rts : v24::Circuit::dtr, how & 1);
        break;
      case 4:
        engine_.on_break(now_);
        break;
      case 5:
        engine_.on_dte_backlog(now_);
        break;
      case 6:
        engine_.on_dte_rate(now_, how * 9600);
        break;
      case 7:
      case 8:
        receive(bytes[how]);
        break;
      case 9:
        receive(std::string(1000, what % 2 ? '\r' : '\n'));
        break;
      case 10:
        type(bytes[how]);
        break;
      case 11:
        if (how == 0) engine_.power_cycle(now_);
        OFFHOOK_CHECK(Engine(engine_) == engine_);
        break;
      default:
        engine_.on_line(now_, event((what - 12) * 8 + how));
        break;
    }
    drain();
  }

  static loop::Event event(unsigned which) {
    using namespace loop;
    constexpr CarrierUp up{Modulation::v34, 33600, 31200, ErrorControl::lapm, Compression::none};
    std::array<Event, 16> const events{DialTone{},
                                       RingOn{},
                                       RingOff{},
                                       Ringback{},
                                       Voice{},
                                       Answered{},
                                       Answered{},
                                       up,
                                       up,
                                       CarrierDown{},
                                       CarrierBack{},
                                       LinkReleased{},
                                       DialTone{},
                                       Cleared{},
                                       Cleared{Cause::user_busy},
                                       CallerIdSent{{CallerId::Presentation::given, "5550199\r\n", "", {}}}};
    return events[which % events.size()];
  }

  /// Time passes, with every deadline on the way.
  void pass(Duration time) {
    Instant const until = now_ + time;
    int wakes = 0, turns = 0;
    for (auto next = engine_.next_timeout(); next && *next <= until; next = engine_.next_timeout()) {
      wakes = *next > now_ ? 0 : wakes + 1;
      OFFHOOK_CHECK(wakes < wakes_at_once && ++turns < 10'000);
      if (*next > now_) now_ = *next;
      engine_.on_timeout(now_);
      drain();
    }
    now_ = until;
    engine_.on_timeout(now_);
    drain();
  }

  /// Returns how many bytes were emitted for the line.
  size_t drain() {
    size_t to_dte = 0, to_line = 0;
    while (auto const action = engine_.poll_action()) {
      if (auto const* said = std::get_if<pad::ToDte>(&*action)) to_dte += said->bytes.size();
      if (auto const* sent = std::get_if<pad::ToLine>(&*action)) to_line += sent->bytes.size();
      if (auto const* set = std::get_if<pad::SetCircuit>(&*action))
        OFFHOOK_CHECK(!v24::from_dte(set->circuit));
      auto const* act = std::get_if<loop::Act>(&*action);
      if (act == nullptr) continue;
      bool const off = std::holds_alternative<loop::GoOffHook>(*act);
      bool const on = std::holds_alternative<loop::GoOnHook>(*act);
      OFFHOOK_CHECK(off != off_hook_);
      if (off || on) off_hook_ = off;
    }
    OFFHOOK_CHECK(to_dte <= to_dte_a_call && to_line <= to_line_a_call);
    OFFHOOK_CHECK(!name(engine_.state()).empty());
    return to_line;
  }

  Engine engine_;
  Instant now_{};
  bool off_hook_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size == 0) return 0;
  std::string_view const script(reinterpret_cast<char const*>(data), size - 1);
  uint8_t const choice = data[size - 1];
  if (choice & 1) {
    using Script = pad::CableOptions::Script;
    pad::CableOptions const options{choice & 2 ? "1" : "2", choice & 2 ? "2" : "1",
                                    choice & 4 ? Script::server : Script::none};
    Rig(pad::NullModem(options)).play(script);
  } else {
    pad::Options options;
    options.profile = choice & 2 ? pad::Profile::transparent : pad::Profile::simple;
    options.accept = choice & 4 ? pad::Options::Accept::identified : pad::Options::Accept::first_ring;
    Rig(pad::Pad(options)).play(script);
  }
  return 0;
}
