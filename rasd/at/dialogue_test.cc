// What the dialogue says and understands, against a device played by hand.
#include "rasd/at/dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rasd/at/test_support.h"

namespace offhook::at {
namespace {

using What = Heard::What;

TEST(Dialogue, asks_for_attention_and_takes_ok) {
  Rig rig;
  rig.start(Task::attention);
  EXPECT_EQ(rig.sent(), "AT\r");
  EXPECT_EQ(rig.dialogue.state(), State::awaiting);
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
  EXPECT_EQ(rig.dialogue.state(), State::idle);
}

TEST(Dialogue, takes_answers_with_echo_or_without_and_in_any_line_ends) {
  for (std::string_view answer : {"AT\r\r\nOK\r\n", "OK\r", "OK\n", "\n\rOK\n\r", "AT\r0\r", "0\r",
                                  "\r\n ok \r\n", "\xc1\xd4\x8d\x8d\x8aO\xcb\x8d\x8a", "O\x01\x7fK\r\n"}) {
    Rig rig;
    rig.start(Task::attention);
    rig.says_bytewise(answer);
    EXPECT_EQ(rig.outcome(), Outcome::ok) << escaped(answer);
  }
}

TEST(Dialogue, says_the_init_commands_in_order_after_the_attention) {
  Rig rig;
  rig.start(Task::initialise);
  std::string all = rig.sent();
  auto const& script = rig.dialogue.script();
  for (size_t i = 0; i <= script.init.size() + script.requests.size(); ++i) {
    EXPECT_FALSE(rig.ended());
    rig.says("OK\r\n");
    all += rig.sent();
  }
  EXPECT_EQ(all, "AT\rAT&F\rATE0Q0V1X4W2\rAT&C1&D2S0=0\rAT+VCID=1\r");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, what_is_only_requested_may_be_refused) {
  Rig rig;
  rig.start(Task::initialise);
  for (size_t i = 0; i <= rig.dialogue.script().init.size(); ++i) rig.says("OK\r\n");
  EXPECT_FALSE(rig.ended());
  rig.says("ERROR\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, names_the_init_command_that_was_refused) {
  Rig rig;
  rig.start(Task::initialise);
  rig.says("OK\r\n");
  rig.says("ERROR\r\n");
  auto const end = rig.ended();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->outcome, Outcome::refused);
  EXPECT_EQ(end->text, "ERROR (to AT&F)");
}

TEST(Dialogue, information_text_before_the_ok_is_no_answer) {
  Script script = *find_built_in("v250");
  script.init = {"ATI3"};
  script.requests = {};
  Rig rig(script);
  rig.start(Task::initialise);
  rig.says("OK\r\n");
  rig.says("ATI3\r\r\nOffhook virtual modem\r\n\r\nOK\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, silence_is_told_apart_from_echo_and_garbage) {
  struct Row {
    std::string_view said;
    Outcome outcome;
  };
  for (auto const& row : {Row{"", Outcome::silent}, Row{"AT\r", Outcome::echo}, Row{"AT\r\n", Outcome::echo},
                          Row{"AT", Outcome::echo}, Row{"AT^M", Outcome::echo},
                          Row{"login: ", Outcome::garbage}, Row{"\xfe\x81q\r", Outcome::garbage},
                          Row{"O", Outcome::garbage}, Row{"AT\r\nwhat?\r\n", Outcome::garbage}}) {
    Rig rig;
    rig.start(Task::attention);
    rig.says(row.said);
    rig.pass(4s);
    EXPECT_EQ(rig.outcome(), row.outcome) << escaped(row.said);
    EXPECT_EQ(rig.sent(), "AT\rAT\rAT\r");
  }
}

TEST(Dialogue, garbage_is_quoted_and_bounded) {
  Rig rig;
  rig.start(Task::attention);
  rig.says(std::string(100'000, 'x') + "\r\n");
  rig.pass(4s);
  auto const end = rig.ended();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->outcome, Outcome::garbage);
  EXPECT_EQ(end->text, std::string(line_limit, 'x'));
}

TEST(Dialogue, an_error_to_the_attention_was_for_a_half_typed_line) {
  Rig rig;
  rig.start(Task::attention);
  rig.says("\r\nERROR\r\n");
  EXPECT_FALSE(rig.ended());
  EXPECT_EQ(rig.sent(), "AT\rAT\r");
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, a_late_ok_does_not_answer_the_next_command) {
  Rig rig;
  rig.start(Task::initialise);
  rig.pass(1s);  // the first AT was not answered: it is said again
  EXPECT_EQ(rig.sent(), "AT\rAT\r");
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.dialogue.state(), State::settling);
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.sent(), "AT&F\r");
  rig.says("\r\nERROR\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::refused);
}

TEST(Dialogue, an_answer_that_was_lost_is_not_waited_for_long) {
  Rig rig;
  rig.start(Task::initialise);
  rig.pass(1s);
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.sent(), "AT\rAT\r");
  rig.pass(300ms);
  EXPECT_EQ(rig.sent(), "AT&F\r");
}

TEST(Dialogue, a_reset_device_owes_nothing) {
  Rig rig;
  rig.start(Task::attention);
  rig.pass(4s);
  EXPECT_EQ(rig.outcome(), Outcome::silent);
  rig.dialogue.forget();
  rig.sent();
  rig.start(Task::attention);
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, a_ring_between_command_and_answer_is_heard_and_answers_nothing) {
  Rig rig;
  rig.start(Task::attention);
  rig.says("\r\nRING\r\n");
  auto const heard = rig.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].what, What::ring);
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, hears_rings_and_who_calls) {
  Rig rig;
  rig.says("\r\nRING\r\n\r\nDATE = 1120\r\nTIME = 1703\r\nNMBR = 5550199\r\nNAME = MARY\r\n");
  rig.pass(6s);
  rig.says("\r\nRING\r\n");
  auto const heard = rig.heard();
  ASSERT_EQ(heard.size(), 6u);
  EXPECT_EQ(heard[0].caller, CallerId{});
  EXPECT_EQ(heard[3].caller.number, "5550199");
  EXPECT_EQ(heard[5].what, What::ring);
  EXPECT_EQ(heard[5].caller.name, "MARY");
  EXPECT_EQ(heard[5].caller.date, "1120");
}

