// Cables and PADs, played by hand.
#include "rasd/at/dialogue.h"

#include <gtest/gtest.h>

#include "rasd/at/test_support.h"

namespace offhook::at {
namespace {

using What = Heard::What;

TEST(DialogueWithOthers, a_cable_says_client_and_hears_clientserver) {
  Rig client("null-modem"), server("null-modem");
  client.start(Task::initialise);
  EXPECT_EQ(client.outcome(), Outcome::ok);
  client.start(Task::dial, "");
  EXPECT_EQ(client.sent(), "CLIENT");
  server.says_bytewise("CLIENT");
  EXPECT_EQ(server.heard().at(0).what, What::ring);
  server.start(Task::answer);
  EXPECT_EQ(server.sent(), "CLIENTSERVER");
  EXPECT_EQ(server.outcome(), Outcome::connect);
  client.says("CLIENTSERVER~\xff");
  EXPECT_EQ(client.outcome(), Outcome::connect);
  EXPECT_EQ(client.data, "~\xff");
}

TEST(DialogueWithOthers, a_looped_cable_is_an_echo) {
  Rig rig("null-modem");
  rig.start(Task::dial, "");
  rig.says("CLIENT");
  rig.pass(10s);
  EXPECT_EQ(rig.outcome(), Outcome::echo);
}

TEST(DialogueWithOthers, a_pad_is_asked_selected_and_cleared) {
  Rig rig("pad");
  rig.start(Task::initialise);
  EXPECT_EQ(rig.sent(), "STAT\r");
  rig.says("\r\nOFFHOOK PAD\r\n\r\nFREE\r\n");
  EXPECT_EQ(rig.sent(), "SET? 1:0,2:0,3:0,4:1,5:0,7:2,12:0,13:0,15:0\r");
  rig.says("SET? 1:0,2:0,3:0,4:1,5:0,7:2,12:0,13:0,15:0\r\r\nPAR 1:0, 2:0\r\n");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
  rig.start(Task::dial, "5550101");
  EXPECT_EQ(rig.sent(), "5550101\r");
  rig.says("\r\nCOM\r\nhello");
  EXPECT_EQ(rig.outcome(), Outcome::connect);
  EXPECT_EQ(rig.data, "hello");
}

TEST(DialogueWithOthers, the_causes_of_a_clear_are_told_by_their_meaning) {
  struct Row {
    std::string_view text;
    Outcome outcome;
    unsigned ras;
  };
  for (auto const& row :
       {Row{"CLR OCC", Outcome::busy, 676}, Row{"CLR NP", Outcome::unobtainable, 678},
        Row{"CLR NC", Outcome::congested, 676}, Row{"CLR DTE C:0 D:0", Outcome::cleared, 629},
        Row{"CLR RPE", Outcome::out_of_order, 678}, Row{"CLR NA", Outcome::barred, 651},
        Row{"CLR ID", Outcome::incompatible, 679}, Row{"CLR XYZ", Outcome::no_carrier, 679},
        Row{"ERR", Outcome::refused, 651}}) {
    Rig rig("pad");
    rig.start(Task::dial, "5550101");
    rig.says("\r\n" + std::string(row.text) + "\r\n\r\n*");
    auto const end = rig.ended();
    ASSERT_TRUE(end) << row.text;
    EXPECT_EQ(end->outcome, row.outcome) << row.text;
    EXPECT_EQ(ras_error(end->outcome), row.ras) << row.text;
  }
}

TEST(DialogueWithOthers, the_prompt_of_a_pad_says_nothing) {
  Rig rig("pad");
  rig.says("\r\n*");
  rig.start(Task::attention);
  rig.says("\r\nFREE\r\n\r\n*");
  EXPECT_EQ(rig.outcome(), Outcome::ok);
}

TEST(DialogueWithOthers, the_com_of_a_pad_that_is_under_way_is_waited_for_and_nothing_is_said) {
  Rig rig("pad");
  rig.start(Task::answer);
  EXPECT_FALSE(rig.ended());
  rig.pass(1s);
  rig.says("\r\n5550199+COM\r\n");
  rig.pass(1s);
  EXPECT_EQ(rig.outcome(), Outcome::connect);
  EXPECT_EQ(rig.sent(), "");
}

TEST(DialogueWithOthers, a_call_that_the_caller_of_a_pad_gave_up_is_no_carrier) {
  Rig cleared("pad"), silent("pad");
  cleared.start(Task::answer);
  cleared.says("\r\nCLR DTE\r\n");
  EXPECT_EQ(cleared.outcome(), Outcome::cleared);
  silent.start(Task::answer);
  silent.pass(70s);
  EXPECT_EQ(silent.outcome(), Outcome::no_carrier);
  EXPECT_EQ(silent.sent(), "");
  silent.start(Task::attention);
  silent.says("\r\nFREE\r\n");
  EXPECT_EQ(silent.outcome(), Outcome::ok);
}

TEST(DialogueWithOthers, a_call_that_a_pad_took_names_the_caller_and_a_clear_ends_it) {
  Rig rig("pad");
  rig.says("\r\n5550199+COM\r\n");
  auto heard = rig.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].what, What::connect);
  EXPECT_EQ(heard[0].text, "5550199+COM");
  rig.says("\r\nCLR DTE\r\n");
  EXPECT_EQ(rig.heard().at(0).what, What::no_carrier);
}

}  // namespace
}  // namespace offhook::at
