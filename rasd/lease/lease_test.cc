#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "rasd/lease/messages.h"
#include "rasd/lease/packets.h"

namespace offhook::lease {
namespace {

using testing::HasSubstr;

TEST(Messages, written_and_read_are_the_same) {
  for (FromClient const& message : std::vector<FromClient>{
           Request{"ttyVM0", "rasdial \"the office\"\n"}, Request{},
           Progress{"connected", "office", "5550101", 33600, "DOMAIN\\anna", "10.0.2.15", 1ull << 40, 7},
           Release{}}) {
    auto const again = decode_from_client(encode(message));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, message);
  }
  for (ToClient const& message :
       std::vector<ToClient>{Granted{"ttyVM0", "/run/vmodem/ttyVM0", "v250", "[device.x]", 115200, false},
                             Refused{633, "ttyVM0 is in use"}, Ended{"admin_reset", "hung up"}, Released{}}) {
    auto const again = decode_to_client(encode(message));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, message);
  }
}

TEST(Messages, a_text_that_is_too_long_is_cut_when_written) {
  auto const again = decode_from_client(encode(FromClient(Request{"p", std::string(100000, 'x')})));
  ASSERT_TRUE(again);
  EXPECT_EQ(std::get<Request>(*again).purpose.size(), 1024u);
}

TEST(Messages, bad_ones_are_refused_with_the_member_and_what_is_accepted) {
  struct Row {
    std::string packet, complaint;
  };
  for (Row const& row : std::vector<Row>{
           {"", "one JSON object"},
           {"[]", "one JSON object"},
           {"{}", "one JSON object"},
           {R"({"kind":7})", "one JSON object"},
           {R"({"kind":"granted"})", "accepted: request, progress, release"},
           {R"({"kind":"request","port":7})", "'port': a string"},
           {R"({"kind":"request","port":"a\u0000b"})", "'port': a string"},
           {R"({"kind":"progress","line_rate_bps":-1})", "'line_rate_bps': a whole number"},
           {R"({"kind":"progress","line_rate_bps":4294967296})", "'line_rate_bps': a whole number"},
           {std::string(longest_packet + 1, ' '), "longer than"},
       }) {
    auto const message = decode_from_client(row.packet);
    ASSERT_FALSE(message) << row.packet;
    EXPECT_THAT(message.error().message, HasSubstr(row.complaint));
  }
}

TEST(Messages, members_that_are_not_known_are_skipped) {
  EXPECT_TRUE(decode_from_client(R"({"kind":"release","tomorrow":[1,2]})"));
}

struct Pair {
  Pair() {
    std::array<int, 2> fds{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()), 0);
    a = io::Fd(fds[0]);
    b = io::Fd(fds[1]);
  }
  io::Fd a, b;
};

size_t descriptors() {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                                           std::filesystem::directory_iterator()));
}

TEST(Packets, carry_a_descriptor_of_the_same_file) {
  Pair pair;
  std::array<int, 2> pipe{-1, -1};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  io::Fd const in(pipe[0]), out(pipe[1]);
  ASSERT_TRUE(*send_packet(pair.a.get(), "granted", out.get()));
  auto const packet = receive_packet(pair.b.get());
  ASSERT_TRUE(packet && *packet);
  EXPECT_EQ((*packet)->bytes, "granted");
  ASSERT_EQ(::write((*packet)->descriptor.get(), "x", 1), 1);
  char c = 0;
  ASSERT_EQ(::read(in.get(), &c, 1), 1);
  EXPECT_EQ(c, 'x');
  EXPECT_TRUE(::fcntl((*packet)->descriptor.get(), F_GETFD) & FD_CLOEXEC);
}

TEST(Packets, nothing_waits_is_no_error_and_a_gone_peer_is) {
  Pair pair;
  auto const none = receive_packet(pair.b.get());
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  pair.a = io::Fd();
  EXPECT_FALSE(receive_packet(pair.b.get()));
  EXPECT_FALSE(send_packet(pair.b.get(), "x"));
}

TEST(Packets, a_full_socket_is_said_and_nothing_is_lost) {
  Pair pair;
  std::string const text(1000, 'x');
  size_t sent = 0;
  while (*send_packet(pair.a.get(), text)) ++sent;
  ASSERT_GT(sent, 0u);
  for (size_t i = 0; i < sent; ++i) EXPECT_EQ((*receive_packet(pair.b.get()))->bytes, text);
  EXPECT_FALSE(*receive_packet(pair.b.get()));
}

TEST(Packets, descriptors_that_nobody_keeps_are_closed) {
  Pair pair;
  size_t const before = descriptors();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(*send_packet(pair.a.get(), "x", pair.a.get()));
    ASSERT_TRUE(receive_packet(pair.b.get()));
  }
  EXPECT_EQ(descriptors(), before);
}

TEST(Client, says_that_no_manager_serves_the_directory) {
  auto const client = Client::connect("/nonexistent");
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message, HasSubstr("no rasd serves /nonexistent"));
}

}  // namespace
}  // namespace offhook::lease