TEST(Dialogue, forgets_the_caller_when_the_rings_stop) {
  Rig rig;
  rig.says("\r\nRING\r\n\r\nNMBR = 5550199\r\n");
  rig.pass(8s);
  rig.says("\r\nRING\r\n");
  EXPECT_EQ(rig.heard().back().caller, CallerId{});
}

TEST(Dialogue, what_follows_connect_is_data_and_is_left_alone) {
  Rig rig;
  rig.start(Task::dial, "5550101");
  EXPECT_EQ(rig.sent(), "ATDT5550101\r");
  rig.says("ATDT5550101\r\r\nCONNECT 33600/ARQ/V42BIS\r\n\xff\x7d\x23OK\r\n");
  auto const end = rig.ended();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->outcome, Outcome::connect);
  EXPECT_EQ(end->connection, (Connection{"CONNECT 33600/ARQ/V42BIS", 33600, "ARQ/V42BIS"}));
  EXPECT_EQ(rig.data, "\xff\x7d\x23OK\r\n");
}

TEST(Dialogue, the_line_feed_of_connect_may_come_late) {
  Rig rig;
  rig.start(Task::dial, "1");
  rig.says("\r\nCONNECT\r");
  EXPECT_EQ(rig.dialogue.state(), State::line_end);
  rig.says("\n~");
  EXPECT_EQ(rig.outcome(), Outcome::connect);
  EXPECT_EQ(rig.data, "~");
}

TEST(Dialogue, a_byte_in_place_of_the_line_feed_is_data) {
  Rig rig;
  rig.start(Task::dial, "1");
  rig.says("\r\nCONNECT\r");
  rig.says("\x8a~");
  EXPECT_EQ(rig.outcome(), Outcome::connect);
  EXPECT_EQ(rig.data, "\x8a~");
}

TEST(Dialogue, a_line_feed_that_never_comes_holds_nothing_up) {
  Rig rig;
  rig.start(Task::dial, "1");
  rig.says("\r\nCONNECT\r");
  rig.pass(100ms);
  EXPECT_EQ(rig.outcome(), Outcome::connect);
}

TEST(Dialogue, numeric_results_have_no_line_feed) {
  Rig rig("rockwell");
  rig.start(Task::dial, "1");
  rig.says("ATDT1\r84\r\n~");
  auto const end = rig.ended();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->outcome, Outcome::connect);
  EXPECT_EQ(end->connection.line_rate_bps, 33600u);
  EXPECT_EQ(rig.data, "\n~");
}

