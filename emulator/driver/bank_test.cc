// The bank on real ptys, in this process: opens, hang-ups, faults, the side channel. The event loop runs
// until what is waited for has come about, with a generous limit.
#include "emulator/driver/bank.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "emulator/base/text.h"
#include "emulator/pty/fd.h"
#include "emulator/v24/side_channel.h"

namespace offhook::driver {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using v24::Circuit;

class BankTest : public testing::Test {
 protected:
  BankTest() {
    char name[] = "/tmp/offhook-bank-XXXXXX";
    config.dir = ::mkdtemp(name);
    for (int i = 0; i < 3; ++i)
      config.modems.push_back({"ttyVM" + std::to_string(i), std::to_string(5550100 + i), "v250", {}});
  }
  ~BankTest() override {
    bank.reset();
    io.restart();
    io.poll();
    fs::remove_all(config.dir);
  }

  void start() {
    bank.emplace(io, config);
    auto const started = bank->start();
    ASSERT_TRUE(started.has_value()) << started.error().message;
  }

  template <class Condition>
  bool until(Condition condition) {
    auto const limit = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      io.restart();
      io.run_one_for(5ms);
    }
    return true;
  }

  /// A program on a port.
  struct Program {
    pty::Fd fd;
    std::string seen;
    bool ended = false;
    void type(std::string_view text) const {
      ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void look() {
      char buffer[65536];
      for (;;) {
        ssize_t const n = ::read(fd.get(), buffer, sizeof buffer);
        if (n > 0) {
          seen.append(buffer, static_cast<size_t>(n));
          continue;
        }
        ended = ended || n == 0 || errno == EIO;
        return;
      }
    }
  };

  Program open(int port, bool clocal = true) {
    Program program;
    program.fd = pty::Fd(::open(path(port).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK));
    EXPECT_TRUE(program.fd) << std::strerror(errno);
    if (!clocal) {
      termios t{};
      ::tcgetattr(program.fd.get(), &t);
      t.c_cflag &= ~static_cast<tcflag_t>(CLOCAL);
      ::tcsetattr(program.fd.get(), TCSANOW, &t);
    }
    EXPECT_TRUE(until([&] { return status(port).open; }));
    return program;
  }

  bool reads(Program& program, std::string_view text) {
    return until([&] {
      program.look();
      return program.seen.find(text) != std::string::npos;
    });
  }

  PortStatus status(int port) const { return bank->status(static_cast<size_t>(port)); }
  std::string path(int port) const {
    return config.dir + "/" + config.modems[static_cast<size_t>(port)].port;
  }
  bool on(int port, Circuit circuit) const { return status(port).circuits.on(circuit); }

  /// Port 0 calls port 1, which answers.
  std::pair<Program, Program> call(bool clocal = true) {
    Program a = open(0, clocal), b = open(1, clocal);
    b.type("ATS0=1\r");
    EXPECT_TRUE(reads(b, "OK"));
    a.type("ATDT5550101\r");
    EXPECT_TRUE(reads(a, "CONNECT 115200\r\n"));
    EXPECT_TRUE(reads(b, "CONNECT 115200\r\n"));
    a.seen.clear();
    b.seen.clear();
    return {std::move(a), std::move(b)};
  }

