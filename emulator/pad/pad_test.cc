// Two PADs that call each other, the table of causes, and a PAD between a mad DTE and a mad line.
#include "emulator/pad/pad.h"

#include <gtest/gtest.h>

#include "emulator/base/random.h"
#include "emulator/pad/states.h"
#include "emulator/pad/test_support.h"

namespace offhook::pad {
namespace {

using v24::Circuit;
using Pads = Pair<Pad>;

Pads pads() {
  Pads pair(Pad{}, Pad{});
  for (size_t i : {0, 1}) {
    pair.dtr(i, true);
    pair.type(i, "\rSET 2:0\r");
    pair.read(i);
  }
  return pair;
}
Pads connected_pads() {
  Pads pair = pads();
  pair.type(0, "2\r");
  for (size_t i : {0, 1}) {
    EXPECT_NE(pair.read(i).find("COM"), std::string::npos);
    EXPECT_TRUE(pair.shows(i, Circuit::dcd));
  }
  return pair;
}

TEST(PadPair, a_call_is_connected_and_carries_text_both_ways) {
  Pads pair = connected_pads();
  pair.type(0, "hello\r");
  EXPECT_EQ(pair.read(1), "hello\r");
  pair.type(1, "and to you\r");
  EXPECT_EQ(pair.read(0), "and to you\r");
}

TEST(PadPair, either_end_clears_in_mid_call) {
  for (size_t i : {0, 1}) {
    Pads pair = connected_pads();
    pair.type(i, "last words");
    pair.type(i, "\x10");
    pair.type(i, "CLR\r");
    EXPECT_EQ(pair.read(i), "\r\nCLR CONF\r\n");
    EXPECT_EQ(pair.read(1 - i), "last words\r\nCLR DTE\r\n");
    for (size_t each : {0, 1}) {
      EXPECT_EQ(pair.engine(each).state(), State::pad_waiting);
      EXPECT_FALSE(pair.shows(each, Circuit::dcd));
    }
  }
}

TEST(PadPair, a_clear_waits_for_a_far_dte_that_has_stopped_its_data) {
  Pads pair = connected_pads();
  pair.type(1, "\x13");
  pair.type(0, "last words\r");
  pair.type(0, "\x10");
  pair.type(0, "CLR\r");
  EXPECT_EQ(pair.engine(0).state(), State::clearing);
  EXPECT_EQ(pair.read(1), "");
  pair.type(1, "\x11");
  EXPECT_EQ(pair.read(1), "last words\r\r\nCLR DTE\r\n");
  EXPECT_EQ(pair.read(0), "\r\nCLR CONF\r\n");
}

TEST(PadPair, a_dte_that_leaves_clears_the_call) {
  Pads pair = connected_pads();
  pair.dtr(0, false);
  pair.pass(1s);
  EXPECT_EQ(pair.read(0), "");
  EXPECT_EQ(pair.read(1), "\r\nCLR DTE\r\n");
  EXPECT_EQ(pair.engine(0).state(), State::active_link);
}

TEST(PadPair, a_number_in_a_call_is_occupied) {
  Pads pair = pads();
  pair.type(0, "1\r");
  EXPECT_EQ(pair.read(0), "\r\n\r\nCLR NP\r\n");
}

TEST(PadPair, all_256_bytes_pass_under_the_transparent_profile) {
  Pads pair = connected_pads();
  std::string all;
  for (int value = 0; value < 256; ++value) all += static_cast<char>(value);
  for (size_t i : {0, 1}) {
    pair.type(i, "\x10");
    pair.type(i, "PROF 91\r");
    pair.read(i);
  }
  for (size_t i : {0, 1}) {
    pair.type(i, all + "tail");
    EXPECT_EQ(pair.read(1 - i), all);
    pair.pass(1s);
    EXPECT_EQ(pair.read(1 - i), "tail");
  }
}

TEST(PadPair, whole_packets_are_not_looked_at_under_the_transparent_profile) {
  Pads pair = connected_pads();
  pair.type(0, "\x10");
  pair.type(0, "PROF 91\r");
  std::string const data(300, 'x');
  EXPECT_EQ(pair.engine(0).on_dte_bytes(pair.now(), as_bytes(data)), (Split{256, 0}));
}

TEST(Clearing, each_cause_has_its_indication) {
  struct Row {
    loop::Cause cause;
    std::string_view code;
  };
  for (auto const& [cause, expected] : {Row{loop::Cause::unallocated_number, "NP"},
                                        {loop::Cause::no_route_to_destination, "NP"},
                                        {loop::Cause::normal_clearing, "DTE"},
                                        {loop::Cause::user_busy, "OCC"},
                                        {loop::Cause::no_user_responding, "RPE"},
                                        {loop::Cause::no_answer, "RPE"},
                                        {loop::Cause::call_rejected, "DTE"},
                                        {loop::Cause::destination_out_of_order, "DER"},
                                        {loop::Cause::invalid_number_format, "NP"},
                                        {loop::Cause::no_circuit_available, "NC"},
                                        {loop::Cause::network_out_of_order, "NC"},
                                        {loop::Cause::temporary_failure, "NC"},
                                        {loop::Cause::recovery_on_timer_expiry, "RPE"},
                                        {loop::Cause::interworking, "ID"}})
    EXPECT_EQ(code(clearing_of(cause)), expected) << loop::name(cause);
}

TEST(States, the_table_is_in_order_and_every_state_leads_back_to_the_first) {
  for (unsigned i = 0; i <= static_cast<unsigned>(State::clearing); ++i) {
    auto const& each = row(static_cast<State>(i));
    EXPECT_EQ(each.state, static_cast<State>(i));
    EXPECT_FALSE(each.name.empty());
    EXPECT_NE(each.next, 0u);
    EXPECT_TRUE(has(each.next, State::active_link)) << each.name;
  }
}

/// A PAD alone; what it says is bounded and in order whatever happens to it.
class Alone {
 public:
  explicit Alone(uint64_t seed) : random_(seed), pad_(options(seed)) { drain(); }