TEST(Dialogue, reports_before_connect_name_the_line) {
  Rig rig;
  rig.start(Task::answer);
  EXPECT_EQ(rig.sent(), "ATA\r");
  rig.says("\r\nCARRIER 28800\r\n\r\nPROTOCOL: LAP-M\r\n\r\nCOMPRESSION: V.42BIS\r\n\r\nCONNECT 115200\r\n");
  auto const end = rig.ended();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->connection.line_rate_bps, 28800u);
  EXPECT_EQ(end->connection.protocol, "LAP-M, V.42BIS");
}

TEST(Dialogue, connect_that_names_the_dte_rate_says_nothing_of_the_line) {
  Script script = *find_built_in("v250");
  script.connect_names_line = false;
  Rig rig(script);
  rig.start(Task::dial, "1");
  rig.says("CONNECT 115200\r\n");
  EXPECT_EQ(rig.ended()->connection.line_rate_bps, 0u);
}

TEST(Dialogue, results_of_a_call_are_told_as_they_are) {
  struct Row {
    std::string_view text;
    Outcome outcome;
    unsigned ras;
  };
  for (auto const& row :
       {Row{"BUSY", Outcome::busy, 676}, Row{"VOICE", Outcome::voice, 677},
        Row{"NO ANSWER", Outcome::no_answer, 678}, Row{"NO CARRIER", Outcome::no_carrier, 679},
        Row{"NO DIALTONE", Outcome::no_dialtone, 680}, Row{"NO DIAL TONE", Outcome::no_dialtone, 680},
        Row{"ERROR", Outcome::refused, 651}, Row{"7", Outcome::busy, 676},
        Row{"DELAYED 00:05:00", Outcome::delayed, 651}}) {
    Rig rig;
    rig.start(Task::dial, "5550191");
    rig.says("ATDT5550191\r\r\n");
    rig.says(row.text);
    rig.says("\r\n");
    auto const end = rig.ended();
    ASSERT_TRUE(end) << row.text;
    EXPECT_EQ(end->outcome, row.outcome) << row.text;
    EXPECT_EQ(ras_error(end->outcome), row.ras) << row.text;
    EXPECT_TRUE(rig.data.empty());
  }
}

TEST(Dialogue, a_dial_that_takes_too_long_is_aborted_by_a_character) {
  Rig rig;
  rig.start(Task::dial, "5550102");
  rig.sent();
  rig.says("ATDT5550102\r\r\n");
  rig.pass(75s);
  EXPECT_EQ(rig.outcome(), Outcome::no_answer);
  EXPECT_EQ(rig.sent(), "\r");
  // The last word of that call is not the next one's.
  rig.start(Task::dial, "5550101");
  rig.says("\r\nOK\r\n");
  EXPECT_FALSE(rig.ended());
  rig.says("\r\nCONNECT 33600\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::connect);
}

TEST(Dialogue, an_answer_without_a_carrier_is_aborted_by_a_character_and_its_no_carrier_ends_it) {
  for (std::string_view const said : {"\r\nNO CARRIER\r\n", "\r\nOK\r\n"}) {
    Rig rig;
    rig.start(Task::answer);
    EXPECT_EQ(rig.sent(), "ATA\r");
    rig.pass(34s);
    EXPECT_EQ(rig.sent(), "");
    rig.pass(1s);
    EXPECT_EQ(rig.sent(), "\r");
    EXPECT_FALSE(rig.ended());
    rig.says(said);
    EXPECT_EQ(rig.outcome(), Outcome::no_carrier) << escaped(said);
    rig.start(Task::attention);
    rig.says("\r\nOK\r\n");
    EXPECT_EQ(rig.outcome(), Outcome::ok);
  }
}

TEST(Dialogue, a_connect_that_crosses_the_abort_of_its_answer_is_a_call) {
  Rig rig;
  rig.start(Task::answer);
  rig.pass(35s);
  rig.says("\r\nCONNECT 33600\r\nhello");
  EXPECT_EQ(rig.outcome(), Outcome::connect);
  EXPECT_EQ(rig.data, "hello");
}

TEST(Dialogue, a_modem_that_does_not_even_take_the_abort_of_its_answer_is_silent) {
  Rig rig;
  rig.start(Task::answer);
  rig.pass(39s);
  EXPECT_FALSE(rig.ended());
  rig.pass(1s);
  EXPECT_EQ(rig.outcome(), Outcome::silent);
  EXPECT_EQ(rig.sent(), "ATA\r\r");
}

TEST(Dialogue, an_aborted_answer_that_is_given_up_owes_its_no_carrier) {
  Rig rig;
  rig.start(Task::answer);
  rig.pass(36s);
  rig.start(Task::attention);
  rig.says("\r\nNO CARRIER\r\n");
  EXPECT_FALSE(rig.ended());
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, a_late_no_carrier_does_not_end_the_next_attention) {
  Rig rig;
  rig.start(Task::dial, "5550102");
  rig.dialogue.cancel(rig.now);
  rig.start(Task::attention);
  EXPECT_EQ(rig.outcome(), Outcome::cancelled);
  EXPECT_EQ(rig.sent(), "ATDT5550102\r\rAT\r");
  rig.says("\r\nNO CARRIER\r\n");
  EXPECT_FALSE(rig.ended());
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
  EXPECT_EQ(rig.heard().at(0).what, What::no_carrier);
}

TEST(Dialogue, a_wedged_device_is_silent_in_a_dial) {
  Rig rig;
  rig.start(Task::dial, "5550102");
  rig.pass(75s);
  EXPECT_EQ(rig.outcome(), Outcome::silent);
}

TEST(Dialogue, a_number_with_a_control_character_is_never_sent) {
  Rig rig;
  rig.start(Task::dial, "555\rATH");
  EXPECT_EQ(rig.sent(), "");
  auto const end = rig.ended();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->outcome, Outcome::refused);
  EXPECT_NE(end->text.find("printable"), std::string::npos);
}

