#include "emulator/supervise/waits.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

namespace offhook::supervise {
namespace {

Wait wait(pid_t thread, uint64_t id, Counts since = {}) {
  return {
      .id = id, .thread = thread, .port = "ttyVM0", .generation = 1, .awaited = TIOCM_CAR, .since = since};
}
/// A thread that catches signals waits.
void begin(Waits& waits, Wait each) {
  waits.begin(std::move(each), [] { return true; });
}
constexpr Counts none{}, one{.dcd = 1}, two{.dcd = 2};

TEST(Waits, an_edge_of_the_line_ends_those_of_its_port) {
  Waits waits;
  begin(waits, wait(10, 1));
  EXPECT_TRUE(waits.due("ttyVM0", 1, none).empty());
  EXPECT_TRUE(waits.due("ttyVM1", 1, one).empty());
  auto const due = waits.due("ttyVM0", 1, one);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].id, 1u);
}

TEST(Waits, a_fresh_pty_ends_them_without_an_edge) {
  Waits waits;
  begin(waits, wait(10, 1));
  EXPECT_EQ(waits.due("ttyVM0", 2, none).size(), 1u);
}

TEST(Waits, an_interrupted_wait_goes_on_with_its_old_counts) {
  Waits waits;
  begin(waits, wait(10, 1));
  begin(waits, wait(10, 2, one));  // an edge came while the handler ran
  auto const due = waits.due("ttyVM0", 1, one);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].id, 2u);
}

TEST(Waits, another_thread_or_another_line_starts_anew) {
  Waits waits;
  begin(waits, wait(10, 1));
  begin(waits, wait(11, 2, one));
  auto other = wait(10, 3, one);
  other.awaited = TIOCM_CAR | TIOCM_RNG;
  begin(waits, other);
  EXPECT_TRUE(waits.due("ttyVM0", 1, one).empty());
  EXPECT_EQ(waits.due("ttyVM0", 1, two).size(), 2u);
}

TEST(Waits, an_answer_that_may_have_been_lost_is_given_once_more) {
  Waits waits;
  begin(waits, wait(10, 1));
  waits.answered(10);
  EXPECT_TRUE(waits.of("ttyVM0").empty());
  begin(waits, wait(10, 2, one));
  EXPECT_EQ(waits.due("ttyVM0", 1, one).size(), 1u);
  begin(waits, wait(10, 3, one));  // that one was interrupted before it was answered
  EXPECT_EQ(waits.due("ttyVM0", 1, one).size(), 1u);
  waits.answered(10);
  begin(waits, wait(10, 4, one));
  EXPECT_TRUE(waits.due("ttyVM0", 1, one).empty());
}

TEST(Waits, no_answer_is_lost_on_a_thread_that_catches_no_signals) {
  Waits waits;
  begin(waits, wait(10, 1));
  waits.answered(10);
  waits.begin(wait(10, 2, one), [] { return false; });
  EXPECT_TRUE(waits.due("ttyVM0", 1, one).empty());
}

TEST(Waits, an_answer_was_not_lost_where_the_thread_has_looked_since) {
  Waits waits;
  begin(waits, wait(10, 1));
  waits.answered(10);
  waits.looked(10);
  begin(waits, wait(10, 2, one));
  EXPECT_TRUE(waits.due("ttyVM0", 1, one).empty());
}

TEST(Waits, the_dead_are_dropped_at_a_word) {
  Waits waits;
  begin(waits, wait(10, 1));
  begin(waits, wait(11, 2));
  waits.drop([](Wait const& each) { return each.thread == 10; });
  ASSERT_EQ(waits.of("ttyVM0").size(), 1u);
  EXPECT_EQ(waits.of("ttyVM0")[0].thread, 11);
}

}  // namespace
}  // namespace offhook::supervise
