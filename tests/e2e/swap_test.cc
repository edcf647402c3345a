// A port's name always leads to a port: opens that race with fresh ptys behind the same name.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "emulator/v24/side_channel.h"
#include "tests/e2e/bank_process.h"

namespace offhook::e2e {
namespace {

/// A client of the side channel that waits for each acknowledgement.
class SideChannel {
 public:
  explicit SideChannel(std::string const& path) : fd_(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~SideChannel() { close(fd_); }
  bool connected() const { return connected_; }

  bool revoke(std::string const& port) {
    v24::Message request;
    request.kind = v24::Kind::revoke;
    request.port = port;
    request.serial = ++serial_;
    auto const packet = v24::encode(request);
    if (send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(packet.size()))
      return false;
    for (;;) {
      v24::Packet answer;
      pollfd fd{fd_, POLLIN, 0};
      if (poll(&fd, 1, 30000) <= 0 || recv(fd_, answer.data(), answer.size(), 0) <= 0) return false;
      auto const message = v24::decode(answer);
      if (message && message->kind == v24::Kind::ack && message->serial == serial_)
        return message->status == v24::Status::done;
    }
  }

 private:
  int fd_;
  bool connected_ = false;
  uint32_t serial_ = 0;
};

TEST(Swap, a_hundred_thousand_opens_meet_a_thousand_swaps_without_an_error) {
  constexpr int opens_wanted = 100'000, swaps_wanted = 1'000;
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  std::atomic<int> opens = 0, swaps = 0;
  int swap_errors = 0;
  std::thread swapper([&] {
    SideChannel channel(bank.dir() + "/v24.sock");
    swap_errors += !channel.connected();
    while (swap_errors == 0 && swaps < swaps_wanted) {
      // Spread over the opens, so that neither runs out before the other.
      while (opens < swaps * (opens_wanted / swaps_wanted)) std::this_thread::yield();
      swap_errors += !channel.revoke("ttyVM0");
      ++swaps;
    }
  });
  int open_errors = 0, other_errors = 0, last_errno = 0;
  for (; opens < opens_wanted; ++opens) {
    int const fd = open(bank.port(0).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
      ++open_errors, last_errno = errno;
      continue;
    }
    termios settings;
    if (tcgetattr(fd, &settings) != 0) ++other_errors, last_errno = errno;
    close(fd);
  }
  swapper.join();
  EXPECT_EQ(swap_errors, 0);
  EXPECT_EQ(swaps, swaps_wanted);
  EXPECT_EQ(open_errors, 0) << std::strerror(last_errno);
  EXPECT_EQ(other_errors, 0) << std::strerror(last_errno);
  PortFile after(bank.port(0));
  EXPECT_TRUE(after.command("AT"));
}

TEST(Swap, whoever_holds_a_revoked_port_is_hung_up_on_and_finds_it_again_by_name) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile held(bank.port(0));
  ASSERT_TRUE(held.command("AT"));
  SideChannel channel(bank.dir() + "/v24.sock");
  ASSERT_TRUE(channel.revoke("ttyVM0"));
  EXPECT_TRUE(held.expect_end());
  PortFile again(bank.port(0));
  EXPECT_TRUE(again.command("AT"));
}

}  // namespace
}  // namespace offhook::e2e
