// What the transcripts cannot say: the contract between the engine and its driver.
#include "emulator/hayes/modem.h"

#include <gtest/gtest.h>

#include <sstream>

#include "emulator/base/text.h"
#include "emulator/hayes/family.h"
#include "emulator/hayes/states.h"

namespace offhook::hayes {
namespace {

Instant at(Duration d) { return Instant(d); }

loop::CarrierUp const carrier{loop::Modulation::v34, 33600, 31200, loop::ErrorControl::lapm,
                              loop::Compression::v42bis};

/// A modem with what it said, drained after every call.
struct Bench {
  explicit Bench(Family const& family = v250(), Options const& options = {}) : modem(family, options) {
    modem.on_circuit(now, v24::Circuit::dtr, true);
    modem.on_circuit(now, v24::Circuit::rts, true);
    modem.on_dte_rate(now, 115200);
    drain();
  }
  void drain() {
    while (auto action = modem.poll_action()) actions.push_back(*action);
  }
  Split offer(std::string_view text) {
    auto const split = modem.on_dte_bytes(now, as_bytes(text));
    drain();
    return split;
  }
  void hear(loop::Event const& event) {
    modem.on_line(now, event);
    drain();
  }
  void pass(Duration d) {
    now += d;
    modem.on_timeout(now);
    drain();
  }
  void online() {
    offer("ATE0X1DT5550101\r");
    hear(loop::Answered{});
    hear(carrier);
    actions.clear();
  }
  std::string said() {
    std::string text;
    for (auto const& action : std::exchange(actions, {}))
      if (auto const* bytes = std::get_if<ToDte>(&action)) text += bytes->bytes;
    return text;
  }
  /// Actions in order, as words; notes left out.
  std::string did() {
    std::string text;
    auto const add = [&text](std::string const& word) { text += (text.empty() ? "" : ", ") + word; };
    for (auto const& action : std::exchange(actions, {})) {
      if (auto const* bytes = std::get_if<ToDte>(&action)) add(escaped(bytes->bytes));
      if (auto const* act = std::get_if<loop::Act>(&action)) add(loop::describe(*act));
      if (auto const* c = std::get_if<SetCircuit>(&action))
        add(std::string(v24::name(c->circuit)) + (c->on ? " on" : " off"));
    }
    return text;
  }
  std::vector<std::string> notes() {
    std::vector<std::string> texts;
    for (auto const& action : std::exchange(actions, {}))
      if (auto const* note = std::get_if<Note>(&action)) texts.push_back(note->text);
    return texts;
  }

