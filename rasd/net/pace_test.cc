#include "rasd/net/pace.h"

#include <gtest/gtest.h>

namespace offhook::net {
namespace {

TEST(Backlog, what_may_wait_is_what_a_full_line_carries_in_a_second) {
  Backlog backlog;
  Instant now{};
  for (int i = 0; i < 50; ++i) backlog.wrote(now += 10ms, 400);
  EXPECT_NEAR(static_cast<double>(backlog.limit()), 40'000, 4000);
}

TEST(Backlog, a_line_that_was_empty_meanwhile_is_no_measure) {
  Backlog backlog;
  size_t const unknown = backlog.limit();
  Instant now{};
  for (int i = 0; i < 50; ++i) {
    backlog.wrote(now += 10ms, 10);
    backlog.emptied();
  }
  EXPECT_EQ(backlog.limit(), unknown);
}

TEST(Backlog, the_slowest_and_the_fastest_line_have_bounds) {
  Backlog slow, fast;
  Instant now{};
  for (int i = 0; i < 50; ++i) {
    slow.wrote(now += 10ms, 1);
    fast.wrote(now, 1'000'000);
  }
  EXPECT_EQ(slow.limit(), Backlog::least);
  EXPECT_EQ(fast.limit(), Backlog::most);
}

TEST(FullestSecond, the_fullest_of_late_is_remembered) {
  FullestSecond seen;
  EXPECT_EQ(seen.bytes(), 0u);
  Instant now{};
  for (int i = 0; i < 100; ++i) seen.saw(now += 20ms, 84);  // 33600 bit/s for two seconds
  EXPECT_EQ(seen.bytes(), 4200u);
  for (int i = 0; i < 10; ++i) seen.saw(now += 1s, 40);
  EXPECT_EQ(seen.bytes(), 4200u);
}

TEST(FullestSecond, after_a_minute_of_less_it_is_less) {
  FullestSecond seen;
  Instant now{};
  seen.saw(now += 1s, 4200);
  for (int i = 0; i < 70; ++i) seen.saw(now += 1s, 40);
  EXPECT_EQ(seen.bytes(), 40u);
  seen.saw(now += 1h, 30);
  EXPECT_EQ(seen.bytes(), 30u);
}

}  // namespace
}  // namespace offhook::net
