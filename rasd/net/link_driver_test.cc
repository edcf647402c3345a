#include "rasd/net/link_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "emulator/base/text.h"
#include "rasd/net/test_support.h"

namespace offhook::net {

Loop::Loop() : io(std::make_unique<boost::asio::io_context>(1)), context(*io) { ::signal(SIGPIPE, SIG_IGN); }
Loop::~Loop() = default;

bool Loop::until(std::function<bool()> const& so) {
  while (!so()) {
    context.restart();
    if (context.run_one_for(std::chrono::seconds(30)) == 0) return so();
  }
  return true;
}

namespace {

using ppp::ipv4;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Ipv4 server = ipv4(10, 0, 2, 2), guest = ipv4(10, 0, 2, 15);

std::string ip_packet(size_t size) {
  std::string text(size, 'x');
  text[0] = 0x45;
  return text;
}

struct LinkDriverTest : testing::Test, Loop {
  void connect(ppp::LinkConfig ours = serving(server, guest), ppp::LinkConfig theirs = calling()) {
    auto [one, other] = socket_pair();
    a.start(context, alarm, std::move(one), std::move(ours));
    b.start(context, alarm, std::move(other), std::move(theirs));
  }
  bool both_up() {
    return until([&] { return (a.up && b.up) || a.ended || b.ended; }) && a.up && b.up;
  }
  bool both_ended() {
    return until([&] { return a.ended && b.ended; });
  }
  End a, b;
};

TEST_F(LinkDriverTest, two_ends_agree_and_their_networks_come_up) {
  connect();
  ASSERT_TRUE(both_up());
  EXPECT_EQ(a.up->own, server);
  EXPECT_EQ(b.up->own, guest);
  EXPECT_EQ(b.up->peer, server);
  EXPECT_EQ(b.up->dns[0], ipv4(10, 0, 2, 3));
  EXPECT_THAT(a.seen->words, ElementsAre("up 10.0.2.2"));
  EXPECT_THAT(b.phases, ElementsAre("Establish", "Network"));
}

TEST_F(LinkDriverTest, packets_pass_both_ways_and_are_counted) {
  connect();
  ASSERT_TRUE(both_up());
  auto const packet = ip_packet(700);
  EXPECT_TRUE(a.seen->handlers.to_peer(ppp::protocol::ip, as_bytes(packet)));
  EXPECT_TRUE(b.seen->handlers.to_peer(ppp::protocol::ip, as_bytes(packet)));
  ASSERT_TRUE(until([&] { return !a.seen->packets.empty() && !b.seen->packets.empty(); }));
  EXPECT_EQ(b.seen->packets.front(), packet);
  auto const counts = b.driver->statistics();
  EXPECT_EQ(counts.link.received.packets, 1u);
  EXPECT_EQ(counts.link.sent.packets, 1u);
  EXPECT_GT(counts.link.received.frames, 4u);
  EXPECT_GT(counts.link.received.bytes, 700u);
  EXPECT_EQ(counts.link.errors.total(), 0u);
}

TEST_F(LinkDriverTest, a_close_is_told_to_the_peer_and_ends_both) {
  connect();
  ASSERT_TRUE(both_up());
  b.driver->close("enough");
  ASSERT_TRUE(both_ended());
  EXPECT_EQ(b.ended->error, 0u);
  EXPECT_FALSE(b.ended->by_peer);
  EXPECT_EQ(a.ended->error, 719u);
  EXPECT_TRUE(a.ended->by_peer);
  EXPECT_FALSE(a.ended->line_alive) << "the peer let go of it";
  EXPECT_TRUE(b.ended->line_alive);
  EXPECT_THAT(a.ended->text, HasSubstr("enough"));
  EXPECT_THAT(a.seen->words, ElementsAre("up 10.0.2.2", "down"));
  EXPECT_EQ(a.downs, 1);
  EXPECT_GT(a.driver->statistics().link.received.bytes, 0u) << "the counts are lost with the link";
}

TEST_F(LinkDriverTest, a_line_that_ends_ends_the_link_at_once) {
  auto [one, other] = socket_pair();
  a.start(context, alarm, std::move(one), serving(server, guest));
  other = io::Fd();
  ASSERT_TRUE(until([&] { return a.ended.has_value(); }));
  EXPECT_EQ(a.ended->error, 668u);
  EXPECT_FALSE(a.ended->line_alive);
}

TEST_F(LinkDriverTest, an_owner_that_says_the_line_is_over_is_believed) {
  connect();
  ASSERT_TRUE(both_up());
  a.driver->line_over("no carrier");
  ASSERT_TRUE(until([&] { return a.ended.has_value(); }));
  EXPECT_EQ(a.ended->error, 668u);
  EXPECT_THAT(a.ended->text, HasSubstr("no carrier"));
  EXPECT_THAT(a.seen->words, ElementsAre("up 10.0.2.2", "down"));
}

TEST_F(LinkDriverTest, a_proof_is_answered_later_and_the_answer_counts) {
  auto ours = serving(server, guest), theirs = calling();
  ours.lcp.demand = {ppp::AuthMethod::chap_md5};
  theirs.lcp.prove = {ppp::AuthMethod::chap_md5};
  theirs.credentials = {"anna", "right"};
  std::optional<ppp::Proof> proof;
  a.on_proof = [&](ppp::Proof const& each) { proof = each; };
  connect(ours, theirs);
  ASSERT_TRUE(until([&] { return proof.has_value(); }));
  EXPECT_EQ(proof->user, "anna");
  a.driver->set_ipcp(serving(server, ipv4(10, 0, 2, 77)).ipcp);
  a.driver->answer(proof->serial, ppp::check(*proof, "right"));
  ASSERT_TRUE(both_up());
  EXPECT_EQ(b.up->own, ipv4(10, 0, 2, 77));
  ASSERT_EQ(b.authenticated.size(), 1u);
  EXPECT_TRUE(b.authenticated[0].outcome.accepted);
}

TEST_F(LinkDriverTest, where_nobody_knows_secrets_nobody_is_accepted) {
  auto ours = serving(server, guest), theirs = calling();
  ours.lcp.demand = {ppp::AuthMethod::pap};
  theirs.lcp.prove = {ppp::AuthMethod::pap};
  theirs.credentials = {"anna", "right"};
  connect(ours, theirs);
  ASSERT_TRUE(both_ended());
  EXPECT_EQ(b.ended->error, 691u);
  EXPECT_THAT(b.seen->words, testing::IsEmpty());
}

TEST_F(LinkDriverTest, a_network_that_cannot_come_up_ends_the_link_with_its_own_words) {
  b.seen->refusal = "no tun here";
  connect();
  ASSERT_TRUE(both_ended());
  EXPECT_EQ(b.ended->error, 720u);
  EXPECT_EQ(b.ended->text, "no tun here");
}

TEST_F(LinkDriverTest, a_network_that_dies_ends_the_link_with_its_own_words) {
  connect();
  ASSERT_TRUE(both_up());
  b.seen->handlers.failed("the program has ended");
  ASSERT_TRUE(both_ended());
  EXPECT_EQ(b.ended->text, "the program has ended");
}

TEST_F(LinkDriverTest, a_driver_may_be_destroyed_by_its_last_word) {
  a.destroys_itself = b.destroys_itself = true;
  connect();
  ASSERT_TRUE(both_up());
  a.driver->close();
  ASSERT_TRUE(both_ended());
  EXPECT_FALSE(a.driver);
  EXPECT_FALSE(a.seen->alive);
}

TEST_F(LinkDriverTest, a_driver_that_is_destroyed_in_mid_call_takes_its_network_down) {
  connect();
  ASSERT_TRUE(both_up());
  a.driver.reset();
  EXPECT_THAT(a.seen->words, ElementsAre("up 10.0.2.2", "down"));
  EXPECT_FALSE(a.seen->alive);
  ASSERT_TRUE(until([&] { return b.ended.has_value(); }));
  EXPECT_EQ(b.ended->error, 668u);
}

TEST_F(LinkDriverTest, what_was_read_before_counts_as_the_first_bytes) {
  std::string early;
  {  // a link's first frame, as a program that waits for LCP would have read it
    ppp::Link link(calling(), {});
    link.on_line_up({});
    while (auto action = link.poll_action())
      if (auto const* line = std::get_if<ppp::ToLine>(&*action))
        early.append(reinterpret_cast<char const*>(line->bytes.data()), line->bytes.size());
  }
  auto [one, other] = socket_pair();
  a.start(context, alarm, std::move(one), serving(server, guest), nullptr, early);
  ASSERT_TRUE(until([&] { return a.driver->statistics().link.received.bytes > 0; }));
  EXPECT_EQ(a.driver->statistics().link.received.frames, 1u);
}

TEST_F(LinkDriverTest, a_line_that_takes_nothing_holds_back_the_network_and_drops_what_is_too_much) {
  connect();
  ASSERT_TRUE(both_up());
  b.driver.reset();
  auto [one, other] = socket_pair();
  End c;
  c.start(context, alarm, std::move(one), calling());
  End d;
  io::Fd held(::dup(other.get()));
  d.start(context, alarm, std::move(other), serving(server, guest));
  ASSERT_TRUE(until([&] { return c.up && d.up; }));
  d.driver.reset();  // the line stands: nobody reads it
  auto const packet = ip_packet(1400);
  size_t taken = 0;
  for (int i = 0; i < 2000; ++i) {
    taken += c.seen->handlers.to_peer && c.seen->handlers.to_peer(ppp::protocol::ip, as_bytes(packet));
    context.restart();
    context.poll();
  }
  EXPECT_THAT(c.seen->words, Contains("not ready"));
  EXPECT_GT(c.driver->statistics().packets_dropped, 100u);
  EXPECT_LT(taken, 1900u);
  std::array<char, 65536> sink;
  ASSERT_TRUE(until([&] {
    while (::read(held.get(), sink.data(), sink.size()) > 0) continue;
    return c.seen->words.back() == "ready";
  }));
}

TEST_F(LinkDriverTest, a_capture_sees_every_frame_of_both_directions) {
  connect();
  std::vector<std::pair<ppp::Direction, uint16_t>> frames;
  a.driver->capture(
      [&](ppp::Passed const& each) { frames.emplace_back(each.direction, ppp::get16(each.frame)); });
  ASSERT_TRUE(both_up());
  for (auto const direction : {ppp::Direction::sent, ppp::Direction::received})
    for (uint16_t const protocol : {ppp::protocol::lcp, ppp::protocol::ipcp})
      EXPECT_THAT(frames, Contains(std::pair(direction, protocol)));
}

}  // namespace
}  // namespace offhook::net
