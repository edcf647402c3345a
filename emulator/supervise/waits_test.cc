#include "emulator/supervise/waits.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

namespace offhook::supervise {
namespace {

constexpr Instant start{};

Wait wait(pid_t thread, uint64_t id, Counts since = {}) {
  return {
      .id = id, .thread = thread, .port = "ttyVM0", .generation = 1, .awaited = TIOCM_CAR, .since = since};
}
constexpr Counts none{}, one{.dcd = 1}, two{.dcd = 2};

TEST(Waits, an_edge_of_the_line_ends_those_of_its_port) {
  Waits waits;
  waits.begin(start, wait(10, 1));
  EXPECT_TRUE(waits.due("ttyVM0", 1, none).empty());
  EXPECT_TRUE(waits.due("ttyVM1", 1, one).empty());
  auto const due = waits.due("ttyVM0", 1, one);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].id, 1u);
}

TEST(Waits, a_fresh_pty_ends_them_without_an_edge) {
  Waits waits;
  waits.begin(start, wait(10, 1));
  EXPECT_EQ(waits.due("ttyVM0", 2, none).size(), 1u);
}

TEST(Waits, an_interrupted_wait_goes_on_with_its_old_counts) {
  Waits waits;
  waits.begin(start, wait(10, 1));
  EXPECT_FALSE(waits.begin(start, wait(10, 2, one)));  // an edge came while the handler ran
  auto const due = waits.due("ttyVM0", 1, one);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].id, 2u);
}

TEST(Waits, another_thread_or_another_line_starts_anew) {
  Waits waits;
  waits.begin(start, wait(10, 1));
  waits.begin(start, wait(11, 2, one));
  auto other = wait(10, 3, one);
  other.awaited = TIOCM_CAR | TIOCM_RNG;
  waits.begin(start, other);
  EXPECT_TRUE(waits.due("ttyVM0", 1, one).empty());
  EXPECT_EQ(waits.due("ttyVM0", 1, two).size(), 2u);
}

TEST(Waits, an_answer_a_moment_ago_may_have_been_lost) {
  Waits waits;
  waits.begin(start, wait(10, 1));
  waits.answered(start, 10);
  EXPECT_TRUE(waits.of("ttyVM0").empty());
  EXPECT_TRUE(waits.begin(start + 10ms, wait(10, 2, one)));
}

TEST(Waits, an_answer_was_not_lost_where_the_thread_has_looked_since) {
  Waits waits;
  waits.begin(start, wait(10, 1));
  waits.answered(start, 10);
  waits.looked(10);
  EXPECT_FALSE(waits.begin(start + 10ms, wait(10, 2, one)));
}

TEST(Waits, an_answer_long_ago_was_not_lost) {
  Waits waits;
  waits.begin(start, wait(10, 1));
  waits.answered(start, 10);
  EXPECT_FALSE(waits.begin(start + 2s, wait(10, 2, one)));
  EXPECT_TRUE(waits.due("ttyVM0", 1, one).empty());
}

TEST(Waits, the_dead_are_dropped_at_a_word) {
  Waits waits;
  waits.begin(start, wait(10, 1));
  waits.begin(start, wait(11, 2));
  waits.drop([](Wait const& each) { return each.thread == 10; });
  ASSERT_EQ(waits.of("ttyVM0").size(), 1u);
  EXPECT_EQ(waits.of("ttyVM0")[0].thread, 11);
}

}  // namespace
}  // namespace offhook::supervise
