#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>

#include "emulator/base/text.h"
#include "rasd/net/namespace.h"
#include "rasd/net/test_support.h"

namespace offhook::net {
namespace {

using ppp::ipv4;
using testing::HasSubstr;

constexpr Ipv4 own = ipv4(10, 0, 2, 2), peer = ipv4(10, 0, 2, 15), dns = ipv4(10, 0, 2, 3);

/// A listener on 127.0.0.1 that greets whoever comes.
struct Greeter {
  Greeter() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener.get(), 8), 0);
    EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
    port = ntohs(address.sin_port);
  }
  /// How many came so far.
  int look() {
    io::Fd const guest(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!guest) return guests;
    EXPECT_EQ(::write(guest.get(), greeting.data(), greeting.size()), static_cast<ssize_t>(greeting.size()));
    if (keeps) kept.push_back(io::Fd(::dup(guest.get())));
    return ++guests;
  }
  io::Fd listener;
  int port = 0, guests = 0;
  bool keeps = false;
  std::vector<io::Fd> kept;
  std::string greeting = "welcome\n";
};

/// A link whose serving end has slirp, and whose other end is a program in a namespace.
struct SlirpTest : testing::Test, Loop {
  void begin(std::string const& script, SlirpConfig const& config) {
    auto made = Namespace::make(context, {"bash", "-c", script}, {[this](int code) { status = code; }});
    if (!made) {
      ADD_FAILURE() << made.error().message;
      return;
    }
    space = *std::move(made);
    auto [one, other] = socket_pair();
    server.start(context, alarm, std::move(one), serving(own, peer), make_slirp(context, config));
    client.start(context, alarm, std::move(other), calling(), space->network());
    until([&] { return client.up || client.ended; });
    EXPECT_TRUE(client.up);
    EXPECT_TRUE(space->run({}));
  }
  /// The program's exit status.
  int run(std::string const& script, SlirpConfig const& config) {
    begin(script, config);
    until([&] {
      greeter.look();
      return status.has_value();
    });
    return status.value_or(-1);
  }
  std::string port() const { return std::to_string(greeter.port); }

  Greeter greeter;
  std::unique_ptr<Namespace> space;
  End server, client;
  std::optional<int> status;
};

TEST_F(SlirpTest, a_program_behind_the_call_reaches_a_listener_of_this_host) {
  EXPECT_EQ(run("exec 3<>/dev/tcp/10.0.2.2/" + port() + "; read -r line <&3; [[ $line == welcome ]]",
                {.dns = dns, .host_loopback = true}),
            0);
  EXPECT_EQ(greeter.guests, 1);
  auto const counters = server.driver->network_counters();
  EXPECT_GT(counters.packets_to_peer, 2u);
  EXPECT_GT(counters.bytes_from_peer, 100u);
}

TEST_F(SlirpTest, without_leave_this_hosts_own_services_are_out_of_reach) {
  EXPECT_NE(run("exec 3<>/dev/tcp/10.0.2.2/" + port(), {.dns = dns, .host_loopback = false}), 0);
  EXPECT_EQ(greeter.look(), 0);
}

TEST_F(SlirpTest, a_big_transfer_arrives_whole) {
  greeter.greeting = std::string(100'000, 'x');
  EXPECT_EQ(run("exec 3<>/dev/tcp/10.0.2.2/" + port() + "; [[ $(wc -c <&3) == 100000 ]]",
                {.dns = dns, .host_loopback = true}),
            0);
}

TEST_F(SlirpTest, a_peer_cannot_take_more_sockets_than_it_may) {
  greeter.keeps = true;
  begin("for i in 1 2 3 4 5 6; do (exec 3<>/dev/tcp/10.0.2.2/" + port() + "; exec sleep 1000) & done; wait",
        {.dns = dns, .host_loopback = true, .most_flows = 3});
  ASSERT_TRUE(
      until([&] { return greeter.look() >= 3 && server.driver->network_counters().dropped_from_peer > 0; }));
  EXPECT_EQ(greeter.guests, 3);
}

/// A network without a link.
struct SlirpAlone : testing::Test, Loop {
  std::unique_ptr<Network> network = make_slirp(context, {.dns = dns, .host_loopback = true});
  int packets = 0;
  Network::Handlers handlers() {
    return {[this](uint16_t, Bytes) { return ++packets, true; }, [](std::string const&) {}};
  }
};

TEST_F(SlirpAlone, addresses_that_are_not_three_are_refused_by_name) {
  for (auto const& [ours, theirs] : {std::pair{own, own}, std::pair{own, Ipv4{0}}, std::pair{dns, peer}}) {
    auto const refused = network->up({.own = ours, .peer = theirs}, handlers());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("10.0.2.3"));
  }
}

