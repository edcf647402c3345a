// Calls that leave the bank for an address.
#include <csignal>

#include "emulator/base/text.h"
#include "emulator/driver/trunk_fixture.h"

namespace offhook::driver {
namespace {

TEST_F(TrunkTest, an_address_is_dialled_and_both_ends_talk) {
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  a.type("hello");
  EXPECT_TRUE(reads(peer, "hello"));
  peer.type("and back");
  EXPECT_TRUE(reads(a, "and back"));
  EXPECT_EQ(status(0).call->peer, server.address());
  EXPECT_EQ(carry(a, peer, all_pairs()), "hello" + all_pairs());
  a.seen.clear();
  EXPECT_EQ(carry(peer, a, all_pairs()), all_pairs());
}

TEST_F(TrunkTest, hanging_up_closes_the_connection_after_the_last_words) {
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  peer.type("unread");
  a.type("last words");
  a.fd = io::Fd();
  EXPECT_TRUE(ends(peer));
  EXPECT_EQ(peer.seen, "last words");
  EXPECT_TRUE(idle(0));
}

TEST_F(TrunkTest, what_the_peer_said_before_it_closed_is_delivered_and_then_the_call_ends) {
  start();
  Server const server = serve();
  Program a = open(0);
  a.type("ATDT" + server.address() + "\r");
  {
    Program const peer = accept(server);
    peer.type("welcome and goodbye");
  }
  EXPECT_TRUE(reads(a, "CONNECT 115200\r\nwelcome and goodbye\r\nNO CARRIER\r\n")) << escaped(a.seen);
  EXPECT_TRUE(idle(0));
}

TEST_F(TrunkTest, a_half_closed_connection_ends_the_call_after_what_came) {
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  peer.type("the end");
  ::shutdown(peer.fd.get(), SHUT_WR);
  EXPECT_TRUE(reads(a, "the end\r\nNO CARRIER\r\n")) << escaped(a.seen);
  EXPECT_TRUE(ends(peer));
}

TEST_F(TrunkTest, a_refused_port_is_busy) {
  start();
  uint16_t port = 0;
  {
    Server const server = serve();
    port = server.port;
  }
  Program a = open(0);
  a.type("ATDT127.0.0.1:" + std::to_string(port) + "\r");
  EXPECT_TRUE(reads(a, "\r\nBUSY\r\n"));
}

TEST_F(TrunkTest, a_name_that_does_not_resolve_is_no_carrier) {
  start();
  Program a = open(0);
  a.type("ATDTno-such-host.invalid:23\r");
  EXPECT_TRUE(reads(a, "\r\nNO CARRIER\r\n"));
  EXPECT_TRUE(idle(0));
}

TEST_F(TrunkTest, a_name_is_resolved) {
  start();
  Server const server = serve();
  Program a = open(0);
  a.type("ATDTlocalhost:" + std::to_string(server.port) + "\r");
  Program const peer = accept(server);
  EXPECT_TRUE(reads(a, "CONNECT"));
}

TEST_F(TrunkTest, a_reset_while_sending_ends_the_call_and_nothing_else) {
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  std::string const much(65536, 'x');
  for (int i = 0; i < 20; ++i) {
    [[maybe_unused]] auto const n = ::write(a.fd.get(), much.data(), much.size());
    turn(1ms);
    if (i == 10) reset_of(peer);
  }
  EXPECT_TRUE(reads(a, "NO CARRIER"));
  EXPECT_TRUE(idle(0));
  Program b = open(1);
  b.type("ATDT" + server.address() + "\r");
  Program const again = accept(server);
  EXPECT_TRUE(reads(b, "CONNECT"));
}

TEST_F(TrunkTest, a_peer_that_never_reads_holds_up_its_own_caller_and_nobody_else) {
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  std::string const much(4096, 'x');
  size_t written = 0;
  for (int quiet = 0; quiet < 50; ++quiet) {
    ssize_t const n = ::write(a.fd.get(), much.data(), much.size());
    if (n > 0) {
      written += static_cast<size_t>(n);
      quiet = 0;
    }
    turn(1ms);
    ASSERT_LT(written, size_t{64} << 20) << "back-pressure reaches the sender";
  }
  Program c = open(2);
  c.type("AT\r");
  EXPECT_TRUE(reads(c, "OK"));
  EXPECT_TRUE(until([&] {
    peer.look();
    return peer.seen.size() == written;
  })) << "not a byte is lost";
}

TEST_F(TrunkTest, bytes_that_come_one_by_one_arrive_one_by_one) {
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  for (int i = 1; i <= 20; ++i) {
    peer.type("x");
    EXPECT_TRUE(reads(a, std::string(static_cast<size_t>(i), 'x')));
  }
}

/// Of a connection that was half-closed and then reset, Linux says EPIPE, and sends SIGPIPE to who did not
/// ask to be spared it (tcp_reset() in CLOSE_WAIT).
void half_close_and_reset(io::Fd& fd) {
  std::signal(SIGPIPE, SIG_DFL);
  ::shutdown(fd.get(), SHUT_WR);
  linger const at_once{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd = io::Fd();
}

TEST_F(TrunkTest, sending_to_a_connection_that_broke_raises_no_signal) {
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  // The program does not read, so the bank does not either, and does not see the end before it sends.
  peer.type(std::string(100'000, 'x'));
  run_for(50ms);
  half_close_and_reset(peer.fd);
  a.type("is anybody there?");
  EXPECT_TRUE(reads(a, "NO CARRIER"));
  EXPECT_TRUE(idle(0));
}

TEST_F(TrunkTest, refusing_a_connection_that_broke_raises_no_signal) {
  listen("5550001");
  start();
  size_t const before = open_descriptors();
  for (int i = 0; i < 5; ++i) {
    Program caller = connect_to(port_of(0));
    half_close_and_reset(caller.fd);
  }
  Program last = connect_to(port_of(0));
  EXPECT_TRUE(ends(last));
  EXPECT_EQ(last.seen, "BUSY\r\n");
  last.fd = io::Fd();
  EXPECT_TRUE(until([&] { return open_descriptors() == before; }));
}

TEST_F(TrunkTest, last_words_reach_a_slow_reader_whose_own_were_not_read) {
  start();
  Server const server = serve();
  auto ends_of = call_out(server);
  auto& a = ends_of.first;
  auto& peer = ends_of.second;
  peer.type(std::string(100'000, 'x'));   // more than the program, who does not read, lets in
  std::string const words(400'000, 'y');  // more than the peer, who does not read yet, has room for
  size_t written = 0;
  EXPECT_TRUE(until([&] {
    ssize_t const n = ::write(a.fd.get(), words.data() + written, words.size() - written);
    if (n > 0) written += static_cast<size_t>(n);
    return written == words.size() && status(0).bytes.to_line == words.size();
  })) << status(0).bytes.to_line;
  a.fd = io::Fd();
  ASSERT_TRUE(idle(0));
  EXPECT_TRUE(ends(peer));
  EXPECT_EQ(peer.seen.size(), words.size());
}

/// A server whose backlog is full: connections to it are never answered.
class Unanswered : public TrunkTest {
 protected:
  void SetUp() override {
    start();
    server = serve(0);
    for (int i = 0; i < 4; ++i) fillers.push_back(connect_to(server.port));
    run_for(20ms);
    before = open_descriptors();
    a.emplace(open(0));
    a->type("ATS7=1\r");
    ASSERT_TRUE(reads(*a, "OK"));
    a->seen.clear();
  }
  void dial() {
    a->type("ATDT" + server.address() + "\r");
    ASSERT_TRUE(until([&] { return status(0).loop == "routing"; })) << status(0).loop;
    run_for(150ms);  // the modem is deaf to keys for the first 125 ms (V.250 5.6.1)
    a->look();
    ASSERT_EQ(a->seen.find("NO CARRIER"), std::string::npos);
  }
  Server server;
  std::list<Program> fillers;
  std::optional<Program> a;
  size_t before = 0;
};

TEST_F(Unanswered, a_key_cancels_the_dial) {
  dial();
  a->type("x");
  EXPECT_TRUE(reads(*a, "NO CARRIER"));
  EXPECT_EQ(open_descriptors(), before + 1);
}

TEST_F(Unanswered, the_end_of_dtr_cancels_the_dial) {
  dial();
  a.reset();
  EXPECT_TRUE(idle(0));
  EXPECT_EQ(status(0).loop, "on_hook");
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Unanswered, s7_cancels_the_dial) {
  dial();
  EXPECT_TRUE(reads(*a, "NO CARRIER"));
  EXPECT_EQ(open_descriptors(), before + 1);
}

TEST_F(Unanswered, a_bank_stops_in_the_middle_of_it) {
  dial();
  bank.reset();
  EXPECT_LE(open_descriptors(), before);
}

}  // namespace
}  // namespace offhook::driver
