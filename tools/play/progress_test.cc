#include "tools/play/progress.h"

#include <gtest/gtest.h>

namespace offhook::play {
namespace {

using Reader = Progress::Reader;

TEST(progress, a_run_within_a_second_says_nothing) {
  Progress progress(Reader::terminal, 3);
  for (uint64_t seed = 1; seed <= 3; ++seed) EXPECT_FALSE(progress.ended(seed, false, 300ms * seed));
  EXPECT_EQ(progress.over(), "");
}

TEST(progress, a_terminal_has_one_line_that_is_written_over_every_second) {
  Progress progress(Reader::terminal, 100);
  EXPECT_FALSE(progress.ended(1, false, 500ms));
  EXPECT_EQ(progress.ended(2, true, 2s),
            "\r\x1b[Kplay: 2 of 100 seeds, 1 failed, 1.0 a second, 98 s to go; slowest 2: 1.50 s");
  EXPECT_FALSE(progress.ended(3, false, 2900ms));
  EXPECT_TRUE(progress.ended(4, false, 3s));
  EXPECT_EQ(progress.over(), "\r\x1b[K");
}

TEST(progress, a_file_has_whole_lines_and_few_of_them) {
  Progress progress(Reader::file, 1000);
  int lines = 0;
  for (uint64_t seed = 1; seed <= 1000; ++seed)
    if (auto const text = progress.ended(seed, false, 100ms * seed)) {
      EXPECT_EQ(text->find('\r'), std::string::npos);
      EXPECT_EQ(text->back(), '\n');
      ++lines;
    }
  EXPECT_EQ(lines, 9);  // every 10 s of 100; the summary says the last
  EXPECT_EQ(progress.over(), "");
}

TEST(progress, the_slowest_seed_is_known_by_its_number) {
  Progress progress(Reader::file, 3);
  (void)progress.ended(50, false, 1s);
  (void)progress.ended(51, false, 5s);
  (void)progress.ended(52, false, 6s);
  EXPECT_EQ(progress.slowest_seed(), 51u);
  EXPECT_EQ(progress.slowest(), Duration(4s));
}

}  // namespace
}  // namespace offhook::play