TEST_F(SlirpAlone, addresses_far_apart_and_next_to_each_other_will_do) {
  for (auto const& [ours, theirs] :
       {std::pair{ipv4(192, 168, 7, 1), ipv4(10, 0, 0, 1)}, std::pair{ipv4(10, 0, 2, 1), ipv4(10, 0, 2, 2)},
        std::pair{ipv4(10, 0, 2, 254), ipv4(10, 0, 2, 255)},
        std::pair{ipv4(1, 2, 3, 4), ipv4(220, 1, 1, 1)}}) {
    EXPECT_TRUE(network->up({.own = ours, .peer = theirs}, handlers())) << ppp::ipv4_text(ours);
    network->down();
  }
}

TEST_F(SlirpAlone, what_is_no_packet_of_the_peers_own_is_dropped) {
  ASSERT_TRUE(network->up({.own = own, .peer = peer}, handlers()));
  std::string echo(
      "\x45\x00\x00\x1c\x00\x01\x00\x00\x40\x01\x00\x00\x0a\x00\x02\x63\x0a\x00\x02\x02"
      "\x08\x00\x00\x00\x00\x00\x00\x00",
      28);  // from 10.0.2.99
  std::string loopback = echo;
  loopback.replace(12, 8, std::string("\x0a\x00\x02\x0f\x7f\x00\x00\x01", 8));
  for (std::string const& packet :
       {echo, loopback, std::string(), std::string("\x45"), std::string(28, '\xff')})
    network->from_peer(ppp::protocol::ip, std::as_bytes(std::span(packet.data(), packet.size())));
  EXPECT_EQ(network->counters().dropped_from_peer, 5u);
  EXPECT_EQ(packets, 0);
}

TEST_F(SlirpAlone, pieces_whose_rest_never_comes_are_kept_up_to_a_number) {
  ASSERT_TRUE(network->up({.own = own, .peer = peer}, handlers()));
  std::string piece(1500, 'x');
  std::string const head("\x45\x00\x05\xdc\x00\x00\x20\x00\x40\x11\x00\x00\x0a\x00\x02\x0f\x0a\x00\x02\x02",
                         20);
  piece.replace(0, head.size(), head);
  for (int i = 0; i < 5000; ++i) {
    piece[4] = static_cast<char>(i >> 8), piece[5] = static_cast<char>(i);  // of a packet of its own
    network->from_peer(ppp::protocol::ip, as_bytes(piece));
  }
  EXPECT_EQ(network->counters().dropped_from_peer, 5000u - net::SlirpConfig{}.most_pieces);
}

TEST_F(SlirpAlone, a_network_that_is_down_takes_and_gives_nothing) {
  ASSERT_TRUE(network->up({.own = own, .peer = peer}, handlers()));
  network->down();
  std::string const packet(28, '\x45');
  network->from_peer(ppp::protocol::ip, std::as_bytes(std::span(packet.data(), packet.size())));
  EXPECT_EQ(network->counters().dropped_from_peer, 1u);
  ASSERT_TRUE(network->up({.own = own, .peer = peer}, handlers()));
}

}  // namespace
}  // namespace offhook::net
