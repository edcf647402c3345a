#include "emulator/exchange/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/exchange/test_support.h"

namespace offhook::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(call, a_subscriber_reaches_another_and_both_hear_it) {
  Rig rig;
  EXPECT_THAT(rig.act(0, loop::GoOffHook{}), ElementsAre("0: dial tone"));
  EXPECT_THAT(rig.dial(0, "5550101"), ElementsAre("began 5550100>5550101", "0: ringback",
                                                  "ringing 5550100>5550101", "1: ring on (pattern 0)"));
  EXPECT_EQ(rig.exchange.state(0), LoopState::ringback);
  EXPECT_EQ(rig.exchange.state(1), LoopState::ringing);
  EXPECT_THAT(rig.act(1, loop::GoOffHook{}), ElementsAre("1: ring off", "answered 5550100>5550101",
                                                         "connect 0-1", "0: answered", "1: answered"));
  EXPECT_THAT(rig.act(0, loop::GoOnHook{}),
              ElementsAre("ended 5550100>5550101: normal clearing", "disconnect"));
  EXPECT_EQ(rig.exchange.state(0), LoopState::on_hook);
  EXPECT_EQ(rig.exchange.state(1), LoopState::parked);
  EXPECT_THAT(rig.act(1, loop::GoOnHook{}), IsEmpty());
  EXPECT_EQ(rig.exchange.state(1), LoopState::on_hook);
  EXPECT_EQ(rig.exchange.next_timeout(), std::nullopt);
}

TEST(call, test_lines_answer_each_in_their_way) {
  struct Row {
    std::string number, result;
    LoopState state;
  };
  for (Row const& row :
       {Row{"5550000", "0: answered", LoopState::connected},
        Row{"5550001", "0: cleared: user busy", LoopState::parked},
        Row{"5550002", "0: ringback", LoopState::ringback}, Row{"5550003", "0: voice", LoopState::ringback},
        Row{"5550004", "0: answered", LoopState::connected},
        Row{"5550005", "0: answered", LoopState::connected},
        Row{"5550006", "0: cleared: no circuit available", LoopState::parked},
        Row{"5550007", "0: cleared: unallocated number", LoopState::parked},
        Row{"5550008", "0: cleared: user busy", LoopState::parked},
        Row{"5559999", "0: cleared: unallocated number", LoopState::parked},
        Row{"5550100", "0: cleared: user busy", LoopState::parked}}) {
    Rig rig;
    rig.act(0, loop::GoOffHook{});
    auto heard = told(rig.dial(0, row.number));
    ASSERT_FALSE(heard.empty()) << row.number;
    EXPECT_EQ(heard.back(), row.result) << row.number;
    EXPECT_EQ(rig.exchange.state(0), row.state) << row.number;
    rig.act(0, loop::GoOnHook{});
    EXPECT_EQ(rig.exchange.calls(), 0u) << row.number;
  }
}

TEST(call, ringback_comes_before_every_answer_so_that_one_without_it_is_glare) {
  for (std::string number : {"5550000", "5550003", "5550004", "5550005"}) {
    Rig rig;
    auto const heard = told(rig.call(0, number));
    ASSERT_EQ(heard.size(), 2u) << number;
    EXPECT_EQ(heard.front(), "0: ringback") << number;
  }
}

TEST(call, an_answered_test_line_that_hangs_up_leaves_the_caller_parked_untold) {
  Rig rig;
  rig.call(0, "5550004");
  rig.exchange.clear_call(rig.now, *rig.exchange.call(0));
  EXPECT_THAT(rig.drain(), ElementsAre("ended 5550100>5550004: normal clearing", "disconnect"));
  EXPECT_EQ(rig.exchange.state(0), LoopState::parked);
}

}  // namespace
}  // namespace offhook::exchange
