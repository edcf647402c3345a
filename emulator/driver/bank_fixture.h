// A bank of three modems on real ptys, in the test's own process. The event loop runs until what is waited
// for has come about, with a generous limit.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "emulator/driver/bank.h"
#include "emulator/io/fd.h"

namespace offhook::driver {

class BankTest : public testing::Test {
 protected:
  BankTest();
  ~BankTest() override;

  void start();
  /// Runs the event loop for one handler, or so long at most.
  void turn(Duration at_most);

  template <class Condition>
  bool until(Condition condition) {
    auto const limit = std::chrono::steady_clock::now() + 60s;  // of a machine that has much else to do
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      turn(5ms);
    }
    return true;
  }

  /// A program on a port.
  struct Program {
    io::Fd fd;
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
        ended = ended || n == 0 || errno == EIO || errno == ECONNRESET;
        return;
      }
    }
  };

  Program open(int port, bool clocal = true) {
    Program program;
    program.fd = io::Fd(::open(path(port).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK));
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
  bool on(int port, v24::Circuit circuit) const { return status(port).circuits.on(circuit); }

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

  std::unique_ptr<boost::asio::io_context> io;
  BankConfig config;
  std::optional<Bank> bank;
};

}  // namespace offhook::driver
