#include "emulator/app/dirs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace offhook::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DirsTest : public testing::Test {
 protected:
  DirsTest() {
    char name[] = "/tmp/offhook-app-XXXXXX";
    dir_ = mkdtemp(name);
    unsetenv("VMODEM_DIR");
  }
  ~DirsTest() override {
    unsetenv("VMODEM_DIR");
    fs::remove_all(dir_);
  }
  std::string dir_;
};

TEST_F(DirsTest, the_option_goes_before_the_environment_and_that_before_the_default) {
  EXPECT_THAT(bank_dir("").origin, HasSubstr("VMODEM_DIR is not set"));
  setenv("VMODEM_DIR", "/tmp/from-environment", 1);
  EXPECT_EQ(bank_dir("").path, "/tmp/from-environment");
  EXPECT_EQ(bank_dir("").origin, "VMODEM_DIR");
  EXPECT_EQ(bank_dir("/tmp/from-option/").path, "/tmp/from-option");
  EXPECT_EQ(bank_dir("here").path, fs::current_path().string() + "/here");
}

TEST_F(DirsTest, a_missing_directory_is_made) {
  ASSERT_TRUE(make_dir({dir_ + "/a/b", "--dir"}));
  EXPECT_TRUE(fs::is_directory(dir_ + "/a/b"));
  EXPECT_TRUE(make_dir({dir_ + "/a/b", "--dir"}));
  std::ofstream(dir_ + "/file") << "x";
  EXPECT_THAT(make_dir({dir_ + "/file", "--dir"}).error().message, HasSubstr("is not a directory"));
}

TEST_F(DirsTest, below_tmp_a_directory_that_others_may_enter_or_that_is_a_link_is_refused) {
  BankDir const shared{dir_ + "/vmodem-0", "the default", true};
  ASSERT_TRUE(make_dir(shared));
  struct stat info;
  ASSERT_EQ(stat(shared.path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  chmod(shared.path.c_str(), 0755);
  EXPECT_THAT(make_dir(shared).error().message, HasSubstr("not a directory of ours with mode 0700"));
  fs::remove(shared.path);
  fs::create_directory_symlink(dir_, shared.path);
  EXPECT_THAT(check_owner(shared).error().message, HasSubstr("not a directory of ours"));
}

TEST_F(DirsTest, the_lock_is_one_banks_and_names_its_pid) {
  {
    auto const first = DirLock::take(dir_);
    ASSERT_TRUE(first) << first.error().message;
    auto const second = DirLock::take(dir_);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("a bank is running in " + dir_));
    EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(getpid()) + ":"));
    EXPECT_TRUE(fs::exists(dir_ + "/lock"));
  }
  EXPECT_FALSE(fs::exists(dir_ + "/lock"));
  EXPECT_TRUE(DirLock::take(dir_));
}

TEST_F(DirsTest, a_lock_file_that_a_killed_bank_left_stops_nobody) {
  std::ofstream(dir_ + "/lock") << "99999\n";
  EXPECT_TRUE(DirLock::take(dir_));
}

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
