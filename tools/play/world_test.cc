// The virtual world's own parts: that what it watches for would be seen.
#include "tools/play/world.h"

#include <gtest/gtest.h>

namespace offhook::play {
namespace {

using port::State;

class WorldTest : public testing::Test {
 protected:
  WorldTest() { world.run_for(10s); }
  State state(size_t port) const { return world.machine(port).state(); }

  World world{default_bank(1)};
};

TEST_F(WorldTest, a_call_is_answered_and_has_its_own_words_back) {
  EXPECT_EQ(state(0), State::listening);
  ASSERT_TRUE(world.ring(0, 0));
  world.run_for(5s);
  EXPECT_EQ(state(0), State::connected);
  EXPECT_TRUE(world.served(0));
  ASSERT_TRUE(world.caller_hangs_up(0));
  world.run_for(5s);
  EXPECT_EQ(state(0), State::listening);
  EXPECT_EQ(world.stage.broken, "");
}

TEST_F(WorldTest, a_stopped_client_that_goes_on_reaches_no_later_call) {
  world.lease(0, "rasdial", "5550000");
  world.run_for(3s);
  EXPECT_EQ(state(0), State::leased);
  ASSERT_TRUE(world.stop("rasdial"));
  world.order(0, port::HangUp{});
  world.run_for(5s);
  EXPECT_EQ(state(0), State::listening);
  ASSERT_TRUE(world.ring(0, 0));
  world.run_for(5s);
  EXPECT_TRUE(world.served(0));
  ASSERT_TRUE(world.go_on("rasdial"));
  world.run_for(5s);
  EXPECT_EQ(world.stage.broken, "");
  EXPECT_TRUE(world.served(0));
  EXPECT_TRUE(world.clients().empty());
}

TEST_F(WorldTest, a_foreign_program_gets_a_port_that_listens_and_none_that_is_locked) {
  EXPECT_TRUE(world.foreign(0, "minicom", World::Manners::takes_locks));
  world.run_for(1s);
  EXPECT_EQ(state(0), State::foreign);
  EXPECT_EQ(world.machine(0).shown().holder, "minicom");
  world.lease(1, "rasdial", "");
  world.run_for(1s);
  EXPECT_FALSE(world.foreign(1, "minicom-2", World::Manners::takes_locks));
  EXPECT_TRUE(world.foreign(1, "root", World::Manners::is_root));
  world.run_for(1s);
  EXPECT_EQ(state(1), State::leased);
  EXPECT_EQ(world.machine(1).shown().holder, "root");
}

/// It is gone before anybody looks, and has told the modem to answer by itself. Whether rasd answers the next
/// call, and not the modem.
bool answers_after_an_unseen_program(port::Laws const& laws) {
  Setup setup = default_bank(1);
  setup.laws = &laws;
  World world(std::move(setup));
  world.run_for(10s);
  EXPECT_TRUE(world.foreign(0, "minicom", World::Manners::merely_opens));
  EXPECT_TRUE(world.say("minicom", "ATS0=1\r"));
  world.run_for(0s);
  EXPECT_TRUE(world.kill("minicom"));
  world.run_for(20s);
  EXPECT_EQ(world.machine(0).state(), State::listening);
  EXPECT_TRUE(world.ring(0, 0));
  world.run_for(5s);
  return world.served(0);
}

TEST(unseen_program, what_it_did_to_the_modem_is_undone) {
  EXPECT_TRUE(answers_after_an_unseen_program(port::standard_laws()));
}

TEST(unseen_program, without_the_renewal_it_costs_a_call) {
  port::Laws laws = port::standard_laws();
  for (port::Move& move : laws.moves)
    if (move.on == port::Cue::nobody_any_more && move.to == port::Step::renews) move.to = port::Step::stay;
  EXPECT_FALSE(answers_after_an_unseen_program(laws));
}

TEST_F(WorldTest, tiocexcl_that_a_dead_program_left_locks_nobody_out) {
  ASSERT_TRUE(world.foreign(0, "pppd", World::Manners::takes_exclusive));
  world.run_for(1s);
  ASSERT_TRUE(world.kill("pppd"));
  world.run_for(3s);
  EXPECT_EQ(state(0), State::listening);
}

TEST_F(WorldTest, a_wedged_modem_is_blamed_and_a_power_cycle_brings_it_back) {
  ASSERT_TRUE(world.wedge(0));
  world.order(0, port::Reset{});
  world.run_for(19s);  // AT, escape, ATH, AT, each with its time
  EXPECT_EQ(state(0), State::failed);
  EXPECT_EQ(world.machine(0).shown().failure, port::Failure::silent);
  world.power_cycle(0);
  world.run_for(60s);
  EXPECT_EQ(state(0), State::listening);
}

TEST_F(WorldTest, observers_that_lost_entries_catch_up_once_all_is_quiet) {
  world.observers().attach();
  world.stage.mischief = {2, 2, 2, 1s};
  for (int i = 0; i < 5; ++i) {
    world.ring(0, 0);
    world.run_for(5s);
    world.caller_hangs_up(0);
    world.run_for(15s);
  }
  world.stage.mischief = {};
  world.order(0, port::Reset{});
  world.run_for(10s);
  EXPECT_TRUE(world.observers().agree());
  EXPECT_TRUE(world.log_agrees());
}

TEST(ledger, bytes_of_another_holder_on_a_call_are_found) {
  Stage stage(1);
  Ledger ledger(stage);
  uint8_t const first = ledger.mark(Holding::ours), second = ledger.mark(Holding::ours);
  ledger.sent(0, 17, Ledger::text(first));
  ledger.read(0, 17, first);
  ledger.sent(1, 17, Ledger::text(second));  // the other end of the same call
  EXPECT_EQ(stage.broken, "");
  ledger.sent(0, 17, Ledger::text(second));
  EXPECT_EQ(stage.broken, "law 3: bytes of another holder are sent on call 17");
}

TEST(ledger, a_call_that_an_earlier_holder_reads_is_found) {
  Stage stage(1);
  Ledger ledger(stage);
  uint8_t const first = ledger.mark(Holding::ours), second = ledger.mark(Holding::ours);
  ledger.sent(0, 18, Ledger::text(second));
  ledger.read(0, 18, first);
  EXPECT_EQ(stage.broken, "law 3: bytes of another holder are read from call 18");
}

}  // namespace
}  // namespace offhook::play