  boost::asio::io_context io;
  BankConfig config;
  std::optional<Bank> bank;
};

TEST_F(BankTest, a_program_gets_ok_and_dtr_follows_its_open) {
  start();
  EXPECT_FALSE(on(0, Circuit::dtr));
  {
    Program a = open(0);
    EXPECT_TRUE(on(0, Circuit::dtr));
    a.type("AT\r");
    EXPECT_TRUE(reads(a, "AT\r\r\nOK\r\n"));
  }
  EXPECT_TRUE(until([&] { return !status(0).open; }));
  EXPECT_FALSE(on(0, Circuit::dtr));
}

TEST_F(BankTest, two_programs_talk_through_a_call) {
  start();
  auto [a, b] = call();
  a.type("hello");
  EXPECT_TRUE(reads(b, "hello"));
  b.type("and back");
  EXPECT_TRUE(reads(a, "and back"));
  EXPECT_TRUE(on(0, Circuit::dcd));
  ASSERT_TRUE(status(0).call);
  EXPECT_EQ(status(0).call->peer, "5550101");
  EXPECT_EQ(status(1).call->peer, "5550100");
  EXPECT_EQ(status(0).bytes.to_line, 5u);
  EXPECT_EQ(status(1).bytes.from_line, 5u);
}

TEST_F(BankTest, the_echo_line_sends_back_every_byte) {
  start();
  Program a = open(0);
  a.type("ATDT5550000\r");
  ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
  a.seen.clear();
  std::string sent;
  for (int i = 0; i < 256 * 256; ++i) {
    sent += static_cast<char>(i >> 8);
    sent += static_cast<char>(i);
  }
  size_t written = 0;
  EXPECT_TRUE(until([&] {
    if (written < sent.size()) {
      ssize_t const n = ::write(a.fd.get(), sent.data() + written, sent.size() - written);
      if (n > 0) written += static_cast<size_t>(n);
    }
    a.look();
    return a.seen.size() >= sent.size();
  }));
  EXPECT_EQ(a.seen, sent);
}

TEST_F(BankTest, a_program_that_heeds_carrier_reads_no_carrier_and_is_hung_up) {
  start();
  auto [a, b] = call(false);
  auto const generation = status(0).generation;
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_TRUE(reads(a, "\r\nNO CARRIER\r\n"));
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended;
  }));
  EXPECT_GT(status(0).generation, generation);
  EXPECT_TRUE(until([&] { return !status(0).open && status(0).state == "command"; }));
  Program again = open(0);
  again.type("AT\r");
  EXPECT_TRUE(reads(again, "OK"));
}

TEST_F(BankTest, a_program_that_ignores_carrier_keeps_its_port) {
  start();
  auto [a, b] = call(true);
  auto const generation = status(0).generation;
  ASSERT_TRUE(bank->drop(0, {}).has_value());
  EXPECT_TRUE(reads(a, "\r\nNO CARRIER\r\n"));
  a.type("AT\r");
  EXPECT_TRUE(reads(a, "OK"));
  EXPECT_EQ(status(0).generation, generation);
}

TEST_F(BankTest, closing_the_port_hangs_up_and_the_far_end_hears_of_it) {
  start();
  auto [a, b] = call();
  a.type("last words");
  a.fd = pty::Fd();
  EXPECT_TRUE(reads(b, "last words"));
  EXPECT_TRUE(reads(b, "NO CARRIER"));
  EXPECT_TRUE(until([&] { return status(0).state == "command" && !status(0).call; }));
}

TEST_F(BankTest, b0_is_a_dtr_drop) {
  start();
  auto [a, b] = call();
  termios t{};
  ::tcgetattr(a.fd.get(), &t);
  ::cfsetospeed(&t, B0);
  ::tcsetattr(a.fd.get(), TCSANOW, &t);
  EXPECT_TRUE(reads(b, "NO CARRIER"));
  EXPECT_FALSE(on(0, Circuit::dtr));
  EXPECT_TRUE(status(0).open);
}

TEST_F(BankTest, an_unplugged_cable_takes_circuits_and_bytes_and_leaves_the_descriptor) {
  start();
  Program a = open(0);
  ASSERT_TRUE(bank->unplug(0, false).has_value());
  EXPECT_FALSE(on(0, Circuit::dsr));
  EXPECT_THAT(status(0).faults, Contains("unplugged"));
  a.type("AT\r");
  EXPECT_TRUE(until([&] { return status(0).bytes.from_dte == 3; }));
  ASSERT_TRUE(bank->plug(0).has_value());
  EXPECT_TRUE(on(0, Circuit::dsr));
  a.type("ATI\r");
  EXPECT_TRUE(reads(a, "OK"));
  EXPECT_THAT(a.seen, testing::Not(HasSubstr("AT\r\r\nOK")));
  EXPECT_TRUE(bank->plug(0).has_error());
}

