#include "emulator/app/dirs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace offhook::app {
namespace {

namespace fs = std::filesystem;

class DirsTest : public testing::Test {
 protected:
  DirsTest() {
    char name[] = "/tmp/offhook-app-XXXXXX";
    dir_ = mkdtemp(name);
  }
  ~DirsTest() override { fs::remove_all(dir_); }
  std::string dir_;
};

TEST_F(DirsTest, leftovers_are_ports_and_sockets_and_nothing_else) {
  fs::create_symlink("/dev/pts/99999", dir_ + "/ttyVM0");
  fs::create_symlink("/etc/passwd", dir_ + "/mine");
  std::ofstream(dir_ + "/control.sock") << "";
  std::ofstream(dir_ + "/v24.sock") << "";
  std::ofstream(dir_ + "/notes") << "x";
  remove_leftovers(dir_);
  EXPECT_FALSE(fs::is_symlink(dir_ + "/ttyVM0"));
  EXPECT_FALSE(fs::exists(dir_ + "/control.sock"));
  EXPECT_FALSE(fs::exists(dir_ + "/v24.sock"));
  EXPECT_TRUE(fs::is_symlink(dir_ + "/mine"));
  EXPECT_TRUE(fs::exists(dir_ + "/notes"));
}

}  // namespace
}  // namespace offhook::app
