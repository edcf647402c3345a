#include "emulator/hayes/escape.h"

#include <gtest/gtest.h>

#include "emulator/base/text.h"

namespace offhook::hayes {
namespace {

Instant at(Duration d) { return Instant(d); }

struct Watch {
  explicit Watch(Escape::Rules const& rules = {}) { escape.start(at(0s), rules); }
  Escape::Seen send(Duration when, std::string_view text) {
    return escape.on_bytes(at(when), as_bytes(text));
  }
  Escape escape;
};

TEST(Escape, three_characters_between_two_guard_times_are_it) {
  Watch watch;
  watch.send(1s, "+++");
  EXPECT_EQ(watch.escape.deadline(), at(2s));
}

TEST(Escape, the_characters_may_come_one_by_one_within_the_guard_time) {
  Watch watch;
  watch.send(1s, "+");
  watch.send(1900ms, "+");
  watch.send(2800ms, "+");
  EXPECT_EQ(watch.escape.deadline(), at(3800ms));
}

TEST(Escape, too_long_between_two_characters_begins_anew) {
  Watch watch;
  watch.send(1s, "++");
  watch.send(2s, "+");  // a first one again
  EXPECT_EQ(watch.escape.deadline(), std::nullopt);
  watch.send(2100ms, "++");
  EXPECT_EQ(watch.escape.deadline(), at(3100ms));
}

TEST(Escape, no_silence_before_is_data) {
  Watch watch;
  watch.send(999ms, "+++");
  EXPECT_EQ(watch.escape.deadline(), std::nullopt);
}

TEST(Escape, anything_else_in_the_same_burst_is_data) {
  for (auto const* text : {"x+++", "+++x", "++++", "+ +", "++x"}) {
    Watch watch;
    watch.send(1s, text);
    EXPECT_EQ(watch.escape.deadline(), std::nullopt) << text;
  }
}

TEST(Escape, a_fourth_character_within_the_guard_time_after_undoes_it) {
  Watch watch;
  watch.send(1s, "+++");
  watch.send(1999ms, "+");
  EXPECT_EQ(watch.escape.deadline(), std::nullopt);
}

TEST(Escape, a_backlog_is_no_silence) {
  Watch watch;
  watch.send(1s, "+++");
  watch.escape.disturb(at(1500ms));
  EXPECT_EQ(watch.escape.deadline(), std::nullopt);
}

TEST(Escape, a_character_above_127_never_escapes) {
  Watch watch({.character = 128});
  watch.send(5s, "\x80\x80\x80");
  EXPECT_EQ(watch.escape.deadline(), std::nullopt);
}

TEST(Escape, the_parity_of_seven_bits_is_none_of_the_characters) {
  Watch odd({.seven_bits = true});
  odd.send(1s, "\xab\xab\xab");
  EXPECT_EQ(odd.escape.deadline(), at(2s));
  EXPECT_TRUE(Watch({.ties = true, .seven_bits = true}).send(1ms, "\xab\xab\xab\xc1T").escaped);
  Watch eight;
  eight.send(1s, "\xab\xab\xab");
  EXPECT_EQ(eight.escape.deadline(), std::nullopt);
}

TEST(Escape, without_a_guard_time_three_in_a_row_escape_at_once) {
  Watch watch({.guard = 0s});
  auto const seen = watch.send(1ms, "ab+++cd");
  EXPECT_TRUE(seen.escaped);
  EXPECT_EQ(seen.passed, 5u);
}

TEST(Escape, ties_escapes_at_the_end_of_at) {
  Watch watch({.ties = true});
  EXPECT_FALSE(watch.send(1ms, "data+++").escaped);
  auto const seen = watch.send(2ms, "ATH\r");
  EXPECT_TRUE(seen.escaped);
  EXPECT_EQ(seen.passed, 2u);
}

TEST(Escape, ties_answers_three_characters_alone) {
  Watch watch({.ties = true});
  watch.send(1ms, "+++");
  EXPECT_EQ(watch.escape.deadline(), at(1001ms));
  watch.send(2ms, "x");
  EXPECT_EQ(watch.escape.deadline(), std::nullopt);
}

}  // namespace
}  // namespace offhook::hayes
