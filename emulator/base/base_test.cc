#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/base/byte_queue.h"
#include "emulator/base/fifo.h"
#include "emulator/base/random.h"
#include "emulator/base/result.h"
#include "emulator/base/text.h"
#include "emulator/base/timers.h"

namespace offhook {
namespace {

enum class T { guard, dial, count_ };
constexpr Instant t0{};

TEST(Timers, the_earliest_deadline_comes_first_and_fires_once) {
  Timers<T> timers;
  EXPECT_EQ(timers.next(), std::nullopt);
  timers.set(T::guard, t0 + 2s);
  timers.set(T::dial, t0 + 1s);
  EXPECT_EQ(timers.next(), t0 + 1s);
  EXPECT_EQ(timers.take_due(t0), std::nullopt);
  EXPECT_EQ(timers.take_due(t0 + 5s), T::dial);
  EXPECT_EQ(timers.take_due(t0 + 5s), T::guard);
  EXPECT_EQ(timers.take_due(t0 + 5s), std::nullopt);
}

TEST(Fifo, refuses_and_counts_what_does_not_fit) {
  Fifo<int> fifo(2);
  EXPECT_TRUE(fifo.push(1));
  EXPECT_TRUE(fifo.push(2));
  EXPECT_FALSE(fifo.push(3));
  EXPECT_EQ(fifo.take_refused(), 1u);
  EXPECT_EQ(fifo.refused(), 0u);
  EXPECT_EQ(fifo.pop(), 1);
  EXPECT_EQ(fifo.pop(), 2);
  EXPECT_EQ(fifo.pop(), std::nullopt);
}

TEST(ByteQueue, keeps_order_and_its_limit_through_wrap_around) {
  ByteQueue queue(8);
  std::string in, out;
  Random random(1);
  for (int turn = 0; turn < 1000; ++turn) {
    std::string chunk(random.below(9), static_cast<char>('a' + turn % 26));
    size_t const taken = queue.push(as_bytes(chunk));
    EXPECT_LE(queue.size(), 8u);
    in += chunk.substr(0, taken);
    size_t const gone = random.below(queue.size() + 1);
    out += as_text(queue.front().first(gone));
    queue.pop(gone);
  }
  out += as_text(queue.front());
  EXPECT_EQ(in, out);
}

TEST(Text, escapes_every_byte_that_is_not_plain) {
  EXPECT_EQ(escaped(std::string_view("AT\r\n\t\\\"\x01\xff~", 10)), "AT\\r\\n\\t\\\\\\\"\\x01\\xff~");
}

TEST(Random, the_same_seed_gives_the_same_sequence) {
  Random a(7), b(7), c(8);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
  // splitmix64's published first output for seed 0
  EXPECT_EQ(Random(0).next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(Random(3).below(0), 0u);
}

TEST(Result, an_error_is_a_sentence) {
  Result<int> const r = error("no port '", std::string("ttyVM9"), "'");
  ASSERT_TRUE(r.has_error());
  EXPECT_EQ(r.error().message, "no port 'ttyVM9'");
}

}  // namespace
}  // namespace offhook
