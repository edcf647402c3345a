// v24.sock as its clients see it.
#include "emulator/driver/side_channel_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "emulator/driver/bank_fixture.h"
#include "emulator/io/unix_socket.h"
#include "emulator/v24/side_channel.h"

namespace offhook::driver {
namespace {

using v24::Circuit;

class SideChannelTest : public BankTest {
 protected:
  io::Fd attach() {
    auto fd = io::connect_unix(config.dir + "/v24.sock", SOCK_SEQPACKET | SOCK_NONBLOCK);
    EXPECT_TRUE(fd);
    return fd ? std::move(*fd) : io::Fd();
  }
  static void send(io::Fd const& fd, v24::Kind kind, std::string const& port, v24::Circuits mask = {},
                   v24::Circuits values = {}, uint64_t generation = 0) {
    v24::Message m;
    m.kind = kind;
    m.port = port;
    m.serial = 7;
    m.mask = mask;
    m.circuits = values;
    m.generation = generation;
    auto const packet = v24::encode(m);
    ASSERT_EQ(::send(fd.get(), packet.data(), packet.size(), 0), static_cast<ssize_t>(packet.size()));
  }
  void set_format(io::Fd const& fd, v24::Format const& format, uint64_t generation = 0) {
    v24::Message m;
    m.kind = v24::Kind::set_format;
    m.port = "ttyVM0";
    m.generation = generation;
    m.format = format;
    auto const packet = v24::encode(m);
    ASSERT_EQ(::send(fd.get(), packet.data(), packet.size(), 0), static_cast<ssize_t>(packet.size()));
  }
  std::optional<v24::Message> receive(io::Fd const& fd) {
    v24::Packet packet;
    ssize_t n = -1;
    until([&] {
      n = ::recv(fd.get(), packet.data(), packet.size(), 0);
      return n >= 0;
    });
    if (n <= 0) return std::nullopt;
    return *v24::decode(packet);
  }
  /// The next acknowledgement; states on the way are passed over.
  std::optional<v24::Message> receive_ack(io::Fd const& fd) {
    auto message = receive(fd);
    while (message && message->kind != v24::Kind::ack) message = receive(fd);
    return message;
  }
};

TEST_F(SideChannelTest, tells_the_state_on_attach_and_each_change) {
  start();
  io::Fd const client = attach();
  send(client, v24::Kind::attach, "ttyVM0");
  auto const first = receive(client);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind, v24::Kind::state);
  EXPECT_TRUE(first->circuits.on(Circuit::dsr));
  EXPECT_FALSE(first->circuits.on(Circuit::dtr));
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  auto const second = receive(client);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->circuits.on(Circuit::ri));
  EXPECT_EQ(second->on_edges.ri, first->on_edges.ri + 1);
}

TEST_F(SideChannelTest, tells_that_109_fell_before_no_carrier_can_be_read) {
  start();
  auto const both = call();
  std::string order;
  bank->watch([&](Event const& event) {
    if (event.port == "ttyVM0" && event.kind == "circuit") order += event.text + ", ";
  });
  bank->trace([&](TraceChunk const& chunk) {
    if (chunk.to_dte && chunk.port == "ttyVM0") order += chunk.bytes;
  });
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_TRUE(until([&] { return order.find("NO CARRIER") != order.npos; }));
  EXPECT_EQ(order, "109/DCD off, \r\nNO CARRIER\r\n");
}

TEST_F(SideChannelTest, dtr_set_beside_the_pty_hangs_up_and_lapses_with_its_client) {
  start();
  auto ends = call();
  auto& b = ends.second;
  v24::Circuits dtr;
  dtr.set(Circuit::dtr, true);
  {
    io::Fd const client = attach();
    send(client, v24::Kind::set, "ttyVM0", dtr, {});
    auto const ack = receive_ack(client);
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->serial, 7u);
    EXPECT_EQ(ack->status, v24::Status::done);
    EXPECT_TRUE(reads(b, "NO CARRIER"));
    EXPECT_FALSE(on(0, Circuit::dtr));
  }
  EXPECT_TRUE(until([&] { return on(0, Circuit::dtr); }));
}

TEST_F(SideChannelTest, a_format_set_beside_the_pty_is_the_modems_until_its_client_ends) {
  start();
  std::string told;
  bank->watch([&](Event const& event) {
    if (event.kind == "dte_format") told += event.text + ", ";
  });
  auto [a, b] = call();
  io::Fd client = attach();
  v24::Format const even{7, v24::Parity::even, v24::StopBits::one};
  a.type("C");
  set_format(client, even);
  EXPECT_EQ(receive_ack(client)->status, v24::Status::done);
  a.type("C.");
  EXPECT_TRUE(reads(b, ".")) << b.seen;
  EXPECT_EQ(b.seen, "C\xc3.") << "what was written before has eight bits";
  b.type("\xc1.");
  EXPECT_TRUE(reads(a, "A."));
  client = io::Fd();
  EXPECT_TRUE(until([&] { return told == "7E1, 8N1, "; })) << told;
  a.type("C!");
  EXPECT_TRUE(reads(b, "C!"));
}

TEST_F(SideChannelTest, words_are_read_as_a_uart_of_seven_bits_reads_them) {
  start();
  Program a = open(0);
  io::Fd const client = attach();
  set_format(client, {7, v24::Parity::even, v24::StopBits::one});
  EXPECT_EQ(receive_ack(client)->status, v24::Status::done);
  a.type("ATI\r");
  EXPECT_TRUE(reads(a, "OK\r\n"));
  EXPECT_TRUE(std::ranges::all_of(a.seen, [](char c) { return (c & 0x80) == 0; })) << a.seen;
  // A modem that is set to eight bits would see no escape in these.
  set_format(client, {7, v24::Parity::odd, v24::StopBits::one});
  EXPECT_EQ(receive_ack(client)->status, v24::Status::done);
  a.type("ATS12=20DT5550000\r");
  EXPECT_TRUE(reads(a, "CONNECT"));
  a.seen.clear();
  EXPECT_TRUE(until([&, end = io::now() + 1s] { return io::now() > end; }));
  a.type("+++");
  EXPECT_TRUE(reads(a, "OK"));
}

