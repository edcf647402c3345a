#include "emulator/verbs/values.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace offhook::verbs {
namespace {

TEST(Values, durations_are_read_in_every_unit) {
  struct Row {
    std::string_view text;
    std::optional<Duration> duration;
  };
  std::vector<Row> const rows{
      {"250ms", 250ms},  {"2s", 2s},
      {"1m", 60s},       {"1h", 3600s},
      {"10us", 10us},    {"5", 5s},
      {"1.5s", 1500ms},  {"0.25m", 15s},
      {"0", 0s},         {"366m", 21960s},
      {"8784h", 8784h},  {"8785h", {}},
      {"", {}},          {"s", {}},
      {"-1s", {}},       {"1.s", {}},
      {".5s", {}},       {"1d", {}},
      {"2 s", {}},       {"2ss", {}},
      {"1e3s", {}},      {"0x10", {}},
      {"1.5.5s", {}},    {"99999999999999999999s", {}},
      {"31622401s", {}}, {"31622400s", 31622400s},
  };
  for (auto const& [text, duration] : rows) {
    auto const read = parse_duration(text);
    EXPECT_EQ(read.has_value(), duration.has_value()) << text;
    if (read && duration) {
      EXPECT_EQ(*read, *duration) << text;
    }
  }
}

TEST(Values, amounts_are_bytes_unless_a_unit_of_time_follows) {
  struct Row {
    std::string_view text;
    std::optional<Amount> amount;
  };
  std::vector<Row> const rows{
      {"4096", Amount(uint64_t{4096})},
      {"10kB", Amount(uint64_t{10000})},
      {"64KiB", Amount(uint64_t{65536})},
      {"2MB", Amount(uint64_t{2000000})},
      {"1B", Amount(uint64_t{1})},
      {"1MiB", Amount(uint64_t{1048576})},
      {"1m", Amount(Duration(60s))},
      {"250ms", Amount(Duration(250ms))},
      {"1.5s", Amount(Duration(1500ms))},
      {"1.5", {}},
      {"1.5kB", {}},
      {"10k", {}},
      {"", {}},
      {"kB", {}},
      {"99999999999999999MiB", {}},
  };
  for (auto const& [text, amount] : rows) {
    auto const read = parse_amount(text);
    EXPECT_EQ(read.has_value(), amount.has_value()) << text;
    if (read && amount) {
      EXPECT_EQ(*read, *amount) << text;
    }
  }
}

TEST(Values, rates_have_bounds_and_a_word_for_none) {
  EXPECT_EQ(*parse_rate("unlimited"), 0u);
  EXPECT_EQ(*parse_rate("33600"), 33600u);
  EXPECT_EQ(*parse_rate("75"), 75u);
  for (auto const* text : {"74", "0", "10000001", "fast", "", "33600x", "-300"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Values, shares_are_from_none_to_all) {
  struct Row {
    std::string_view text;
    std::optional<double> share;
  };
  std::vector<Row> const rows{
      {"0", 0.0},  {"1", 1.0},   {"0.25", 0.25}, {".5", 0.5},  {"1e-5", 1e-5}, {"50%", 0.5}, {"100%", 1.0},
      {"1.1", {}}, {"101%", {}}, {"-0.1", {}},   {"", {}},     {"%", {}},      {"nan", {}},  {"inf", {}},
      {"0x1", {}}, {"1e", {}},   {"1e-999", {}}, {"0.1 ", {}}, {"1e999", {}},
  };
  for (auto const& [text, share] : rows) {
    auto const read = parse_share(text);
    EXPECT_EQ(read.has_value(), share.has_value()) << text;
    if (read && share) {
      EXPECT_EQ(*read, *share) << text;
    }
  }
}

TEST(Values, bursts_are_a_gap_a_length_and_perhaps_a_density) {
  EXPECT_EQ(*parse_bursts("none"), Bursts{});
  EXPECT_EQ(*parse_bursts("1e6,50,0.3"), (Bursts{1e6, 50, 0.3}));
  EXPECT_EQ(*parse_bursts("1000,1"), (Bursts{1000, 1, 0.5}));
  EXPECT_EQ(*parse_bursts("1,1,0"), (Bursts{1, 1, 0}));
  for (auto const* text : {"", ",", "7", "7,", ",7", "0,5", "5,0", "5,5,", "5,5,1.1", "5,5,0.5,5", "1e13,5",
                           "5,1e13", "5, 5", "x,5", "-5,5", "5,5,5,5"})
    EXPECT_FALSE(parse_bursts(text)) << text;
}

TEST(Values, modes_are_octal) {
  EXPECT_EQ(*parse_mode("0660"), 0660u);
  EXPECT_EQ(*parse_mode("600"), 0600u);
  for (auto const* text : {"0888", "1777", "", "rw", "0x1ff"}) EXPECT_FALSE(parse_mode(text)) << text;
}

TEST(Values, numbers_and_ports_are_bounded) {
  EXPECT_EQ(*parse_number("5550100"), "5550100");
  EXPECT_EQ(*parse_number("*69#ABCD"), "*69#ABCD");
  for (auto const* text : {"", "555-0100", "123456789012345678901", "E"})
    EXPECT_FALSE(parse_number(text)) << text;
  EXPECT_EQ(*parse_port("ttyVM0"), "ttyVM0");
  for (auto const* text : {"", "../x", ".hidden", "-x", "a/b", "a b", "123456789012345678901234567890123"})
    EXPECT_FALSE(parse_port(text)) << text;
}

TEST(Values, an_error_shows_what_was_written_escaped_and_cut) {
  EXPECT_EQ(parse_count("x\033[2J", 5).error().message, "'x\\x1b[2J' is not a whole number from 0 to 5");
  EXPECT_LT(parse_count(std::string(100000, 'x'), 5).error().message.size(), 200u);
}

}  // namespace
}  // namespace offhook::verbs
