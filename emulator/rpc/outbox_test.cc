#include "emulator/rpc/outbox.h"

#include <gtest/gtest.h>

namespace offhook::rpc {
namespace {

std::string dropped(int count) {
  return notification_line("dropped", "{\"count\":" + std::to_string(count) + "}");
}

TEST(Outbox, keeps_order_while_there_is_room) {
  Outbox box(100);
  box.event("e1\n");
  box.answer("a1\n");
  box.event("e2\n");
  EXPECT_EQ(box.take(1000), "e1\na1\ne2\n");
  EXPECT_TRUE(box.empty());
}

TEST(Outbox, drops_the_oldest_events_and_says_how_many_in_their_place) {
  Outbox box(6);
  box.answer("a1\n");
  for (auto const* line : {"e1\n", "e2\n", "e3\n", "e4\n"}) box.event(line);
  box.answer("a2\n");
  EXPECT_EQ(box.take(1000), "a1\n" + dropped(2) + "e3\ne4\na2\n");
}

TEST(Outbox, never_drops_an_answer) {
  Outbox box(2);
  for (int i = 0; i < 100; ++i) box.answer("answer\n");
  EXPECT_EQ(box.take(100000).size(), 700u);
}

TEST(Outbox, counts_anew_after_it_has_told) {
  Outbox box(3);
  box.event("e1\n");
  box.event("e2\n");
  EXPECT_EQ(box.take(1000), dropped(1) + "e2\n");
  box.event("e3\n");
  EXPECT_EQ(box.take(1000), "e3\n");
}

TEST(Outbox, tells_even_where_no_event_is_left) {
  Outbox box(3);
  box.event("an event longer than the limit\n");
  EXPECT_FALSE(box.empty());
  EXPECT_EQ(box.take(1000), dropped(1));
  EXPECT_TRUE(box.empty());
}

TEST(Outbox, gives_about_as_much_as_is_wanted) {
  Outbox box(1000);
  for (int i = 0; i < 10; ++i) box.event("0123456789\n");
  EXPECT_EQ(box.take(20).size(), 22u);
  EXPECT_EQ(box.take(1000).size(), 88u);
}

}  // namespace
}  // namespace offhook::rpc