TEST_F(SideChannelTest, what_was_written_before_a_revocation_still_reaches_the_far_end) {
  start();
  auto [a, b] = call();
  io::Fd const client = attach();
  std::string const last(3000, 'x');
  // Written and revoked before the bank can look at either.
  ASSERT_EQ(::write(a.fd.get(), last.data(), last.size()), static_cast<ssize_t>(last.size()));
  send(client, v24::Kind::revoke, "ttyVM0");
  EXPECT_TRUE(reads(b, "NO CARRIER"));
  EXPECT_EQ(std::count(b.seen.begin(), b.seen.end(), 'x'), 3000);
}

TEST_F(SideChannelTest, revoke_gives_the_name_a_fresh_pty) {
  start();
  Program a = open(0);
  io::Fd const client = attach();
  send(client, v24::Kind::revoke, "ttyVM0");
  auto const ack = receive_ack(client);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->status, v24::Status::done);
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended;
  }));
  EXPECT_EQ(status(0).generation, 2u);
}

TEST_F(SideChannelTest, a_request_for_an_earlier_pty_does_not_touch_the_fresh_one) {
  start();
  io::Fd const client = attach();
  send(client, v24::Kind::attach, "ttyVM0");
  auto const before = receive(client);
  ASSERT_TRUE(before);
  send(client, v24::Kind::revoke, "ttyVM0", {}, {}, before->generation);
  EXPECT_EQ(receive_ack(client)->status, v24::Status::done);
  Program a = open(0);
  v24::Circuits dtr;
  dtr.set(Circuit::dtr, true);
  for (auto const kind : {v24::Kind::set, v24::Kind::send_break, v24::Kind::revoke}) {
    send(client, kind, "ttyVM0", kind == v24::Kind::set ? dtr : v24::Circuits(), {}, before->generation);
    EXPECT_EQ(receive_ack(client)->status, v24::Status::stale);
  }
  EXPECT_TRUE(on(0, Circuit::dtr));
  EXPECT_EQ(status(0).generation, before->generation + 1);
  send(client, v24::Kind::set, "ttyVM0", dtr, {}, before->generation + 1);
  EXPECT_EQ(receive_ack(client)->status, v24::Status::done);
  EXPECT_FALSE(on(0, Circuit::dtr));
}

TEST_F(SideChannelTest, refuses_with_a_word_what_it_cannot_do) {
  start();
  io::Fd const client = attach();
  send(client, v24::Kind::attach, "ttyVM9");
  EXPECT_EQ(receive(client)->status, v24::Status::unknown_port);
  v24::Circuits dcd;
  dcd.set(Circuit::dcd, true);
  send(client, v24::Kind::set, "ttyVM0", dcd, dcd);
  EXPECT_EQ(receive(client)->status, v24::Status::not_yours);
  ASSERT_EQ(::send(client.get(), "junk", 4, 0), 4);
  EXPECT_EQ(receive(client)->status, v24::Status::malformed);
}

TEST_F(SideChannelTest, a_client_that_does_not_read_gets_the_whole_state_once_it_does) {
  start();
  io::Fd const client = attach();
  send(client, v24::Kind::attach, "ttyVM0");
  auto const before = receive(client);
  ASSERT_TRUE(before);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(bank->unplug(0, false).has_value());
    ASSERT_TRUE(bank->plug(0).has_value());
  }
  std::optional<v24::Message> last;
  EXPECT_TRUE(until([&] {
    v24::Packet packet;
    while (::recv(client.get(), packet.data(), packet.size(), 0) > 0) last = *v24::decode(packet);
    return last && last->on_edges.dsr == before->on_edges.dsr + 2000;
  }));
  EXPECT_TRUE(last->circuits.on(Circuit::dsr));
}

TEST_F(SideChannelTest, a_client_deaf_to_us_is_dropped) {
  start();
  io::Fd const client = attach();
  send(client, v24::Kind::attach, "ttyVM0");
  ASSERT_TRUE(receive(client));
  ASSERT_EQ(::shutdown(client.get(), SHUT_RD), 0);
  ASSERT_TRUE(bank->unplug(0, false).has_value());
  pollfd hung_up{client.get(), POLLOUT, 0};
  EXPECT_TRUE(until([&] { return ::poll(&hung_up, 1, 0) == 1 && (hung_up.revents & POLLHUP) != 0; }));
}

TEST_F(SideChannelTest, one_clients_end_leaves_anothers_dtr_as_it_was_set) {
  start();
  Program a = open(0);
  v24::Circuits dtr, rts;
  dtr.set(Circuit::dtr, true);
  rts.set(Circuit::rts, true);
  io::Fd const holder = attach();
  send(holder, v24::Kind::set, "ttyVM0", dtr, {});
  ASSERT_TRUE(receive_ack(holder));
  {
    io::Fd const other = attach();
    send(other, v24::Kind::set, "ttyVM0", rts, {});
    ASSERT_TRUE(receive_ack(other));
    EXPECT_FALSE(on(0, Circuit::rts));
  }
  EXPECT_TRUE(until([&] { return on(0, Circuit::rts); }));
  EXPECT_FALSE(on(0, Circuit::dtr));
}

}  // namespace
}  // namespace offhook::driver
