#include "rasd/holder/tty_lock.h"

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include "rasd/holder/test_support.h"

namespace offhook::holder {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TtyLocks : public testing::Test {
 protected:
  LockOptions options(pid_t owner = 0) const { return {folder.path(), owner, true, {}}; }
  std::string by_number() const { return "LCK..pts_" + port.number(); }

  Folder folder, names;
  Port port{names};
  io::Fd tty{port.open()};
};

TEST_F(TtyLocks, a_lock_is_written_in_both_spellings_and_goes_with_its_object) {
  {
    auto const lock = TtyLock::take(port.tty(), tty.get(), options());
    ASSERT_TRUE(lock) << lock.error().message;
    EXPECT_EQ(folder.read("LCK..ttyVM0"), lock_text(::getpid()));
    EXPECT_EQ(folder.read(by_number()), lock_text(::getpid()));
    EXPECT_EQ(folder.files(), 2u) << "no temporary file stays";
    EXPECT_THAT(lock->files(), SizeIs(2));
    EXPECT_THAT(lock->notes(), IsEmpty());
    int marked = 0;
    EXPECT_EQ(::ioctl(tty.get(), TIOCGEXCL, &marked), 0);
    EXPECT_EQ(marked, 1);
    EXPECT_NE(::flock(io::Fd(port.open()).get(), LOCK_EX | LOCK_NB), 0);
  }
  EXPECT_EQ(folder.files(), 0u);
  int marked = 1;
  EXPECT_EQ(::ioctl(tty.get(), TIOCGEXCL, &marked), 0);
  EXPECT_EQ(marked, 0);
  io::Fd const second(port.open());
  EXPECT_EQ(::flock(second.get(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(TtyLocks, a_lock_for_somebody_by_our_leave_leaves_flock_and_tiocexcl_to_him) {
  LockOptions for_him = options();
  for_him.exclusive = false;
  auto const lock = TtyLock::take(port.tty(), tty.get(), for_him);
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_THAT(lock->files(), SizeIs(2));
  int marked = 1;
  EXPECT_EQ(::ioctl(tty.get(), TIOCGEXCL, &marked), 0);
  EXPECT_EQ(marked, 0);
  io::Fd const his(port.open());
  EXPECT_EQ(::flock(his.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_FALSE(TtyLock::take(port.tty(), tty.get(), for_him)) << "and whoever has it is seen";
}

TEST_F(TtyLocks, somebody_elses_lock_file_refuses_ours_and_names_him) {
  Child const child([] { return true; });
  folder.write(by_number(), lock_text(child.pid));
  auto const lock = TtyLock::take(port.tty(), tty.get(), options());
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message,
              AllOf(HasSubstr("(pid " + std::to_string(child.pid) + ", user "), HasSubstr("holds ttyVM0"),
                    HasSubstr("lock file " + (folder / by_number()))));
  EXPECT_EQ(folder.files(), 1u) << "his stays, ours is taken back";
}

TEST_F(TtyLocks, somebody_elses_flock_refuses_ours_and_names_him) {
  Child const child([&] { return ::flock(port.open(), LOCK_EX | LOCK_NB) == 0; });
  ASSERT_TRUE(child.made);
  auto const lock = TtyLock::take(port.tty(), tty.get(), options());
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message,
              AllOf(HasSubstr("(pid " + std::to_string(child.pid)), HasSubstr(": flock, open /dev/pts/")));
  EXPECT_EQ(folder.files(), 0u);
}

TEST_F(TtyLocks, a_stale_lock_file_is_replaced_and_that_is_said) {
  Child child([] { return true; });
  pid_t const gone = child.pid;
  child.end();
  folder.write("LCK..ttyVM0", lock_text(gone));
  auto const lock = TtyLock::take(port.tty(), tty.get(), options());
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_EQ(folder.read("LCK..ttyVM0"), lock_text(::getpid()));
  EXPECT_THAT(lock->notes(), Contains(AllOf(HasSubstr("stale lock file"), HasSubstr("is gone"))));
  EXPECT_EQ(folder.files(), 2u);
}

TEST_F(TtyLocks, a_lock_file_with_our_pid_from_before_we_were_is_stale_though_we_have_the_tty_open) {
  set_age(folder.write("LCK..ttyVM0", lock_text(::getpid())), std::chrono::hours(24 * 365));
  auto const lock = TtyLock::take(port.tty(), tty.get(), options());
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_THAT(lock->notes(), Contains(HasSubstr("younger")));
}

TEST_F(TtyLocks, the_lock_can_be_in_the_pid_of_a_lease_holder_and_pass_to_the_next) {
  Child const first([] { return true; }), second([] { return true; });
  auto lock = TtyLock::take(port.tty(), tty.get(), options(first.pid));
  ASSERT_TRUE(lock);
  EXPECT_EQ(folder.read("LCK..ttyVM0"), lock_text(first.pid));
  ASSERT_TRUE(lock->pass_to(second.pid));
  EXPECT_EQ(folder.read("LCK..ttyVM0"), lock_text(second.pid));
  EXPECT_EQ(folder.read(by_number()), lock_text(second.pid));
  lock->release();
  EXPECT_EQ(folder.files(), 0u);
}

TEST_F(TtyLocks, two_locks_of_one_tty_cannot_be) {
  auto const first = TtyLock::take(port.tty(), tty.get(), options());
  ASSERT_TRUE(first);
  EXPECT_FALSE(TtyLock::take(port.tty(), -1, options()));
  EXPECT_EQ(folder.files(), 2u);
}

TEST_F(TtyLocks, a_lock_follows_its_name_to_a_fresh_pty) {
  auto lock = TtyLock::take(port.tty(), tty.get(), options());
  ASSERT_TRUE(lock);
  struct stat before {
  }, after{};
  ::stat((folder / "LCK..ttyVM0").c_str(), &before);
  Folder other_names;
  Port const fresh(other_names);
  io::Fd const fresh_tty(fresh.open());
  ASSERT_TRUE(lock->follow(fresh.tty(), fresh_tty.get()));
  ::stat((folder / "LCK..ttyVM0").c_str(), &after);
  EXPECT_EQ(before.st_ino, after.st_ino) << "the name was let go in between";
  EXPECT_FALSE(folder.has(by_number()));
  EXPECT_TRUE(folder.has("LCK..pts_" + fresh.number()));
  io::Fd const old(port.open());
  EXPECT_EQ(::flock(old.get(), LOCK_EX | LOCK_NB), 0) << "the old pty is free";
  EXPECT_NE(::flock(io::Fd(fresh.open()).get(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(TtyLocks, a_lock_file_that_another_put_in_its_place_is_left_alone) {
  auto lock = TtyLock::take(port.tty(), tty.get(), options());
  ASSERT_TRUE(lock);
  std::filesystem::remove(folder / "LCK..ttyVM0");
  folder.write("LCK..ttyVM0", lock_text(1));
  EXPECT_FALSE(lock->pass_to(::getppid()));
  lock->release();
  EXPECT_EQ(folder.read("LCK..ttyVM0"), lock_text(1));
}

TEST_F(TtyLocks, without_a_folder_for_lock_files_the_kernels_locks_must_do) {
  LockOptions nowhere = options();
  nowhere.dir = folder / "none";
  auto const lock = TtyLock::take(port.tty(), tty.get(), nowhere);
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_THAT(lock->notes(), Contains(HasSubstr("no lock files in " + nowhere.dir)));
  EXPECT_NE(::flock(io::Fd(port.open()).get(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(TtyLocks, a_lock_can_be_moved_and_is_released_once) {
  auto first = TtyLock::take(port.tty(), tty.get(), options());
  ASSERT_TRUE(first);
  {
    TtyLock second = std::move(*first);
    first->release();
    EXPECT_EQ(folder.files(), 2u);
  }
  EXPECT_EQ(folder.files(), 0u);
}

}  // namespace
}  // namespace offhook::holder
