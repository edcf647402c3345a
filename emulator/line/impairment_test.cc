// What an impaired line does, in time and to bytes. Rates are held against their binomial confidence interval
// of 99.9 %: n tries of probability p may differ from np by 3.29 standard deviations, sqrt(np(1 - p)) each.
// The seeds are fixed, so a test that passes once passes always.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

constexpr double z = 3.29;

void expect_rate(uint64_t happened, double tries, double rate) {
  EXPECT_NEAR(static_cast<double>(happened), tries * rate, z * std::sqrt(tries * rate * (1 - rate)));
}

uint64_t wrong_bits(std::string_view sent, std::string_view heard) {
  uint64_t count = 0;
  for (size_t i = 0; i < sent.size(); ++i)
    count += static_cast<uint64_t>(__builtin_popcount(static_cast<uint8_t>(sent[i] ^ heard[i])));
  return count;
}

TEST(delay, moves_every_byte_by_the_same_time_and_nothing_else) {
  for (uint32_t rate : {0u, 2400u}) {
    Pair pair = bare({.rate_bps = rate, .buffer_bytes = 100, .delay = 300ms});
    EXPECT_FALSE(pair.line.transparent(End::near));
    pair.push(End::near, "abc");
    Duration const byte_time(rate == 0 ? 0 : 10'000'000'000 / rate + 1);
    pair.now += 300ms + byte_time - 1ns;
    EXPECT_EQ(pair.ready(End::far), "");
    pair.now += 1ns;
    EXPECT_EQ(pair.take(End::far), rate == 0 ? "abc" : "a");
    pair.now += 2 * byte_time;
    EXPECT_EQ(pair.take(End::far), rate == 0 ? "" : "bc");
  }
}

TEST(delay, leaves_room_for_what_travels_so_that_it_takes_nothing_from_the_rate) {
  Pair pair = corrected({.rate_bps = 33600, .delay = 600ms});
  Instant const start = pair.now;
  std::string const text = counting(42000);
  EXPECT_EQ(send(pair, text), text);
  EXPECT_NEAR(std::chrono::duration<double>(pair.now - start).count(), 10.6, 0.03);
}

TEST(delay, changed_in_mid_call_keeps_every_byte_in_order) {
  Pair pair = corrected({.rate_bps = 33600, .buffer_bytes = 5000, .delay = 2s});
  std::string const text = counting(5000);
  pair.push(End::near, text);
  pair.pass(2500ms);
  std::string heard = pair.take(End::far, 700);
  pair.line.set_parameters(pair.now, {.buffer_bytes = 5000, .delay = 1s});
  pair.pass(1s - 1ns);
  heard += pair.take(End::far);
  EXPECT_NEAR(static_cast<double>(heard.size()), 2100, 1);  // half a second at 4200 a second
  pair.pass(1ns);
  heard += pair.take(End::far);
  EXPECT_EQ(heard, text);
  pair.line.set_parameters(pair.now, {});
  EXPECT_TRUE(pair.line.transparent(End::near));
}

TEST(delay, switched_on_and_off_in_mid_transfer_keeps_the_order) {
  Pair pair = corrected({.rate_bps = 2400, .buffer_bytes = 1000});
  std::string const text = counting(900);
  pair.push(End::near, text.substr(0, 300));
  pair.pass(200ms);
  pair.line.set_parameters(pair.now, {.rate_bps = 2400, .buffer_bytes = 1000, .delay = 500ms});
  pair.push(End::near, text.substr(300, 300));
  pair.pass(100ms);
  pair.line.set_parameters(pair.now, {.rate_bps = 2400, .buffer_bytes = 1000});
  pair.push(End::near, text.substr(600));
  std::string heard;
  for (int i = 0; i < 100; ++i) {
    pair.pass(100ms);
    heard += pair.take(End::far);
  }
  EXPECT_EQ(heard, text);
}

TEST(jitter, is_uniform_between_nothing_and_its_bound) {
  Pair pair = bare({.jitter = 40ms});
  constexpr int n = 4000;
  int quarters[4] = {};
  for (int i = 0; i < n; ++i) {
    pair.push(End::near, "x");
    Instant const sent = pair.now;
    while (pair.take(End::far).empty()) {
      pair.now = *pair.line.next_timeout();
      pair.line.on_timeout(pair.now);
    }
    Duration const late = pair.now - sent;
    ASSERT_LE(late, 40ms);
    ++quarters[std::min<int64_t>(late / 10ms, 3)];
    pair.now = sent + 100ms;
  }
  for (int count : quarters) expect_rate(static_cast<uint64_t>(count), n, 0.25);
}

TEST(jitter, is_the_same_for_the_same_seed_only) {
  auto const times = [](uint64_t seed) {
    Pair pair = bare({.jitter = 40ms, .seed = seed});
    std::vector<Instant> result;
    for (int i = 0; i < 10; ++i) {
      send(pair, "x");
      result.push_back(pair.now);
    }
    return result;
  };
  EXPECT_EQ(times(5), times(5));
  EXPECT_NE(times(5), times(6));
}

TEST(jitter, keeps_the_order) {
  Pair pair = bare({.rate_bps = 9600, .delay = 5ms, .jitter = 200ms});
  std::string const text = counting(20000);
  EXPECT_EQ(send(pair, text, 7), text);
}

TEST(bit_errors, are_independent_and_as_many_as_their_rate_says) {
  for (double rate : {1e-2, 1e-4, 1e-5}) {
    Pair pair = bare({.bit_error_rate = rate});
    std::string const text = counting(1'000'000), heard = send(pair, text);
    ASSERT_EQ(heard.size(), text.size());
    expect_rate(wrong_bits(text, heard), 8e6, rate);
    expect_rate(pair.line.tally(End::near).damaged, 1e6, 1 - std::pow(1 - rate, 8));
  }
}

TEST(bit_errors, of_a_line_that_turns_every_bit_leave_none_as_it_was) {
  Pair pair = bare({.bit_error_rate = 1});
  std::string const text = counting(256), heard = send(pair, text);
  for (size_t i = 0; i < text.size(); ++i) EXPECT_EQ(heard[i], static_cast<char>(~text[i]));
}

/// Lengths of the stretches of right and wrong bits.
std::array<std::vector<double>, 2> stretches(std::string_view sent, std::string_view heard) {
  std::array<std::vector<double>, 2> result;
  bool wrong = false;
  double length = 0;
  for (size_t i = 0; i < sent.size() * 8; ++i) {
    bool const now = (((sent[i / 8] ^ heard[i / 8]) >> (i % 8)) & 1) != 0;
    if (now != wrong) result[wrong ? 1 : 0].push_back(std::exchange(length, 0));
    wrong = now;
    ++length;
  }
  return result;
}

TEST(bursts, have_the_mean_gap_and_length_asked_for) {
  // A geometric length of mean m has standard deviation sqrt(m(m - 1)); the mean of n of them that by
  // sqrt(n).
  Pair pair = bare({.bursts = {.mean_gap_bits = 4000, .mean_burst_bits = 50, .density = 1}});
  std::string const text = counting(1'000'000), heard = send(pair, text);
  auto const [gaps, bursts] = stretches(text, heard);
  for (auto const& [lengths, mean] : {std::pair(gaps, 4000.0), std::pair(bursts, 50.0)}) {
    auto const n = static_cast<double>(lengths.size());
    ASSERT_GT(n, 1000);
    double const sum = std::accumulate(lengths.begin(), lengths.end(), 0.0);
    EXPECT_NEAR(sum / n, mean, z * std::sqrt(mean * (mean - 1) / n));
  }
}

TEST(bursts, are_as_dense_as_asked_for) {
  // Bursts of 1000 bits, far apart: a stretch without 200 right bits in a row is one burst.
  Pair pair = bare({.bursts = {.mean_gap_bits = 1e5, .mean_burst_bits = 1000, .density = 0.25}});
  std::string const text = counting(1'500'000), heard = send(pair, text);
  double bits = 0, last_wrong = -1e9;
  uint64_t wrong = 0;
  for (size_t i = 0; i < text.size() * 8; ++i) {
    if ((((text[i / 8] ^ heard[i / 8]) >> (i % 8)) & 1) == 0) continue;
    auto const at = static_cast<double>(i);
    if (at - last_wrong < 200) {
      bits += at - last_wrong;
      ++wrong;
    }
    last_wrong = at;
  }
  ASSERT_GT(wrong, 10000u);
  expect_rate(wrong, bits, 0.25);
}

TEST(byte_loss, and_duplication_happen_at_their_rates_and_are_counted) {
  Pair pair = bare({.byte_loss_rate = 0.01});
  std::string const text(500'000, 'x');
  size_t heard = send(pair, text).size();
  expect_rate(text.size() - heard, 5e5, 0.01);
  EXPECT_EQ(pair.line.tally(End::near).dropped, text.size() - heard);
  pair = bare({.byte_duplication_rate = 0.02});
  heard = send(pair, text).size();
  expect_rate(heard - text.size(), 5e5, 0.02);
  EXPECT_EQ(pair.line.tally(End::near).duplicated, heard - text.size());
}

TEST(byte_loss, and_duplication_take_byte_times_and_leave_the_others_where_they_were) {
  Pair pair = bare({.rate_bps = 2400, .buffer_bytes = 1000, .byte_loss_rate = 0.2});
  pair.push(End::near, counting(240));
  Instant const start = pair.now;
  for (int i = 1; i <= 240; ++i) {
    pair.now =
        start + Duration((i * 10'000'000'000 + 2399) / 2400) + 5ns;  // times are rounded up a few times
    for (char const heard : pair.take(End::far)) EXPECT_EQ(static_cast<uint8_t>(heard), i - 1);
  }
  EXPECT_GT(pair.line.tally(End::near).dropped, 20u);
}

TEST(seed, alone_decides_the_bytes_whatever_the_pieces_and_the_other_direction_do) {
  Parameters const parameters{.rate_bps = 9600,
                              .jitter = 20ms,
                              .bit_error_rate = 1e-3,
                              .bursts = {.mean_gap_bits = 5000, .mean_burst_bits = 30},
                              .byte_loss_rate = 1e-3,
                              .byte_duplication_rate = 1e-3,
                              .seed = 42};
  Pair one = bare(parameters), other_pieces = bare(parameters), both_ways = bare(parameters);
  std::string const text = counting(20000), heard = send(one, text);
  EXPECT_NE(heard, text);
  EXPECT_EQ(send(other_pieces, text, 3), heard);
  EXPECT_NE(send(both_ways, text, 100, End::far), heard) << "the directions have errors of their own";
  EXPECT_EQ(send(both_ways, text), heard);
  Parameters another = parameters;
  another.seed = 43;
  Pair changed = bare(parameters);
  changed.line.set_parameters(changed.now, another);
  Pair fresh = bare(another);
  std::string const other_heard = send(fresh, text);
  EXPECT_NE(other_heard, heard);
  EXPECT_EQ(send(changed, text), other_heard);
}

TEST(error_control, turns_errors_and_losses_into_delay) {
  Pair pair = corrected({.rate_bps = 33600,
                         .delay = 20ms,
                         .bit_error_rate = 1e-4,
                         .byte_loss_rate = 1e-4,
                         .byte_duplication_rate = 1e-4});
  std::string const text = counting(60000);
  EXPECT_EQ(send(pair, text), text);
  EXPECT_GT(pair.line.tally(End::near).resent, 10u);
  EXPECT_EQ(pair.line.tally(End::near).dropped, 0u);
}

TEST(error_control, sends_a_frame_again_as_often_as_its_bits_are_hit_for_its_own_time_and_a_round_trip) {
  Pair pair = corrected({.rate_bps = 33600, .buffer_bytes = 128'000, .delay = 50ms, .bit_error_rate = 1e-4});
  std::string const text = counting(128'000);
  Instant const start = pair.now;
  EXPECT_EQ(send(pair, text), text);
  uint64_t const resent = pair.line.tally(End::near).resent;
  expect_rate(resent, 1000.0 + static_cast<double>(resent), 1 - std::pow(1 - 1e-4, 1024));
  double const frame = 128.0 / 4200;
  double const due = 0.05 + 1000 * frame + static_cast<double>(resent) * (frame + 0.1);
  EXPECT_NEAR(std::chrono::duration<double>(pair.now - start).count(), due, 0.011)
      << "it is noticed at a wake-up";
}

TEST(error_control, gets_through_even_where_every_frame_is_hit) {
  Pair pair = corrected({.bit_error_rate = 1});
  EXPECT_EQ(send(pair, "abc"), "abc");
}

}  // namespace
}  // namespace offhook::line
