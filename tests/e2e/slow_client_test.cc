// A client that never reads what it asked for slows nobody else, and the bank does not grow for it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <sstream>
#include <thread>

#include "tests/e2e/bank_process.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

size_t resident_kib(pid_t pid) {
  std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

/// A modem that talks to the echo line, byte by byte: what must go on at its pace.
class RoundTrips {
 public:
  explicit RoundTrips(std::string const& port) : port_(port) {
    EXPECT_TRUE(port_.type("ATDT5550000\r"));
    EXPECT_TRUE(port_.expect("\nCONNECT 115200\r\n"));
  }
  /// How long `n` of them take.
  Clock::duration take(int n) {
    auto const began = Clock::now();
    for (int i = 0; i < n; ++i) {
      EXPECT_TRUE(port_.type("x"));
      EXPECT_EQ(port_.take(1), "x");
    }
    return Clock::now() - began;
  }

 private:
  PortFile port_;
};
constexpr int trips = 500;
constexpr auto allowed = 10s;  // they take some 50 ms alone
constexpr size_t allowed_growth_kib = 8192;

TEST(SlowClient, a_port_that_is_never_read_slows_no_other) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RoundTrips round_trips(bank.port(1));
  PortFile deaf(bank.port(0));
  ASSERT_TRUE(deaf.type("ATDT5550005\r"));
  ASSERT_TRUE(deaf.expect("\nCONNECT 115200\r\n"));  // the pattern begins, and nobody reads it
  round_trips.take(trips);
  size_t const before = resident_kib(bank.process().pid());
  EXPECT_LT(round_trips.take(trips), allowed);
  std::this_thread::sleep_for(1s);
  EXPECT_LT(resident_kib(bank.process().pid()), before + allowed_growth_kib);
}

TEST(SlowClient, a_caller_whose_peer_never_reads_is_held_back_without_a_byte_lost) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RoundTrips round_trips(bank.port(2));
  PortFile a(bank.port(0)), b(bank.port(1));
  ASSERT_TRUE(connect(a, b, bank.number(1)));
  std::string const data = random_bytes(1'000'000, 7);
  std::thread sender([&] { EXPECT_TRUE(a.type(data)); });
  std::this_thread::sleep_for(500ms);  // b does not read: a's write must come to a stand
  EXPECT_LT(round_trips.take(trips), allowed);
  std::string const got = b.take(data.size());
  sender.join();
  EXPECT_TRUE(got == data) << got.size();
}

int connect_to(std::string const& path) {
  int const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << std::strerror(errno);
  return fd;
}

TEST(SlowClient, a_control_client_that_asks_and_never_reads_slows_no_other) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RoundTrips round_trips(bank.port(1));
  size_t const before = resident_kib(bank.process().pid());
  int const fd = connect_to(bank.dir() + "/control.sock");
  std::string const request = R"({"jsonrpc":"2.0","id":1,"method":"status","params":{}})"
                              "\n";
  int refused_in_a_row = 0, asked = 0;
  while (refused_in_a_row < 100 && asked < 100'000) {
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
      refused_in_a_row = 0, ++asked;
      continue;
    }
    ++refused_in_a_row;
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_LT(asked, 100'000) << "its requests were read without end";
  EXPECT_LT(round_trips.take(trips), allowed);
  EXPECT_EQ(bank.vmodem({"status"}).status, 0);
  EXPECT_LT(resident_kib(bank.process().pid()), before + allowed_growth_kib);
  close(fd);
}

TEST(SlowClient, an_event_stream_that_is_never_read_is_cut_short_and_told_so) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  RoundTrips round_trips(bank.port(1));
  int const fd = connect_to(bank.dir() + "/control.sock");
  std::string const request = R"({"jsonrpc":"2.0","id":1,"method":"watch","params":{}})"
                              "\n";
  ASSERT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  PortFile noisy(bank.port(0));
  ASSERT_TRUE(noisy.command("ATE0"));
  size_t const before = resident_kib(bank.process().pid());
  for (int turn = 0; turn < 6000; ++turn) {  // each call is a handful of events
    ASSERT_TRUE(noisy.type("ATDT5550001\r"));
    ASSERT_TRUE(noisy.expect("BUSY\r\n"));
  }
  EXPECT_LT(round_trips.take(trips), allowed);
  EXPECT_LT(resident_kib(bank.process().pid()), before + allowed_growth_kib);
  Talk stream(fd);  // now it reads, and learns what it missed
  EXPECT_TRUE(stream.expect(R"("method":"dropped")"));
}

}  // namespace
}  // namespace offhook::e2e