TEST_F(BankTest, a_removed_port_hangs_up_its_program_and_loses_its_name_until_plugged) {
  start();
  Program a = open(0);
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_FALSE(fs::is_symlink(path(0)));
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended;
  }));
  ASSERT_TRUE(bank->plug(0).has_value());
  Program again = open(0);
  again.type("AT\r");
  EXPECT_TRUE(reads(again, "OK"));
}

TEST_F(BankTest, a_wedged_modem_hears_nothing_until_it_is_reset) {
  start();
  auto [a, b] = call();
  ASSERT_TRUE(bank->wedge(0).has_value());
  a.type("data");
  EXPECT_TRUE(until([&] { return status(0).bytes.from_dte == 12 + 4; }));
  EXPECT_EQ(status(0).state, "wedged");
  ASSERT_TRUE(bank->reset(0).has_value());
  EXPECT_TRUE(reads(b, "NO CARRIER"));
  a.type("AT\r");
  EXPECT_TRUE(reads(a, "OK"));
}

TEST_F(BankTest, an_injected_ring_shows_caller_and_ri_and_gives_up_after_its_bursts) {
  start();
  Program a = open(0);
  a.type("AT+VCID=1\r");
  ASSERT_TRUE(reads(a, "OK"));
  std::vector<exchange::CallNote::Kind> kinds;
  bank->watch([&](Event const& event) {
    if (event.call) kinds.push_back(event.call->kind);
  });
  Bank::RingRequest request;
  request.from.presentation = loop::CallerId::Presentation::given;
  request.from.number = "5550199";
  request.rings = 1;
  ASSERT_TRUE(bank->ring(0, request).has_value());
  EXPECT_TRUE(on(0, Circuit::ri));
  EXPECT_TRUE(reads(a, "RING"));
  EXPECT_TRUE(until([&] { return !kinds.empty() && kinds.back() == exchange::CallNote::Kind::ended; }));
  EXPECT_FALSE(on(0, Circuit::ri));
}

TEST_F(BankTest, an_injected_ring_that_is_answered_speaks_to_an_echo) {
  start();
  Program a = open(0);
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  ASSERT_TRUE(reads(a, "RING"));
  a.type("ATA\r");
  ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
  a.seen.clear();
  a.type("anybody there?");
  EXPECT_TRUE(reads(a, "anybody there?"));
}

TEST_F(BankTest, a_port_that_was_removed_takes_nobody_elses_place_when_it_comes_back) {
  start();
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  std::optional<Program> b = open(1, false);
  ASSERT_TRUE(until([&] { return status(1).open; }));
  // The number of the removed port's pty goes to the next fresh one: port 1's, once it is hung up and removed
  // too.
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(bank->unplug(1, true).has_value());
    io.restart();
    io.run_for(config.hangup_grace + 20ms);
    ASSERT_TRUE(bank->plug(1).has_value());
  }
  ASSERT_TRUE(bank->plug(0).has_value());
  b.emplace(open(1));
  b->type("AT\r");
  EXPECT_TRUE(reads(*b, "OK"));
}

TEST_F(BankTest, a_program_that_dies_while_the_line_is_full_frees_its_port) {
  start();
  {
    Program a = open(0);
    a.type("ATDT5550000\r");
    ASSERT_TRUE(reads(a, "CONNECT 115200\r\n"));
    std::string const much(4096, 'x');
    for (int idle = 0; idle < 50; ++idle) {  // it never reads what the echo sends back
      if (::write(a.fd.get(), much.data(), much.size()) > 0) idle = 0;
      io.restart();
      io.run_one_for(1ms);
    }
  }
  EXPECT_TRUE(until([&] { return !status(0).open && status(0).state == "command" && !on(0, Circuit::dtr); }));
  Program again = open(0);
  again.type("AT\r");
  EXPECT_TRUE(reads(again, "OK"));
}

