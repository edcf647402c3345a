#include "emulator/io/run_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace offhook::io {
namespace {

namespace fs = std::filesystem;
RunDir bank_dir(std::string const& option) { return run_dir("vmodem", "VMODEM_DIR", option); }
using testing::HasSubstr;

class RunDirTest : public testing::Test {
 protected:
  RunDirTest() {
    char name[] = "/tmp/offhook-io-XXXXXX";
    dir_ = mkdtemp(name);
    unsetenv("VMODEM_DIR");
  }
  ~RunDirTest() override {
    unsetenv("VMODEM_DIR");
    fs::remove_all(dir_);
  }
  std::string dir_;
};

TEST_F(RunDirTest, the_option_goes_before_the_environment_and_that_before_the_default) {
  EXPECT_THAT(bank_dir("").origin, HasSubstr("VMODEM_DIR is not set"));
  setenv("VMODEM_DIR", "/tmp/from-environment", 1);
  EXPECT_EQ(bank_dir("").path, "/tmp/from-environment");
  EXPECT_EQ(bank_dir("").origin, "VMODEM_DIR");
  EXPECT_EQ(bank_dir("/tmp/from-option/").path, "/tmp/from-option");
  EXPECT_EQ(bank_dir("here").path, fs::current_path().string() + "/here");
}

TEST_F(RunDirTest, a_missing_directory_is_made) {
  ASSERT_TRUE(make_dir({dir_ + "/a/b", "--dir", "VMODEM_DIR"}));
  EXPECT_TRUE(fs::is_directory(dir_ + "/a/b"));
  EXPECT_TRUE(make_dir({dir_ + "/a/b", "--dir", "VMODEM_DIR"}));
  std::ofstream(dir_ + "/file") << "x";
  EXPECT_THAT(make_dir({dir_ + "/file", "--dir", "VMODEM_DIR"}).error().message,
              HasSubstr("is not a directory"));
}

TEST_F(RunDirTest, below_tmp_a_directory_that_others_may_enter_or_that_is_a_link_is_refused) {
  RunDir const shared{dir_ + "/vmodem-0", "the default", "VMODEM_DIR", true};
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

TEST_F(RunDirTest, the_lock_is_one_programs_and_names_its_pid) {
  {
    auto const first = DirLock::take(dir_, "a bank");
    ASSERT_TRUE(first) << first.error().message;
    auto const second = DirLock::take(dir_, "a bank");
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("a bank is running in " + dir_));
    EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(getpid()) + ":"));
    EXPECT_TRUE(fs::exists(dir_ + "/lock"));
  }
  EXPECT_FALSE(fs::exists(dir_ + "/lock"));
  EXPECT_TRUE(DirLock::take(dir_, "a bank"));
}

TEST_F(RunDirTest, a_child_that_outlives_a_killed_bank_for_a_moment_stops_nobody) {
  pid_t const bank = fork();
  if (bank == 0) {
    auto const lock = DirLock::take(dir_, "a bank");
    int const watch = inotify_init1(IN_CLOEXEC);
    bool const watched = inotify_add_watch(watch, (dir_ + "/lock").c_str(), IN_CLOSE_WRITE) >= 0;
    if (watched && fork() == 0) {  // as it is before its exec; until somebody has tried the lock in vain
      char event[sizeof(inotify_event) + 256];
      _exit(read(watch, event, sizeof event) > 0 ? 0 : 1);
    }
    _exit(lock ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(bank, &status, 0), bank);
  ASSERT_EQ(status, 0);
  auto const next = DirLock::take(dir_, "a bank");
  EXPECT_TRUE(next) << next.error().message;
}

TEST_F(RunDirTest, a_lock_file_that_a_killed_bank_left_stops_nobody) {
  std::ofstream(dir_ + "/lock") << "99999\n";
  EXPECT_TRUE(DirLock::take(dir_, "a bank"));
}

}  // namespace
}  // namespace offhook::io
