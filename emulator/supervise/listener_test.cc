// What is read of another thread: its open files, the paths it opens, its memory. The kernel's end is
// exercised by real programs (tests/e2e/run_*).
#include "emulator/supervise/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>

#include "emulator/io/fd.h"

namespace offhook::supervise {
namespace {

uint64_t address_of(void const* at) { return std::bit_cast<uint64_t>(at); }

/// A process that does nothing until it is ended.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0)
      for (;;) ::pause();
  }
  ~Sleeper() { end(); }
  Sleeper(Sleeper const&) = delete;
  Sleeper& operator=(Sleeper const&) = delete;

  pid_t pid() const { return pid_; }
  void end() {
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ended_ = true;
  }

 private:
  pid_t pid_;
  bool ended_ = false;
};

TEST(OpenFiles, are_those_of_the_thread_that_is_asked_about) {
  io::Fd const null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  struct stat wanted {
  }, found{};
  ASSERT_EQ(::fstat(null.get(), &wanted), 0);
  OpenFiles files;
  EXPECT_EQ(files.stat(::gettid(), static_cast<uint64_t>(null.get()), found), 0);
  EXPECT_EQ(found.st_rdev, wanted.st_rdev);
  EXPECT_EQ(files.stat(::gettid(), uint64_t{5} << 32 | static_cast<uint64_t>(null.get()), found), 0)
      << "the kernel takes the lower half";
  EXPECT_EQ(files.stat(::gettid(), 99'999, found), ENOENT);
}

TEST(OpenFiles, of_a_thread_asked_about_twice_are_known_to_be_its_own) {
  OpenFiles files;
  Sleeper other;
  struct stat found {};
  EXPECT_EQ(files.stat(other.pid(), 0, found), 0);
  EXPECT_FALSE(files.known());
  EXPECT_EQ(files.stat(other.pid(), 0, found), 0);
  EXPECT_TRUE(files.known());
  EXPECT_EQ(files.stat(::gettid(), 0, found), 0);
  EXPECT_FALSE(files.known());
}

TEST(OpenFiles, of_a_dead_thread_are_nobodys) {
  OpenFiles files;
  Sleeper other;
  struct stat found {};
  EXPECT_EQ(files.stat(other.pid(), 0, found), 0);
  other.end();
  EXPECT_EQ(files.stat(other.pid(), 0, found), ENOENT);
  EXPECT_FALSE(files.known());
}

TEST(OpenedPath, leads_where_the_thread_would_open_it) {
  std::string const process = "/proc/" + std::to_string(::gettid());
  auto const opened = [](int number, int folder, char const* path) {
    Notification call{1, ::gettid(), number, {}};
    call.arguments[0] = number == SYS_openat ? static_cast<uint64_t>(folder) : address_of(path);
    call.arguments[1] = address_of(path);
    return opened_path(call);
  };
  EXPECT_EQ(opened(SYS_open, 0, "/dev/ttyS0"), process + "/root" + "/dev/ttyS0");
  EXPECT_EQ(opened(SYS_open, 0, "ttyVM0"), process + "/cwd/ttyVM0");
  EXPECT_EQ(opened(SYS_openat, AT_FDCWD, "ttyVM0"), process + "/cwd/ttyVM0");
  EXPECT_EQ(opened(SYS_openat, 7, "ttyVM0"), process + "/fd/7/ttyVM0");
  EXPECT_EQ(opened(SYS_openat, 7, "/dev/ttyS0"), process + "/root" + "/dev/ttyS0");
  EXPECT_EQ(opened(SYS_open, 0, ""), "");
}

/// A page, and none after it.
class LastPage {
 public:
  LastPage() : size_(static_cast<size_t>(::sysconf(_SC_PAGESIZE))) {
    at_ = static_cast<char*>(
        ::mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::munmap(at_ + size_, size_);
  }
  ~LastPage() { ::munmap(at_, size_); }
  LastPage(LastPage const&) = delete;
  LastPage& operator=(LastPage const&) = delete;
  char* from_end(size_t bytes) const { return at_ + size_ - bytes; }

 private:
  size_t size_;
  char* at_;
};

TEST(OpenedPath, is_read_no_further_than_its_end) {
  LastPage const page;
  Notification call{1, ::gettid(), SYS_open, {}};
  call.arguments[0] = address_of(page.from_end(5));
  std::memcpy(page.from_end(5), "/tty", 5);
  EXPECT_EQ(opened_path(call), "/proc/" + std::to_string(::gettid()) + "/root" + "/tty");
  std::memcpy(page.from_end(5), "/ttyS", 5);  // no NUL before the end of the memory
  EXPECT_EQ(opened_path(call), "");
}

TEST(Memory, is_read_and_written_whole_or_not_at_all) {
  LastPage const page;
  std::array<std::byte, 4> ours{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}, back{};
  EXPECT_EQ(write_memory(::gettid(), address_of(page.from_end(4)), ours), 0);
  EXPECT_EQ(read_memory(::gettid(), address_of(page.from_end(4)), back), 0);
  EXPECT_EQ(back, ours);
  EXPECT_EQ(write_memory(::gettid(), address_of(page.from_end(2)), ours), EFAULT);
  EXPECT_EQ(read_memory(::gettid(), address_of(page.from_end(2)), back), EFAULT);
  EXPECT_EQ(read_memory(::gettid(), 0, back), EFAULT);
}

}  // namespace
}  // namespace offhook::supervise
