// A bank whose calls leave and come in: sockets of the test's own at the other end.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <list>

#include "emulator/driver/bank_fixture.h"

namespace offhook::driver {

inline size_t open_descriptors() {
  namespace fs = std::filesystem;
  return static_cast<size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

class TrunkTest : public BankTest {
 protected:
  /// A listening socket of the test's own.
  struct Server {
    io::Fd fd;
    uint16_t port = 0;
    std::string address() const { return "127.0.0.1:" + std::to_string(port); }
  };
  static Server serve(int backlog = 16) {
    Server server;
    server.fd = io::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(server.fd.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(server.fd.get(), backlog), 0);
    ::getsockname(server.fd.get(), reinterpret_cast<sockaddr*>(&at), &size);
    server.port = ntohs(at.sin_port);
    return server;
  }
  static Program connect_to(uint16_t port) {
    Program client;
    client.fd = io::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    int const done = ::connect(client.fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at);
    EXPECT_TRUE(done == 0 || errno == EINPROGRESS) << std::strerror(errno);
    return client;
  }
  Program accept(Server const& server) {
    Program peer;
    EXPECT_TRUE(until([&] {
      peer.fd = io::Fd(::accept4(server.fd.get(), nullptr, nullptr, SOCK_NONBLOCK));
      return static_cast<bool>(peer.fd);
    }));
    return peer;
  }
  /// Port 0 dials an address that answers.
  std::pair<Program, Program> call_out(Server const& server) {
    Program a = open(0);
    a.type("ATDT" + server.address() + "\r");
    Program peer = accept(server);
    EXPECT_TRUE(reads(a, "CONNECT 115200\r\n"));
    a.seen.clear();
    return {std::move(a), std::move(peer)};
  }
  void listen(std::string const& number, trunk::Protocol protocol = trunk::Protocol::raw,
              trunk::AdmissionLimits limits = {}) {
    ListenerConfig listener;
    listener.address = {"127.0.0.1", 0};
    listener.number = number;
    listener.protocol = protocol;
    listener.limits = limits;
    config.listeners.push_back(listener);
  }
  uint16_t port_of(size_t listener) const {
    auto const text = bank->listening().at(listener).address;
    return static_cast<uint16_t>(std::stoi(text.substr(text.find(':') + 1)));
  }
  bool ends(Program& program) {
    return until([&] {
      program.look();
      return program.ended;
    });
  }
  bool idle(int port) {
    return until([&] { return status(port).state == "command" && !status(port).call; });
  }
  static void reset_of(Program& program) {
    linger const at_once{1, 0};
    ::setsockopt(program.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    program.fd = io::Fd();
  }
  /// Writes it all to one and reads as much from the other.
  std::string carry(Program& from, Program& to, std::string const& bytes) {
    size_t written = 0;
    EXPECT_TRUE(until([&] {
      if (written < bytes.size()) {
        ssize_t const n = ::write(from.fd.get(), bytes.data() + written, bytes.size() - written);
        if (n > 0) written += static_cast<size_t>(n);
      }
      to.look();
      return to.seen.size() >= bytes.size();
    })) << to.seen.size();
    return std::exchange(to.seen, {});
  }
  static std::string all_pairs() {
    std::string bytes;
    for (int i = 0; i < 256 * 256; ++i) {
      bytes += static_cast<char>(i >> 8);
      bytes += static_cast<char>(i);
    }
    return bytes;
  }
  void run_for(Duration time) {
    auto const end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) turn(5ms);
  }
  void add(trunk::Entry entry) { ASSERT_TRUE(config.phonebook.add(std::move(entry)).has_value()); }
};

}  // namespace offhook::driver
