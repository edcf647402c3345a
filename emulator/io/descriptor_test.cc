#include "emulator/io/descriptor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <chrono>
#include <optional>

namespace offhook::io {
namespace {

struct Pair {
  Fd near, far;
};
Pair make_pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

struct DescriptorOfAPair : testing::Test {
  DescriptorOfAPair() {
    Pair made = make_pair();
    far = std::move(made.far);
    EXPECT_TRUE(ours.assign(std::move(made.near)));
  }
  void fill() {
    std::array<char, 4096> chunk{};
    while (::write(ours.fd(), chunk.data(), chunk.size()) > 0) {
    }
  }
  void empty() {
    std::array<char, 4096> chunk{};
    while (::read(far.get(), chunk.data(), chunk.size()) > 0) {
    }
  }
  bool far_end_sees_an_end() {
    char byte = 0;
    return ::read(far.get(), &byte, 1) == 0;
  }

  boost::asio::io_context io;
  int read_calls = 0, write_calls = 0;
  bool wait_again = false;
  Descriptor ours{io, [this] { ++read_calls; },
                  [this] {
                    ++write_calls;
                    if (wait_again) ours.await_writable();
                  }};
  Fd far;
};

TEST_F(DescriptorOfAPair, each_wait_is_answered_once) {
  ours.await_readable();
  ours.await_readable();
  EXPECT_EQ(::write(far.get(), "x", 1), 1);
  io.poll();
  EXPECT_EQ(read_calls, 1);
  ours.await_readable();
  io.restart();
  io.poll();
  EXPECT_EQ(read_calls, 2) << "what was left unread is told again to who asks again";
}

TEST_F(DescriptorOfAPair, room_is_told_while_bytes_are_awaited_too) {
  fill();
  ours.await_readable();
  ours.await_writable();
  io.poll();
  EXPECT_EQ(write_calls, 0);
  empty();
  io.poll();
  EXPECT_EQ(write_calls, 1);
  EXPECT_EQ(read_calls, 0);
  EXPECT_EQ(::write(far.get(), "x", 1), 1);
  io.poll();
  EXPECT_EQ(read_calls, 1);
}

/// A pty that is read wakes its writer a moment before there is room: the wait that follows has missed it.
TEST_F(DescriptorOfAPair, room_is_told_to_who_waits_after_its_wake_up_came_and_went) {
  fill();
  ours.await_room();
  empty();
  io.poll();
  ASSERT_EQ(write_calls, 1);
  ours.await_room();
  auto const limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (write_calls < 2 && std::chrono::steady_clock::now() < limit) io.run_one_for(std::chrono::seconds(1));
  EXPECT_EQ(write_calls, 2);
}

TEST_F(DescriptorOfAPair, nothing_wakes_the_loop_for_room_that_nobody_awaits_any_more) {
  fill();
  ours.await_readable();
  ours.await_writable();
  empty();
  io.poll();
  ASSERT_EQ(write_calls, 1);
  auto const goes_through = [this] {
    EXPECT_EQ(::write(ours.fd(), "x", 1), 1);
    empty();
  };
  goes_through();
  EXPECT_LE(io.poll(), 1u) << "that nobody awaits it is noticed once";
  goes_through();
  EXPECT_EQ(io.poll(), 0u);
  EXPECT_EQ(write_calls, 1);
}

TEST_F(DescriptorOfAPair, the_handler_may_wait_for_room_again) {
  wait_again = true;
  fill();
  ours.await_writable();
  empty();
  io.poll_one();
  fill();
  empty();
  io.run_one_for(std::chrono::seconds(30));
  EXPECT_EQ(write_calls, 2);
}

TEST_F(DescriptorOfAPair, room_that_is_there_is_told_at_once_to_who_was_refused_nothing) {
  fill();
  ours.await_room();
  empty();
  io.poll();
  ASSERT_EQ(write_calls, 1);
  ours.await_writable();
  io.restart();
  io.poll();
  EXPECT_EQ(write_calls, 2);
}

TEST_F(DescriptorOfAPair, who_is_refused_again_and_again_is_told_each_time) {
  for (int i = 1; i <= 3; ++i) {
    fill();
    ours.await_room();
    io.restart();
    io.poll();
    EXPECT_EQ(write_calls, i - 1);
    empty();
    io.restart();
    io.poll();
    EXPECT_EQ(write_calls, i);
  }
}

TEST_F(DescriptorOfAPair, who_stopped_waiting_and_is_refused_again_is_told_of_room) {
  fill();
  ours.await_room();
  empty();
  io.poll();
  ASSERT_EQ(write_calls, 1);
  EXPECT_EQ(::write(ours.fd(), "x", 1), 1);
  empty();
  io.poll();  // nobody awaits it: it is watched no more
  fill();
  ours.await_room();
  io.restart();
  io.poll();
  EXPECT_EQ(write_calls, 1);
  empty();
  io.run_one_for(std::chrono::seconds(30));
  EXPECT_EQ(write_calls, 2);
}

TEST_F(DescriptorOfAPair, it_awaits_room_until_that_is_told) {
  fill();
  EXPECT_FALSE(ours.awaits_writable());
  ours.await_writable();
  EXPECT_TRUE(ours.awaits_writable());
  empty();
  io.poll();
  EXPECT_FALSE(ours.awaits_writable());
}

/// Under the address sanitizer this shows more.
TEST_F(DescriptorOfAPair, one_whose_room_is_told_may_end_another_that_has_room_too) {
  int calls = 0, others_calls = 0;
  std::optional<Descriptor> second;
  Descriptor first(
      io, [] {}, [&] { ++calls, second.reset(); });
  second.emplace(
      io, [] {}, [&] { ++others_calls; });
  Pair one = make_pair(), other = make_pair();
  ASSERT_TRUE(first.assign(std::move(one.near)));
  ASSERT_TRUE(second->assign(std::move(other.near)));
  first.await_writable();
  second->await_writable();
  io.poll();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(others_calls, 0);
}

TEST_F(DescriptorOfAPair, an_event_loop_without_waits_comes_to_its_end) {
  fill();
  ours.await_writable();
  ours.close();
  io.run_for(std::chrono::seconds(30));
  EXPECT_TRUE(io.stopped());
}

TEST_F(DescriptorOfAPair, what_is_closed_or_given_away_while_room_is_awaited_is_held_by_nobody_else) {
  fill();
  ours.await_writable();
  Fd given = ours.release();
  empty();
  given = Fd();
  EXPECT_TRUE(far_end_sees_an_end());
  io.poll();
  EXPECT_EQ(write_calls, 0);
}

TEST_F(DescriptorOfAPair, room_of_what_was_given_away_wakes_nobody_while_others_wait) {
  Descriptor other(
      io, [] {}, [] { FAIL() << "there is no room for it"; });
  Pair full = make_pair();
  std::array<char, 4096> chunk{};
  while (::write(full.near.get(), chunk.data(), chunk.size()) > 0) continue;
  ASSERT_TRUE(other.assign(std::move(full.near)));
  other.await_room();
  fill();
  ours.await_room();
  Fd const given = ours.release();
  io.poll();
  empty();
  EXPECT_EQ(io.poll(), 0u);
  EXPECT_EQ(write_calls, 0);
}

TEST_F(DescriptorOfAPair, a_wait_for_bytes_of_the_descriptor_before_is_none_of_the_next) {
  ours.await_readable();
  Fd const given = ours.release();
  Pair next = make_pair();
  ASSERT_TRUE(ours.assign(std::move(next.near)));
  ours.await_readable();
  io.poll();  // the end of the wait before
  ours.await_readable();
  EXPECT_EQ(::write(next.far.get(), "x", 1), 1);
  io.poll();
  EXPECT_EQ(read_calls, 1);
}

TEST_F(DescriptorOfAPair, no_handler_runs_after_the_descriptor_was_closed) {
  fill();
  ours.await_readable();
  ours.await_writable();
  empty();
  EXPECT_EQ(::write(far.get(), "x", 1), 1);
  ours.close();
  io.poll();
  EXPECT_EQ(read_calls + write_calls, 0);
  EXPECT_TRUE(far_end_sees_an_end() || errno == ECONNRESET);
}

}  // namespace
}  // namespace offhook::io
