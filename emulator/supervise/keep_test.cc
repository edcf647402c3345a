#include "emulator/supervise/keep.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace offhook::supervise {
namespace {

constexpr int tried = 64;

/// The descriptors, of 0 to 63, that a process which had them all has afterwards; in a process of its own.
std::vector<int> left_after(std::vector<int> const& kept) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  pid_t const child = ::fork();
  if (child == 0) {
    int const tell = ::fcntl(ends[1], F_DUPFD, 200);
    for (int fd = 0; fd < tried; ++fd) ::dup2(tell, fd);
    std::vector<int> also = kept;
    also.push_back(tell);
    keep_only(also);
    for (char fd = 0; fd < tried; ++fd)
      if (::fcntl(fd, F_GETFD) >= 0 && ::write(tell, &fd, 1) != 1) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::vector<int> found;
  for (char fd = 0; ::read(ends[0], &fd, 1) == 1;) found.push_back(fd);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return found;
}

using testing::ElementsAre;

TEST(Keep, leaves_a_process_the_standard_ones_and_its_own) {
  EXPECT_THAT(left_after({}), ElementsAre(0, 1, 2));
  EXPECT_THAT(left_after({9, 20}), ElementsAre(0, 1, 2, 9, 20));
  EXPECT_THAT(left_after({20, 9}), ElementsAre(0, 1, 2, 9, 20));
}

TEST(Keep, takes_neighbours_the_lowest_and_one_twice) {
  EXPECT_THAT(left_after({3, 4}), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(left_after({63, 3, 62}), ElementsAre(0, 1, 2, 3, 62, 63));
  EXPECT_THAT(left_after({7, 7}), ElementsAre(0, 1, 2, 7));
}

TEST(Keep, makes_the_standard_ones_lead_nowhere) {
  std::array<int, 2> ends{-1, -1};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  pid_t const child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], 1);
    keep_only({});
    ::_exit(::write(1, "lost", 4) == 4 ? 0 : 1);
  }
  ::close(ends[1]);
  char c = 0;
  EXPECT_EQ(::read(ends[0], &c, 1), 0);  // the pipe has ended
  ::close(ends[0]);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace offhook::supervise
