#include "emulator/io/unix_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace offhook::io {
namespace {

class UnixSocket : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "unix_socket-XXXXXX";
    dir = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(dir); }
  int code(std::string const& path) {
    auto const connected = connect_unix(path, SOCK_STREAM);
    return connected ? 0 : connected.error().value();
  }
  std::string dir;
};

TEST_F(UnixSocket, connects_to_who_listens_and_says_when_nobody_does) {
  std::string const path = dir + "/socket";
  EXPECT_EQ(code(path), ENOENT);
  Fd const listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto const address = unix_address(path);
  ASSERT_TRUE(address);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr const*>(&*address), sizeof *address), 0);
  EXPECT_EQ(code(path), ECONNREFUSED);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(code(path), 0);
  EXPECT_EQ(code(path + "/below"), ENOTDIR);
}

TEST_F(UnixSocket, a_path_of_107_bytes_is_the_longest) {
  EXPECT_TRUE(unix_address(std::string(107, 'x')));
  auto const longer = unix_address(std::string(108, 'x'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().message,
            "the path " + std::string(108, 'x') + " is too long for a socket: at most 107 bytes");
  EXPECT_EQ(code(std::string(108, 'x')), ENAMETOOLONG);
}

}  // namespace
}  // namespace offhook::io