  Instant now = at(0s);
  Modem modem;
  std::vector<Action> actions;
};

TEST(Modem, bytes_behind_a_dial_command_in_one_read_are_taken_not_passed) {
  Bench bench;
  EXPECT_EQ(bench.offer("ATE0X1DT5550101\r\n"), (Split{0, 17}));
}

TEST(Modem, bytes_behind_ato_in_one_read_are_offered_again_and_passed) {
  Bench bench;
  bench.online();
  bench.pass(1s);
  bench.offer("+++");
  bench.pass(1s);
  EXPECT_EQ(bench.offer("ATO\rdata"), (Split{0, 4}));
  EXPECT_EQ(bench.offer("data"), (Split{4, 0}));
}

TEST(Modem, connect_is_sent_immediately_before_109_comes_on) {
  Bench bench;
  bench.offer("ATE0X1DT5550101\r");
  bench.hear(loop::Answered{});
  bench.actions.clear();
  bench.hear(carrier);
  EXPECT_EQ(bench.did(), "\\r\\nCONNECT 115200\\r\\n, dcd on");
}

TEST(Modem, the_ok_of_ath_is_sent_after_109_went_off) {
  Bench bench;
  bench.online();
  bench.pass(1s);
  bench.offer("+++");
  bench.pass(1s);
  bench.actions.clear();
  bench.offer("ATH\r");
  EXPECT_EQ(bench.did(), "release link, dcd off");
  bench.hear(loop::LinkReleased{});
  EXPECT_EQ(bench.did(), "on-hook, \\r\\nOK\\r\\n");
}

TEST(Modem, no_carrier_can_be_read_before_109_goes_off) {
  Bench bench;
  bench.online();
  bench.hear(loop::LinkReleased{});
  EXPECT_EQ(bench.did(), "on-hook, \\r\\nNO CARRIER\\r\\n, dcd off");
}

TEST(Modem, dtr_takes_109_off_at_once_though_data_is_still_being_delivered) {
  Bench bench;
  bench.online();
  bench.modem.on_circuit(bench.now, v24::Circuit::dtr, false);
  bench.pass(50ms);
  EXPECT_EQ(bench.did(), "release link, dcd off");
  EXPECT_FALSE(bench.modem.accepts_line_data());
}

TEST(Modem, dtr_that_rises_later_than_s25_has_fallen_though_nobody_came_by_in_between) {
  Bench late, early;
  for (auto* bench : {&late, &early}) {
    bench->online();
    bench->modem.on_circuit(bench->now, v24::Circuit::dtr, false);
    bench->now += bench == &late ? 50ms : 49ms;  // S25=5, in hundredths of a second (V.250 6.3.10)
    bench->modem.on_circuit(bench->now, v24::Circuit::dtr, true);
    bench->drain();
  }
  EXPECT_EQ(late.did(), "release link, dcd off");
  EXPECT_EQ(early.did(), "");
  early.pass(1s);
  EXPECT_EQ(early.modem.state(), State::online_data);
}

TEST(Modem, a_backlog_at_the_port_is_no_guard_time) {
  Bench bench;
  bench.online();
  bench.pass(1s);
  bench.offer("+++");
  bench.modem.on_dte_backlog(bench.now + 500ms);
  bench.pass(2s);
  EXPECT_EQ(bench.modem.state(), State::online_data);
}

TEST(Modem, bytes_offered_before_the_timer_is_served_came_first) {
  Bench bench;
  bench.online();
  bench.pass(1s);
  bench.offer("+++");
  bench.now += 1s;
  bench.offer("x");
  bench.pass(0s);
  EXPECT_EQ(bench.modem.state(), State::online_data);
}

TEST(Modem, xoff_holds_received_data_back_and_is_not_passed) {
  Bench bench;
  bench.offer("AT&K4\r");
  bench.online();
  EXPECT_EQ(bench.offer("ab\x13"), (Split{2, 0}));
  EXPECT_EQ(bench.offer("\x13"), (Split{0, 1}));
  EXPECT_FALSE(bench.modem.accepts_line_data());
  EXPECT_EQ(bench.offer("\x11"), (Split{0, 1}));
  EXPECT_TRUE(bench.modem.accepts_line_data());
}

// ---- a DTE of seven bits

constexpr v24::Format even{7, v24::Parity::even, v24::StopBits::one};

TEST(Modem, answers_with_the_parity_that_its_dte_is_known_to_have) {
  Bench bench;
  bench.offer("ATE0\r");
  bench.actions.clear();
  bench.modem.on_dte_format(even);
  bench.offer("AT\r");
  EXPECT_EQ(bench.said(), "\x8d\x0a\xcf\x4b\x8d\x0a");
  bench.modem.on_dte_format({7, v24::Parity::none, v24::StopBits::one});
  bench.offer("AT\r");
  EXPECT_EQ(bench.said(), "\x8d\x8a\xcf\xcb\x8d\x8a");
  bench.modem.on_dte_format({});
  bench.offer("AT\r");
  EXPECT_EQ(bench.said(), "\r\nOK\r\n");
}

TEST(Modem, xoff_with_its_dtes_parity_is_xoff) {
  Bench bench;
  bench.modem.on_dte_format(even);
  bench.offer("AT&K4\r");
  bench.online();
  EXPECT_EQ(bench.offer("\x93"), (Split{0, 1}));
  EXPECT_FALSE(bench.modem.accepts_line_data());
  EXPECT_EQ(bench.offer("\x11"), (Split{0, 1}));
  EXPECT_TRUE(bench.modem.accepts_line_data());
  Bench eight;
  eight.offer("AT&K4\r");
  eight.online();
  EXPECT_EQ(eight.offer("\x93"), (Split{1, 0}));
}

TEST(Modem, escapes_by_characters_with_its_dtes_parity) {
  Bench bench;
  bench.modem.on_dte_format({7, v24::Parity::odd, v24::StopBits::one});
  bench.online();
  bench.now += 2s;
  bench.offer("\xab\xab\xab");
  bench.pass(2s);
  EXPECT_EQ(bench.modem.state(), State::online_command);
}

TEST(Modem, transparent_flow_control_passes_xoff_on) {
  Bench bench;
  bench.offer("AT&K5\r");
  bench.online();
  EXPECT_EQ(bench.offer("\x13"), (Split{1, 0}));
  EXPECT_FALSE(bench.modem.accepts_line_data());
}

TEST(Modem, rts_off_holds_received_data_back_under_hardware_flow_control) {
  Bench bench;
  bench.online();
  bench.modem.on_circuit(bench.now, v24::Circuit::rts, false);
  EXPECT_FALSE(bench.modem.accepts_line_data());
  bench.modem.on_circuit(bench.now, v24::Circuit::rts, true);
  EXPECT_TRUE(bench.modem.accepts_line_data());

  Bench deaf;
  deaf.offer("AT&K0\r");
  deaf.online();
  deaf.modem.on_circuit(deaf.now, v24::Circuit::rts, false);
  EXPECT_TRUE(deaf.modem.accepts_line_data());
}

TEST(Modem, a_call_made_by_the_operator_is_originated) {
  Bench bench;
  bench.hear(loop::Answered{});
  EXPECT_EQ(bench.did(), "off-hook, originate v34");
  bench.hear(carrier);
  EXPECT_EQ(bench.did(), "\\r\\nCONNECT 115200\\r\\n, dcd on");
}

TEST(Modem, a_call_made_by_the_operator_waits_for_a_dte) {
  Bench bench;
  bench.modem.on_circuit(bench.now, v24::Circuit::dtr, false);
  bench.hear(loop::Answered{});
  EXPECT_EQ(bench.did(), "");
}

TEST(Modem, transitions_are_noted_in_one_shape) {
  Bench bench;
  bench.offer("ATX1DT5550101\r");
  EXPECT_EQ(bench.notes(), (std::vector<std::string>{"{command} dial 5550101 -> dialling",
                                                     "{dialling} dialled -> awaiting_carrier"}));
}

TEST(Modem, the_profile_is_shown_within_eighty_columns) {
  size_t shown = 0;
  for (auto const& family : families()) {  // hayes2400 has no &V
    Bench bench(family);
    bench.offer("ATE0&V\r");
    std::istringstream lines(bench.said());
    for (std::string line; std::getline(lines, line); ++shown)
      EXPECT_LT(line.size(), 81u) << family.name << ": " << line;  // 79 columns, CR
  }
  EXPECT_GT(shown, 30u);
}

TEST(Modem, what_the_loop_should_not_say_is_noted_and_changes_nothing) {
  Bench bench;
  Modem const before = bench.modem;
  bench.hear(loop::CarrierUp{});
  EXPECT_EQ(bench.notes().size(), 1u);
  EXPECT_EQ(bench.modem, before);
}

TEST(Modem, early_timeouts_are_no_ops) {
  Bench bench;
  bench.online();
  bench.hear(loop::CarrierDown{});
  Modem const before = bench.modem;
  bench.pass(1399ms);
  EXPECT_EQ(bench.modem, before);
}

TEST(Modem, a_copy_goes_its_own_way) {
  Bench bench;
  bench.online();
  Bench other = bench;
  EXPECT_EQ(bench.modem, other.modem);
  other.hear(loop::LinkReleased{});
  EXPECT_EQ(bench.modem.state(), State::online_data);
  EXPECT_NE(bench.modem, other.modem);
}

TEST(Modem, a_power_cycle_loses_the_call_and_keeps_the_dte) {
  Bench bench;
  bench.offer("ATS7=99&W\r");
  bench.offer("ATS7=33\r");
  bench.online();
  bench.modem.power_cycle(bench.now);
  bench.drain();
  EXPECT_EQ(bench.did(), "on-hook, dcd off");
  EXPECT_EQ(bench.modem.state(), State::command);
  EXPECT_TRUE(bench.modem.circuits().on(v24::Circuit::dtr));
  bench.offer("ATE0S7?\r");
  EXPECT_NE(bench.said().find("099"), std::string::npos);
}

TEST(Modem, the_line_rate_is_known_while_there_is_a_carrier) {
  Bench bench;
  EXPECT_EQ(bench.modem.line_rate_bps(), 0u);
  bench.online();
  EXPECT_EQ(bench.modem.line_rate_bps(), 31200u);
}

TEST(Modem, ten_thousand_of_them_fit) {
  EXPECT_LE(sizeof(Modem), 2048u);
  Bench bench;
  EXPECT_EQ(bench.modem.next_timeout(), std::nullopt) << "an idle modem wakes nobody";
}

TEST(States, every_row_is_its_own) {
  for (unsigned i = 0; i <= static_cast<unsigned>(State::releasing); ++i)
    EXPECT_EQ(row(static_cast<State>(i)).state, static_cast<State>(i));
}

}  // namespace
}  // namespace offhook::hayes