  void step() {
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        type(random_.one_in(2) ? words() : noise());
        break;
      case 4:
      case 5:
        pad_.on_line(now_, event());
        break;
      case 6:
        pass(Duration(1ms) * random_.below(30000));
        break;
      case 7:
        pad_.on_circuit(now_, random_.one_in(4) ? Circuit::rts : Circuit::dtr, !random_.one_in(4));
        break;
      case 8:
        random_.one_in(2) ? pad_.on_break(now_) : pad_.on_dte_backlog(now_);
        break;
      case 9:
        pad_.on_dte_rate(now_, static_cast<uint32_t>(random_.below(200000)));
        break;
      case 10:
        if (random_.one_in(50)) pad_.power_cycle(now_);
        break;
      default:
        receive(noise());
    }
    drain();
    Pad const copy = pad_;
    ASSERT_EQ(copy, pad_);
  }

  /// Once the line is dead and the DTE gone, everything ends.
  void end() {
    pad_.on_circuit(now_, Circuit::dtr, false);
    pass(10min);
    ASSERT_EQ(pad_.state(), State::active_link);
    ASSERT_FALSE(pad_.next_timeout());
    ASSERT_FALSE(off_hook_);
    ASSERT_FALSE(pad_.circuits().on(Circuit::dcd));
  }

