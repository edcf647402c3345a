#include "emulator/io/packet_listener.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "emulator/io/alarm.h"

namespace offhook::io {
namespace {

struct PacketListenerInADirectory : testing::Test {
  PacketListenerInADirectory() {
    char name[] = "/tmp/packet_listener_XXXXXX";
    directory = ::mkdtemp(name);
    path = directory + "/socket";
  }
  ~PacketListenerInADirectory() override {
    listener.close();
    ::rmdir(directory.c_str());
  }
  Fd connect() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) return {};
    return fd;
  }
  void run() { context.run_for(std::chrono::milliseconds(20)); }

  std::string directory, path;
  boost::asio::io_context context;
  Alarm alarm{context};
  std::vector<Fd> accepted;
  PacketListener listener{context, alarm, [this](Fd fd) { accepted.push_back(std::move(fd)); }};
};

TEST_F(PacketListenerInADirectory, has_the_mode_asked_for_and_replaces_what_a_killed_program_left) {
  ASSERT_TRUE(listener.listen(path, 0660, ::getgid()));
  PacketListener next{context, alarm, [this](Fd fd) { accepted.push_back(std::move(fd)); }};
  ASSERT_TRUE(next.listen(path, 0600, std::nullopt));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  Fd const client = connect();
  ASSERT_TRUE(client);
  run();
  ASSERT_EQ(accepted.size(), 1u);
  EXPECT_EQ(::send(client.get(), "packet", 6, 0), 6);
  char buffer[16];
  EXPECT_EQ(::recv(accepted[0].get(), buffer, sizeof buffer, 0), 6);
  next.close();
  EXPECT_FALSE(next.is_open());
  EXPECT_FALSE(connect());
}

TEST_F(PacketListenerInADirectory, says_which_path_is_too_long_for_a_socket) {
  auto const failed = listener.listen(directory + "/" + std::string(200, 'x'), 0600, std::nullopt);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("too long for a socket: at most 107 bytes"), std::string::npos);
  EXPECT_FALSE(listener.is_open());
}

TEST_F(PacketListenerInADirectory, a_connection_that_finds_no_descriptor_free_waits_for_one) {
  ASSERT_TRUE(listener.listen(path, 0600, std::nullopt));
  Fd const client = connect();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  Fd const lowest_free(::dup(client.get()));
  rlimit const none{static_cast<rlim_t>(lowest_free.get()), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  run();
  EXPECT_TRUE(accepted.empty());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  for (int i = 0; i < 100 && accepted.empty(); ++i) run();
  EXPECT_EQ(accepted.size(), 1u);
}

}  // namespace
}  // namespace offhook::io
