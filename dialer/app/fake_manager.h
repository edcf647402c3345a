// For tests: a port manager that hands out the ports of a directory, one client a port at a time, and keeps
// what it was told.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "emulator/io/descriptor.h"
#include "rasd/lease/packets.h"

namespace boost::asio {
class io_context;
}

namespace offhook::dialer {

class FakeManager {
 public:
  FakeManager(boost::asio::io_context& context, std::string dir)
      : context_(context),
        dir_(std::move(dir)),
        listener_(
            context, [this] { accept(); }, [] {}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string const path = dir_ + "/lease.sock";
    std::memcpy(address.sun_path, path.data(), path.size());
    io::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd.get(), 8), 0);
    EXPECT_TRUE(listener_.assign(std::move(fd)));
    listener_.await_readable();
  }

  std::vector<std::string> states;  // of each Progress
  lease::Progress last;
  unsigned requests = 0, releases = 0, lost = 0;
  bool answers_release = true;
  std::string device = "v250";
  lease::Refused refusal;  // with an error: no port is granted
  bool held() const { return client_ != nullptr; }

  /// The port is taken back.
  void end(std::string const& why, std::string const& text) {
    if (client_) send(lease::Ended{why, text});
  }

 private:
  void accept() {
    io::Fd fd(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    listener_.await_readable();
    client_ = std::make_unique<io::Descriptor>(
        context_, [this] { read(); }, [] {});
    ASSERT_TRUE(client_->assign(std::move(fd)));
    client_->await_readable();
  }
  void read() {
    for (;;) {
      auto const packet = lease::receive_packet(client_->fd());
      if (!packet) {
        ++lost;
        auto const gone = std::move(client_);
        return;
      }
      if (!*packet) return client_->await_readable();
      auto const message = lease::decode_from_client((*packet)->bytes);
      ASSERT_TRUE(message) << message.error().message;
      std::visit([this](auto const& each) { heard(each); }, *message);
    }
  }
  void heard(lease::Request const& request) {
    ++requests;
    if (refusal.ras_error != 0) return send(refusal);
    lease::Granted granted;
    granted.port = request.port.empty() ? "ttyVM0" : request.port;
    granted.path = dir_ + "/" + granted.port;
    granted.device = device;
    granted.rate_bps = 115200;
    granted.rts_cts = false;
    io::Fd const port(::open(granted.path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(port) << granted.path;
    send(granted, port.get());
  }
  void heard(lease::Progress const& progress) {
    states.push_back(progress.state);
    last = progress;
  }
  void heard(lease::Release const&) {
    ++releases;
    if (answers_release) send(lease::Released{});
  }
  void send(lease::ToClient const& message, int descriptor = -1) {
    EXPECT_TRUE(lease::send_packet(client_->fd(), lease::encode(message), descriptor));
  }

  boost::asio::io_context& context_;
  std::string dir_;
  io::Descriptor listener_;
  std::unique_ptr<io::Descriptor> client_;
};

}  // namespace offhook::dialer
