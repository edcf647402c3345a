#include "emulator/fault/words.h"

#include <gtest/gtest.h>

#include <cmath>

#include "emulator/base/text.h"

namespace offhook::fault {
namespace {

constexpr Instant start{};

std::string said(Words& words, Instant now) {
  std::string const text(as_text(words.ready(now)));
  words.pop(text.size());
  return text;
}

size_t differences(std::string_view a, std::string_view b) {
  size_t count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1 : 0;
  return count;
}

TEST(Words, without_a_fault_everything_is_said_at_once_as_it_is) {
  Words words({});
  words.push(start, Kind::echo, "AT\r");
  words.push(start, Kind::words, "\r\nOK\r\n");
  EXPECT_EQ(said(words, start), "AT\r\r\nOK\r\n");
  EXPECT_TRUE(words.empty());
  EXPECT_EQ(words.next_timeout(), std::nullopt);
}

TEST(Words, echo_is_wrong_as_often_as_asked_and_results_are_right) {
  Words words({.wrong_echo = 0.1, .seed = 7});
  std::string const text(10000, 'A');
  words.push(start, Kind::echo, text);
  double const sigma = std::sqrt(10000 * 0.1 * 0.9);
  EXPECT_NEAR(static_cast<double>(differences(text, said(words, start))), 1000, 4 * sigma);
  words.push(start, Kind::words, "\r\nOK\r\n");
  EXPECT_EQ(said(words, start), "\r\nOK\r\n");
}

TEST(Words, results_are_garbled_as_often_as_asked_and_echo_is_right) {
  Words words({.garbled_results = 0.25, .seed = 7});
  std::string const text(10000, 'O');
  words.push(start, Kind::words, text);
  double const sigma = std::sqrt(10000 * 0.25 * 0.75);
  EXPECT_NEAR(static_cast<double>(differences(text, said(words, start))), 2500, 4 * sigma);
  words.push(start, Kind::echo, "AT\r");
  EXPECT_EQ(said(words, start), "AT\r");
}

TEST(Words, a_wrong_character_always_differs_and_stays_ascii) {
  Words words({.wrong_echo = 1, .seed = 1});
  std::string const text(2000, 'x');
  words.push(start, Kind::echo, text);
  for (char const c : said(words, start)) {
    EXPECT_NE(c, 'x');
    EXPECT_GE(c, 0);
  }
}

TEST(Words, the_same_seed_gives_the_same_characters_however_they_are_cut) {
  Words whole({.wrong_echo = 0.3, .seed = 9}), cut({.wrong_echo = 0.3, .seed = 9}),
      other({.wrong_echo = 0.3, .seed = 10});
  std::string const text(300, 'A');
  whole.push(start, Kind::echo, text);
  other.push(start, Kind::echo, text);
  for (char const c : text) cut.push(start, Kind::echo, std::string_view(&c, 1));
  std::string const heard = said(whole, start);
  EXPECT_EQ(heard, said(cut, start));
  EXPECT_NE(heard, said(other, start));
  whole.set(whole.parameters());
  whole.push(start, Kind::echo, text);
  EXPECT_EQ(said(whole, start), heard) << "setting begins chance anew";
}

TEST(Words, late_results_come_after_their_delay_and_nothing_overtakes_them) {
  Words words({.delay = 2s});
  words.push(start, Kind::echo, "AT\r");
  words.push(start, Kind::words, "OK");
  EXPECT_EQ(said(words, start), "AT\r");
  EXPECT_EQ(words.next_timeout(), start + 2s);
  words.push(start + 1s, Kind::echo, "a");
  EXPECT_EQ(said(words, start + 2s - 1ns), "");
  EXPECT_EQ(said(words, start + 2s), "OKa");
}

TEST(Words, taking_a_fault_back_holds_to_the_order_of_what_was_said) {
  Words words({.delay = 2s});
  words.push(start, Kind::words, "first");
  words.set({});
  words.push(start, Kind::words, "second");
  EXPECT_EQ(said(words, start + 1s), "");
  EXPECT_EQ(said(words, start + 2s), "firstsecond");
}

TEST(Words, a_modem_that_nobody_reads_is_bounded) {
  Words words({.delay = 2s});
  size_t taken = 0;
  for (int i = 0; i < 100; ++i) taken += words.push(start, Kind::words, std::string(1000, 'x'));
  EXPECT_EQ(taken, 16384u);
  EXPECT_EQ(words.size(), 16384u);
  words.clear();
  EXPECT_TRUE(words.empty());
  EXPECT_EQ(words.next_timeout(), std::nullopt);
}

TEST(Words, a_piece_is_taken_in_parts) {
  Words words({});
  words.push(start, Kind::words, "CONNECT");
  words.pop(3);
  EXPECT_EQ(said(words, start), "NECT");
}

TEST(fault_parameters, check_names_each_value_out_of_range) {
  EXPECT_TRUE(check({}).has_value());
  EXPECT_EQ(check({.wrong_echo = 1.5}).error().message, "echo (of the characters) must be 0 to 1");
  EXPECT_EQ(check({.garbled_results = std::nan("")}).error().message,
            "results (of the characters) must be 0 to 1");
  EXPECT_EQ(check({.delay = 61s}).error().message, "delay must be 0 to 60 seconds");
}

TEST(fault_parameters, each_fault_that_is_on_is_described) {
  EXPECT_FALSE(faulty({.seed = 3}));
  EXPECT_TRUE(describe({.seed = 3}).empty());
  auto const words = describe({.wrong_echo = 0.1, .garbled_results = 1, .delay = 1500ms, .seed = 3});
  ASSERT_EQ(words.size(), 3u);
  EXPECT_EQ(words[0], "echo wrong: 0.1, seed 3");
  EXPECT_EQ(words[1], "results garbled: 1, seed 3");
  EXPECT_EQ(words[2], "results late: 1500 ms");
}

}  // namespace
}  // namespace offhook::fault