TEST_F(BankTest, nothing_is_written_to_a_port_that_no_program_has_open) {
  start();
  ASSERT_TRUE(bank->ring(0, {}).has_value());
  EXPECT_TRUE(until([&] { return on(0, Circuit::ri); }));
  Program a = open(0);
  a.type("AT\r");
  EXPECT_TRUE(reads(a, "OK"));
  EXPECT_THAT(a.seen, testing::StartsWith("AT\r"));
}

TEST_F(BankTest, a_program_that_never_reads_does_not_stop_the_others) {
  start();
  auto [a, b] = call();
  std::string const much(1 << 20, 'x');
  size_t written = 0;
  for (int idle = 0; idle < 50; ++idle) {
    ssize_t const n = ::write(a.fd.get(), much.data(), 4096);
    if (n > 0) {
      written += static_cast<size_t>(n);
      idle = 0;
    }
    io.restart();
    io.run_one_for(1ms);
  }
  EXPECT_LT(written, much.size()) << "back-pressure reaches the sender";
  Program c = open(2);
  c.type("AT\r");
  EXPECT_TRUE(reads(c, "OK"));
  EXPECT_TRUE(until([&] {
    b.look();
    return b.seen.size() == written;
  })) << "not a byte is lost";
}

class SideChannelTest : public BankTest {
 protected:
  pty::Fd attach() {
    pty::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, (config.dir + "/v24.sock").c_str());
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  static void send(pty::Fd const& fd, v24::Kind kind, std::string const& port, v24::Circuits mask = {},
                   v24::Circuits values = {}) {
    v24::Message m;
    m.kind = kind;
    m.port = port;
    m.serial = 7;
    m.mask = mask;
    m.circuits = values;
    auto const packet = v24::encode(m);
    ASSERT_EQ(::send(fd.get(), packet.data(), packet.size(), 0), static_cast<ssize_t>(packet.size()));
  }
  std::optional<v24::Message> receive(pty::Fd const& fd) {
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
  std::optional<v24::Message> receive_ack(pty::Fd const& fd) {
    auto message = receive(fd);
    while (message && message->kind != v24::Kind::ack) message = receive(fd);
    return message;
  }
};

TEST_F(SideChannelTest, tells_the_state_on_attach_and_each_change) {
  start();
  pty::Fd const client = attach();
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

TEST_F(SideChannelTest, dtr_set_beside_the_pty_hangs_up_and_lapses_with_its_client) {
  start();
  auto [a, b] = call();
  v24::Circuits dtr;
  dtr.set(Circuit::dtr, true);
  {
    pty::Fd const client = attach();
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

TEST_F(SideChannelTest, revoke_gives_the_name_a_fresh_pty) {
  start();
  Program a = open(0);
  pty::Fd const client = attach();
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

TEST_F(SideChannelTest, refuses_with_a_word_what_it_cannot_do) {
  start();
  pty::Fd const client = attach();
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
  pty::Fd const client = attach();
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
  pty::Fd const client = attach();
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
  pty::Fd const holder = attach();
  send(holder, v24::Kind::set, "ttyVM0", dtr, {});
  ASSERT_TRUE(receive_ack(holder));
  {
    pty::Fd const other = attach();
    send(other, v24::Kind::set, "ttyVM0", rts, {});
    ASSERT_TRUE(receive_ack(other));
    EXPECT_FALSE(on(0, Circuit::rts));
  }
  EXPECT_TRUE(until([&] { return on(0, Circuit::rts); }));
  EXPECT_FALSE(on(0, Circuit::dtr));
}

TEST_F(BankTest, stopping_removes_names_and_sockets) {
  start();
  auto [a, b] = call();
  bank->stop();
  EXPECT_FALSE(fs::exists(fs::symlink_status(path(0))));
  EXPECT_FALSE(fs::exists(config.dir + "/v24.sock"));
  EXPECT_TRUE(until([&] {
    a.look();
    return a.ended;
  }));
}

}  // namespace
}  // namespace offhook::driver
