#include "rasd/holder/lock_files.h"

#include <gmock/gmock.h>

#include "rasd/holder/test_support.h"

namespace offhook::holder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LockNames, programs_lock_by_base_name_or_by_the_path_below_dev) {
  EXPECT_THAT(lock_names("/dev/ttyS0"), ElementsAre("LCK..ttyS0"));
  EXPECT_THAT(lock_names("/dev/pts/7"), ElementsAre("LCK..pts_7", "LCK..7"));
  EXPECT_THAT(lock_names("/run/vmodem/ttyVM0"), ElementsAre("LCK..ttyVM0"));
  EXPECT_THAT(lock_names("ttyVM0"), ElementsAre("LCK..ttyVM0"));
  EXPECT_THAT(lock_names("/dev/serial/by-path/pci-0:0"),
              ElementsAre("LCK..serial_by-path_pci-0:0", "LCK..pci-0:0"));
  EXPECT_TRUE(lock_names("/dev/").empty());
  EXPECT_TRUE(lock_names("").empty());
}

TEST(LockContent, a_pid_is_text_of_any_width_or_an_int) {
  EXPECT_EQ(parse_lock("       812\n"), 812);
  EXPECT_EQ(parse_lock("812"), 812);
  EXPECT_EQ(parse_lock("812\n"), 812);
  EXPECT_EQ(parse_lock("       812 minicom anna\n"), 812);
  int const pid = 70000;
  EXPECT_EQ(parse_lock({reinterpret_cast<char const*>(&pid), sizeof pid}), 70000);
}

TEST(LockContent, what_is_no_pid_names_no_process) {
  for (std::string_view text : {"", "\n", "abc", "0\n", "-5\n", "99999999999999\n", "12x\n"})
    EXPECT_EQ(parse_lock(text), 0) << text;
}

TEST(ReadLock, what_is_no_file_names_no_process) {
  Folder folder;
  ASSERT_EQ(::mkfifo((folder / "LCK..a").c_str(), 0644), 0);
  std::filesystem::create_symlink("/etc/passwd", folder / "LCK..b");
  EXPECT_EQ(read_lock(folder / "LCK..a")->pid, 0);
  EXPECT_EQ(read_lock(folder / "LCK..b")->pid, 0);
  EXPECT_FALSE(read_lock(folder / "LCK..c"));
}

class StaleLock : public testing::Test {
 protected:
  WallTime const now = std::chrono::system_clock::now();
  LockRecord lock{"LCK..pts_7", 812, true, now - std::chrono::hours(1), 0, 0};
  LockFacts facts{now - std::chrono::hours(2), std::nullopt, false, now};
};

TEST_F(StaleLock, a_lock_of_a_process_that_was_there_before_it_counts) { EXPECT_FALSE(stale(lock, facts)); }

TEST_F(StaleLock, a_lock_whose_process_is_gone_is_stale) {
  facts.owner_since.reset();
  EXPECT_THAT(*stale(lock, facts), HasSubstr("812 is gone"));
}

TEST_F(StaleLock, a_lock_whose_pid_was_used_again_is_stale) {
  facts.owner_since = lock.made + std::chrono::milliseconds(11);
  EXPECT_THAT(*stale(lock, facts), HasSubstr("younger"));
  facts.owner_since = lock.made + std::chrono::milliseconds(9);  // within a tick
  EXPECT_FALSE(stale(lock, facts));
}

TEST_F(StaleLock, a_file_system_of_whole_seconds_is_given_one) {
  lock.made = std::chrono::floor<std::chrono::seconds>(lock.made);
  facts.owner_since = lock.made + std::chrono::milliseconds(990);
  EXPECT_FALSE(stale(lock, facts));
  facts.owner_since = lock.made + std::chrono::milliseconds(1010);
  EXPECT_TRUE(stale(lock, facts));
}

TEST_F(StaleLock, a_process_that_has_the_tty_open_counts_whatever_the_clock_says) {
  facts.owner_since = now;
  facts.tty_born = now;
  facts.owner_has_it_open = true;
  EXPECT_FALSE(stale(lock, facts));
}

TEST_F(StaleLock, a_lock_older_than_the_pts_of_its_number_is_stale) {
  facts.tty_born = lock.made + std::chrono::minutes(1);
  EXPECT_THAT(*stale(lock, facts), HasSubstr("earlier pts"));
  facts.tty_born = lock.made - std::chrono::minutes(1);
  EXPECT_FALSE(stale(lock, facts));
}

TEST_F(StaleLock, a_lock_that_names_no_process_is_given_time_to_be_written) {
  lock.pid = 0;
  EXPECT_THAT(*stale(lock, facts), HasSubstr("no process"));
  lock.made = now - std::chrono::seconds(9);
  EXPECT_FALSE(stale(lock, facts));
}

TEST_F(StaleLock, a_lock_that_may_not_be_read_counts) {
  lock.pid = 0;
  lock.readable = false;
  EXPECT_FALSE(stale(lock, facts));
}

}  // namespace
}  // namespace offhook::holder