 private:
  static Options options(uint64_t seed) {
    Options options;
    options.profile = seed & 1 ? Profile::simple : Profile::transparent;
    options.accept = seed & 2 ? Options::Accept::identified : Options::Accept::first_ring;
    return options;
  }
  std::string words() {
    static constexpr std::string_view all[]{"\r",        "STAT\r",     "5550101\r",   "CLR\r",
                                            "\x10",      "PAR?\r",     "+",           "PROF 90\r",
                                            "PROF 91\r", "N-1\r",      "SET 2:1\r",   "\x13",
                                            "\x11",      "\x10ICLR\r", "\x10RESET\r", "SET 15:1\r",
                                            "\x7f",      "SET 22:1\r", "SET 10:10\r", "SET 9:255,14:255\r"};
    if (random_.one_in(3))
      return "\x10SET " + std::to_string(random_.below(25)) + ":" + std::to_string(random_.below(300)) + "\r";
    return std::string(all[random_.below(std::size(all))]);
  }
  std::string noise() {
    std::string text(random_.below(300), 0);
    for (char& c : text) c = static_cast<char>(random_.one_in(2) ? random_.below(256) : random_.below(14));
    return text;
  }
  loop::Event event() {
    static std::vector<loop::Event> const all{
        loop::DialTone{},
        loop::RingOn{},
        loop::RingOff{},
        loop::CallerIdSent{{loop::CallerId::Presentation::given, std::string(100, '9'), "", {}}},
        loop::Ringback{},
        loop::Voice{},
        loop::Answered{},
        loop::Answered{},
        loop::Cleared{loop::Cause::user_busy},
        loop::CarrierUp{},
        loop::CarrierUp{},
        loop::CarrierUp{},
        loop::CarrierDown{},
        loop::CarrierBack{},
        loop::LinkReleased{}};
    return all[random_.below(all.size())];
  }

  void type(std::string const& text) {
    for (Bytes bytes = as_bytes(text); !bytes.empty();) {
      auto const [to_line, taken] = pad_.on_dte_bytes(now_, bytes);
      ASSERT_GT(to_line + taken, 0u);
      ASSERT_LE(to_line + taken, bytes.size());
      ASSERT_TRUE(to_line == 0 || pad_.state() == State::data_transfer);
      bytes = bytes.subspan(to_line + taken);
      drain();
    }
  }
  void receive(std::string const& text) {
    if (pad_.accepts_line_data()) return pad_.on_line_bytes(now_, text.size());
    ASSERT_LE(pad_.on_line_data(now_, as_bytes(text)), text.size());
  }
  void pass(Duration time) {
    Instant const until = now_ + time;
    for (auto next = pad_.next_timeout(); next && *next <= until; next = pad_.next_timeout()) {
      now_ = std::max(now_, *next);
      pad_.on_timeout(now_);
      drain();
    }
    now_ = until;
    pad_.on_timeout(now_);
    drain();
  }
  void drain() {
    size_t to_dte = 0, to_line = 0;
    while (auto action = pad_.poll_action()) {
      if (auto const* bytes = std::get_if<ToDte>(&*action)) to_dte += bytes->bytes.size();
      if (auto const* bytes = std::get_if<ToLine>(&*action)) to_line += bytes->bytes.size();
      if (auto const* act = std::get_if<loop::Act>(&*action)) {
        if (std::holds_alternative<loop::GoOffHook>(*act))
          ASSERT_FALSE(std::exchange(off_hook_, true));
        else if (std::holds_alternative<loop::GoOnHook>(*act))
          ASSERT_TRUE(std::exchange(off_hook_, false));
        else
          ASSERT_TRUE(off_hook_);
      }
    }
    ASSERT_LE(to_dte, 32768u);
    ASSERT_LE(to_line, 1024u);
    ASSERT_EQ(pad_.circuits().on(Circuit::dcd), connected(pad_.state()));
    ASSERT_EQ(off_hook_, in_call(pad_.state())) << name(pad_.state());
  }

  Random random_;
  Pad pad_;
  Instant now_{};
  bool off_hook_ = false;
};

TEST(PadRandom, whatever_happens_states_are_legal_output_is_bounded_and_all_ends) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Alone alone(seed);
    for (int step = 0; step < 300; ++step) {
      alone.step();
      if (HasFatalFailure()) return;
    }
    alone.end();
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace offhook::pad
