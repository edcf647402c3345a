#include "rasd/net/line_queue.h"

#include <gtest/gtest.h>

#include <string>

#include "emulator/base/text.h"

namespace offhook::net {
namespace {

std::string all(LineQueue& queue, size_t piece = 1000) {
  std::string said;
  while (!queue.empty()) {
    size_t const n = std::min(piece, queue.size());
    said += as_text(queue.front().first(n));
    queue.pop(n);
  }
  return said;
}

TEST(LineQueue, frames_go_in_order_and_whole_or_not_at_all) {
  LineQueue queue(10);
  EXPECT_TRUE(queue.push(as_bytes(std::string("~one~"))));
  EXPECT_TRUE(queue.push(as_bytes(std::string("two~"))));
  EXPECT_FALSE(queue.push(as_bytes(std::string("3~"))));
  EXPECT_FALSE(queue.push_ahead(as_bytes(std::string("3~"))));
  EXPECT_EQ(all(queue), "~one~two~");
}

TEST(LineQueue, who_overtakes_waits_for_the_frame_under_way_and_for_those_who_overtook_before) {
  for (size_t written = 0; written <= 5; ++written) {
    LineQueue queue(100);
    queue.push(as_bytes(std::string("~one~two~three~")));
    std::string said(as_text(queue.front().first(written)));
    queue.pop(written);
    EXPECT_TRUE(queue.push_ahead(as_bytes(std::string("a~"))));
    EXPECT_TRUE(queue.push_ahead(as_bytes(std::string("b~"))));
    std::string const expected = written == 0   ? "a~b~~one~two~three~"
                                 : written == 1 ? "~a~b~one~two~three~"
                                                : "~one~a~b~two~three~";
    EXPECT_EQ(said + all(queue, 3), expected) << written;
  }
}

TEST(LineQueue, who_overtakes_later_comes_behind_what_is_left_of_those_before) {
  LineQueue queue(100);
  queue.push(as_bytes(std::string("~one~two~")));
  queue.pop(2);
  queue.push_ahead(as_bytes(std::string("abc~")));
  queue.pop(4);  // one, and the first of abc
  queue.push_ahead(as_bytes(std::string("d~")));
  EXPECT_EQ(as_text(queue.front()), "bc~d~two~");
  queue.pop(5);
  queue.push_ahead(as_bytes(std::string("e~")));
  EXPECT_EQ(all(queue), "e~two~");
  queue.push(as_bytes(std::string("~f~")));
  queue.pop(1);
  queue.clear();
  EXPECT_TRUE(queue.push_ahead(as_bytes(std::string("g~"))));
  EXPECT_EQ(all(queue), "g~");
}

}  // namespace
}  // namespace offhook::net
