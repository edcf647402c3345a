// For tests: a directory with one of rasd's sockets, served by a thread that does what the test says.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "emulator/io/fd.h"

namespace offhook::rasadmin {

constexpr int patience_ms = 20'000;

inline bool readable(int fd, int ms = patience_ms) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, ms) > 0;
}

class FakeRasd {
 public:
  /// `serve` is given each client's connection in turn, for as long as this object lives.
  FakeRasd(std::string const& socket, int type, std::function<void(int)> serve) {
    std::string pattern = std::filesystem::temp_directory_path() / "rasadmin-XXXXXX";
    dir_ = ::mkdtemp(pattern.data());
    std::string const path = dir_ + "/" + socket;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    listener_ = io::Fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 4), 0);
    thread_ = std::thread([this, serve = std::move(serve)] {
      for (;;) {
        io::Fd const client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client) return;
        serve(client.get());
      }
    });
  }
  ~FakeRasd() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    std::filesystem::remove_all(dir_);
  }
  std::string const& dir() const { return dir_; }

 private:
  std::string dir_;
  io::Fd listener_;
  std::thread thread_;
};

}  // namespace offhook::rasadmin
