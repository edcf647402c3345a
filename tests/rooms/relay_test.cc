// Bytes both ways, whole and counted.
#include "rasd/serial/relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <optional>

namespace offhook::serial {
namespace {

class RelayTest : public testing::Test {
 protected:
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }
  static std::pair<io::Fd, io::Fd> sockets() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    return {io::Fd(fds[0]), io::Fd(fds[1])};
  }
  void connect(std::string_view early = {}, Relay::AfterFar after_far = Relay::AfterFar::end) {
    auto [near_end, near_party] = sockets();
    auto [far_end, far_party] = sockets();
    near = std::move(near_end);
    far = std::move(far_end);
    relay.emplace(
        io, Party{std::move(near_party), {}}, Party{std::move(far_party), {}}, early,
        [this](Relay::Report const& r) { report = r; }, after_far);
    ASSERT_TRUE(relay->start());
  }
  template <class Condition>
  bool until(Condition condition) {
    for (int i = 0; i < 100'000 && !condition(); ++i) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds(5));
    }
    return condition();
  }
  static void write(io::Fd const& fd, std::string_view text) {
    ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  static void read(io::Fd const& fd, std::string& into) {
    char buffer[65536];
    for (ssize_t n; (n = ::read(fd.get(), buffer, sizeof buffer)) > 0;)
      into.append(buffer, static_cast<size_t>(n));
  }

  boost::asio::io_context io;
  io::Fd near, far;
  std::optional<Relay> relay;
  std::optional<Relay::Report> report;
};

TEST_F(RelayTest, passes_bytes_both_ways_and_counts_them) {
  connect("early ");
  write(near, "hello");
  write(far, "good day");
  std::string at_far, at_near;
  EXPECT_TRUE(until([&] {
    read(far, at_far);
    read(near, at_near);
    return at_far == "early hello" && at_near == "good day";
  }));
  EXPECT_EQ(relay->counts(), (Relay::Counts{11, 8}));
}

TEST_F(RelayTest, what_a_slow_reader_has_not_taken_waits_and_nothing_is_lost) {
  connect();
  std::string sent, got;
  bool full = false;
  EXPECT_TRUE(until([&] {
    std::string const piece(1000, static_cast<char>('a' + sent.size() / 1000 % 26));
    if (!full && ::write(near.get(), piece.data(), piece.size()) == 1000)
      sent += piece;
    else
      full = true;
    if (full) read(far, got);
    return full && got == sent;
  }));
  EXPECT_GT(sent.size(), 100'000u);
}

TEST_F(RelayTest, the_near_ends_last_words_are_delivered_before_the_end) {
  connect();
  write(near, "bye");
  near = io::Fd();
  EXPECT_TRUE(until([&] { return report.has_value(); }));
  EXPECT_EQ(report->first, Relay::Ended::near);
  EXPECT_EQ(report->counts.to_far, 3u);
  std::string got;
  read(far, got);
  EXPECT_EQ(got, "bye");
}

TEST_F(RelayTest, the_far_ends_last_words_are_delivered_before_the_end) {
  connect();
  write(far, "logout");
  far = io::Fd();
  EXPECT_TRUE(until([&] { return report.has_value(); }));
  EXPECT_EQ(report->first, Relay::Ended::far);
  std::string got;
  read(near, got);
  EXPECT_EQ(got, "logout");
}

TEST_F(RelayTest, the_end_of_standard_input_does_not_end_the_call) {
  connect({}, Relay::AfterFar::go_on);
  write(far, "question");
  ASSERT_EQ(::shutdown(far.get(), SHUT_WR), 0);
  std::string question, answer;
  EXPECT_TRUE(until([&] {
    read(near, question);
    return question == "question";
  }));
  write(near, "answer");
  EXPECT_TRUE(until([&] {
    read(far, answer);
    return answer == "answer";
  }));
  EXPECT_FALSE(report);
  near = io::Fd();
  EXPECT_TRUE(until([&] { return report.has_value(); }));
}

TEST_F(RelayTest, a_party_that_takes_nothing_any_more_ends_it) {
  connect();
  far = io::Fd();
  near.get();
  for (int i = 0; i < 10 && !report; ++i) {
    if (::write(near.get(), "x", 1) < 0) break;
    until([&] { return report.has_value(); });
  }
  ASSERT_TRUE(report);
  EXPECT_EQ(report->first, Relay::Ended::far);
}

TEST_F(RelayTest, a_file_is_read_and_a_pipe_is_written) {
  char name[] = "/tmp/offhook-relay-XXXXXX";
  io::Fd file(::mkstemp(name));
  ::unlink(name);
  std::string const text(200'000, 'f');
  ASSERT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::lseek(file.get(), 0, SEEK_SET);
  int pipe_fds[2];
  ASSERT_EQ(::pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC), 0);
  io::Fd const reader(pipe_fds[0]);
  auto ends = sockets();
  io::Fd const& near_end = ends.first;
  relay.emplace(
      io, Party{std::move(ends.second), {}}, Party{std::move(file), io::Fd(pipe_fds[1])}, "",
      [this](Relay::Report const& r) { report = r; }, Relay::AfterFar::go_on);
  ASSERT_TRUE(relay->start());
  std::string got, piped;
  EXPECT_TRUE(until([&] {
    read(near_end, got);
    return got.size() == text.size();
  }));
  write(near_end, "out");
  EXPECT_TRUE(until([&] {
    read(reader, piped);
    return piped == "out";
  }));
}

TEST_F(RelayTest, a_relay_that_is_stopped_tells_nobody) {
  connect();
  write(near, "x");
  relay->stop();
  near = io::Fd();
  io.restart();
  io.poll();
  EXPECT_FALSE(report);
}

TEST_F(RelayTest, a_private_descriptor_does_not_make_the_shared_one_non_blocking) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe2(pipe_fds, O_CLOEXEC), 0);
  io::Fd const reader(pipe_fds[0]), writer(pipe_fds[1]);
  auto const mine = private_descriptor(reader.get(), O_RDONLY);
  ASSERT_TRUE(mine) << mine.error().message;
  EXPECT_NE(::fcntl(mine->get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(reader.get(), F_GETFL) & O_NONBLOCK, 0);
}

}  // namespace
}  // namespace offhook::serial
