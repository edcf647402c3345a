#include "rasd/holder/process.h"

#include <gmock/gmock.h>
#include <sys/prctl.h>

#include "rasd/holder/test_support.h"

namespace offhook::holder {
namespace {

TEST(ProcessStat, a_name_with_brackets_and_blanks_ends_at_the_last_bracket) {
  auto const stat = parse_stat("812 (a) b) (c) S 1 812 812 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, "a) b) (c");
  EXPECT_EQ(stat->start_time, 4711u);
  EXPECT_FALSE(stat->kernel_thread);
}

TEST(ProcessStat, a_zombie_is_no_process_unless_other_threads_live) {
  EXPECT_FALSE(parse_stat("812 (a) Z 1 812 812 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 4711 0"));
  EXPECT_TRUE(parse_stat("812 (a) Z 1 812 812 0 -1 0 1 0 0 0 0 0 0 0 20 0 2 0 4711 0"));
}

TEST(ProcessStat, half_a_row_is_refused_without_harm) {
  for (std::string_view text : {"", "812", "812 (a", "812 )a(", "812 (a)", "812 (a) S 1 2"})
    EXPECT_FALSE(parse_stat(text)) << text;
}

TEST(ProcessDescription, a_process_is_told_with_user_program_and_start) {
  auto const before = std::chrono::system_clock::now();
  Child const child([] { return ::prctl(PR_SET_NAME, "mini\ncom") == 0 && ::setuid(nobody) == 0; });
  if (!child.made) GTEST_SKIP() << "not allowed to change the user";
  auto const process = describe(child.pid);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->program, "mini\\ncom");
  EXPECT_EQ(process->user, "nobody");
  EXPECT_LT(std::chrono::abs(process->since - before), std::chrono::seconds(5));
}

TEST(ProcessDescription, a_name_that_is_cut_short_is_completed_from_the_arguments) {
  auto const self = describe(::getpid());
  ASSERT_TRUE(self);
  Child const child([] { return ::prctl(PR_SET_NAME, "holder_test") == 0; });
  EXPECT_EQ(describe(child.pid)->program, "holder_test");
}

TEST(Descendants, a_child_descends_from_us_and_we_do_not_from_it) {
  Child const child([] { return true; });
  EXPECT_TRUE(descends_from(child.pid, ::getpid()));
  EXPECT_TRUE(descends_from(::getpid(), ::getpid()));
  EXPECT_FALSE(descends_from(::getpid(), child.pid));
  EXPECT_TRUE(descends_from(::getpid(), ::getsid(0)));
}

TEST(Alive, a_process_lives_until_it_ends_and_its_pid_alone_is_not_enough) {
  Child child([] { return true; });
  pid_t const pid = child.pid;
  auto const start = read_stat(pid)->start_time;
  EXPECT_TRUE(alive(pid, start));
  EXPECT_FALSE(alive(pid, start + 1)) << "another process with the same pid";
  ::kill(pid, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  EXPECT_FALSE(alive(pid, start)) << "a zombie";
  child.end();
  EXPECT_FALSE(alive(pid, start));
  EXPECT_FALSE(alive(0, 0));
  EXPECT_FALSE(alive(-1, 0));
}

}  // namespace
}  // namespace offhook::holder
