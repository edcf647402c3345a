#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "emulator/base/text.h"
#include "rasd/net/ip_packet.h"
#include "rasd/net/namespace.h"
#include "rasd/net/tcp_segment.h"
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
  EXPECT_GT(counters.bytes_from_peer, 60u);
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

TEST_F(SlirpTest, tcp_behind_the_call_knows_that_lines_are_slow) {
  // TCP_INFO (linux/tcp.h): eight bytes, then the timeout in microseconds; the 19th number is the window.
  EXPECT_EQ(
      run("exec perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 6); connect(S, sockaddr_in(" + port() +
              ", inet_aton(\"10.0.2.2\"))) or exit 9; @i = unpack(\"x8V19\", getsockopt(S, 6, 11)); "
              "exit($i[0] < 3e6 ? 10 : $i[18] > 4 ? 11 : 0)'",
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

/// TCP by hand at the peer's end, which answers each burst of slirp's with one acknowledgement.
struct SlirpTcp : SlirpAlone {
  static constexpr uint32_t first = 1000;
  static constexpr unsigned syn = 0x02, ack = 0x10;

  void send(unsigned flags, uint32_t sequence, uint32_t acknowledged) {
    auto const packet = packet_of({.source = peer,
                                   .destination = own,
                                   .destination_port = static_cast<unsigned>(greeter.port),
                                   .sequence = sequence,
                                   .acknowledged = acknowledged,
                                   .flags = flags,
                                   .window = 65535});
    network->from_peer(ppp::protocol::ip, packet);
  }
  bool heard(Bytes packet) {
    auto const ip = read_ipv4(packet);
    if (!ip || ip->tcp_at == 0) return true;
    Bytes const tcp = packet.subspan(ip->tcp_at);
    size_t const data = tcp.size() - size_t{4} * (static_cast<size_t>(tcp[12]) >> 4);
    bool const begins = (static_cast<unsigned>(tcp[13]) & syn) != 0;
    largest_window = std::max<unsigned>(largest_window, ppp::get16(tcp.subspan(14)));
    next = ppp::get32(tcp.subspan(4)) + static_cast<uint32_t>(data) + (begins ? 1 : 0);
    received += data, burst += data;
    largest_burst = std::max(largest_burst, burst);
    if ((begins || data > 0) && !std::exchange(answering, true))
      boost::asio::post(context, [this] {
        answering = false;
        burst = 0;
        send(ack, first + 1, next);
      });
    return true;
  }
  /// A download of 300 KB through a line of this pace.
  void download(Pace pace) {
    greeter.greeting = std::string(300'000, 'x');
    ASSERT_TRUE(
        network->up({.own = own, .peer = peer}, {[this](uint16_t, Bytes each) { return heard(each); },
                                                 [](std::string const&) {}, [pace] { return pace; }}));
    send(syn, first, 0);
    until([&] {
      greeter.look();
      return received >= greeter.greeting.size();
    });
    EXPECT_EQ(received, greeter.greeting.size());
  }

  Greeter greeter;
  uint32_t next = 0;
  size_t received = 0, burst = 0, largest_burst = 0;
  unsigned largest_window = 0;
  bool answering = false;
};

TEST_F(SlirpTcp, no_more_is_on_its_way_than_has_room_before_a_slow_line) {
  download({.to_peer = 16'000, .from_peer = 14'400});
  EXPECT_LE(largest_burst, 8000u);
  EXPECT_EQ(largest_window, 7200u);
}

TEST_F(SlirpTcp, a_line_of_unknown_pace_has_a_few_segments_on_their_way) {
  download({});
  EXPECT_LE(largest_burst, 4 * 1500u);
  EXPECT_EQ(largest_window, 4 * 1500u);
}

TEST_F(SlirpTcp, a_fast_line_has_all_of_tcps_window) {
  download({.to_peer = 200'000, .from_peer = 200'000});
  EXPECT_GT(largest_burst, 8000u);
  EXPECT_GT(largest_window, 30'000u);
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