TEST(Dialogue, hangs_up_with_silence_around_the_escape) {
  Rig rig;
  rig.start(Task::hang_up);
  EXPECT_EQ(rig.sent(), "");
  rig.pass(1099ms);
  EXPECT_EQ(rig.sent(), "");
  rig.pass(1ms);
  EXPECT_EQ(rig.sent(), "+++");
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.sent(), "ATH\r");
  rig.says("\r\nOK\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, hangs_up_all_the_same_where_the_escape_is_not_confirmed) {
  Rig rig;
  rig.start(Task::hang_up);
  rig.says("noise that says OK in mid-sentence and CONNECT 9600\r\nOK\r\n");
  rig.pass(1100ms);
  EXPECT_EQ(rig.sent(), "+++");
  rig.pass(1500ms);
  EXPECT_EQ(rig.sent(), "ATH\r");
  rig.says("\r\nNO CARRIER\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(Dialogue, no_carrier_unasked_ends_a_call) {
  Rig rig;
  rig.says("\r\nNO CARRIER\r\n");
  EXPECT_EQ(rig.heard().at(0).what, What::no_carrier);
}

TEST(Dialogue, a_carrier_unasked_is_heard_and_the_answer_to_it_ends_at_once) {
  Rig rig;
  rig.says("\r\nRING\r\n\r\nCONNECT 9600\r\n~~");
  auto const heard = rig.heard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[1].what, What::connect);
  EXPECT_EQ(heard[1].connection.line_rate_bps, 9600u);
  EXPECT_EQ(rig.data, "~~");
  rig.start(Task::answer);
  EXPECT_EQ(rig.sent(), "");
  auto const end = rig.ended();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->outcome, Outcome::connect);
  EXPECT_EQ(end->connection.line_rate_bps, 9600u);
}

TEST(Dialogue, a_carrier_in_answer_to_a_command_is_unexpected_and_heard) {
  Rig rig;
  rig.start(Task::initialise);
  rig.says("\r\nCONNECT 9600\r\n~");
  EXPECT_EQ(rig.outcome(), Outcome::unexpected);
  EXPECT_EQ(rig.heard().at(0).what, What::connect);
  EXPECT_EQ(rig.data, "~");
}

TEST(Dialogue, early_and_repeated_timeouts_are_no_ops) {
  Rig rig;
  rig.start(Task::attention);
  Dialogue const before = rig.dialogue;
  rig.dialogue.on_timeout(rig.now + 999ms);
  EXPECT_EQ(rig.dialogue, before);
}

TEST(Dialogue, a_task_in_place_of_another_ends_once) {
  Rig rig;
  rig.start(Task::attention);
  rig.start(Task::initialise);
  EXPECT_FALSE(rig.ended());
  rig.dialogue.cancel(rig.now);
  rig.start(Task::hang_up);
  rig.pass(1ms);
  EXPECT_EQ(rig.outcome(), Outcome::cancelled);
}

}  // namespace
}  // namespace offhook::at
