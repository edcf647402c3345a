// How long a keystroke takes on a slow line while both it and the bank are busy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <thread>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

constexpr uint32_t rate_bps = 9600;
constexpr int keys = 150;
constexpr auto between_keys = 60ms;

/// Bulk data between two modems at full speed, for as long as this lives.
class Bulk {
 public:
  Bulk(PortFile& from, PortFile& to)
      : writer_([this, &from] {
          std::string const block(16384, 'x');
          while (!over_) from.type(block, 50ms);
        }),
        reader_([this, &to] {
          while (!over_) bytes_ += to.listen(20ms).size();
        }) {}
  ~Bulk() { over_ = true, writer_.join(), reader_.join(); }
  size_t bytes() const { return bytes_; }

 private:
  std::atomic<bool> over_ = false;
  std::atomic<size_t> bytes_ = 0;
  std::thread writer_, reader_;
};

/// One byte there and back over the echo line: the line's own time is a byte each way. Half the rate is taken
/// by other traffic, which the echo line sends back too.
TEST(Latency, of_a_keystroke_at_9600_is_the_lines_own_and_little_more_beside_bulk_data) {
  BankProcess bank({"--modems", "4"});
  ASSERT_TRUE(bank.up());
  PortFile slow(bank.port(0)), from(bank.port(1)), to(bank.port(2));
  ASSERT_EQ(bank.vmodem({"line", "ttyVM0", "rate=" + std::to_string(rate_bps)}).status, 0);
  ASSERT_TRUE(slow.type("ATDT5550000\r"));
  ASSERT_TRUE(slow.expect("\nCONNECT 115200\r\n"));
  ASSERT_TRUE(connect(from, to, bank.number(2)));
  Bulk const bulk(from, to);

  // What else is under way: 30 bytes a keystroke, 500 a second of 1200 each way.
  std::string const traffic(29, '.');
  std::vector<double> times;
  for (int i = 0; i < keys; ++i) {
    auto const due = Clock::now() + between_keys;
    ASSERT_TRUE(slow.type(traffic));
    slow.listen(15ms);  // the keystroke does not come with it, but while it is on the line
    auto const pressed = Clock::now();
    ASSERT_TRUE(slow.type("k"));
    ASSERT_TRUE(slow.expect("k"));
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - pressed).count());
    std::this_thread::sleep_until(due);
  }
  std::ranges::sort(times);
  // Ahead of it are what the traffic has left on the line after 15 ms, and the echo of that; then its own two
  // bytes.
  double const byte_ms = 8e3 / rate_bps;
  double const own_ms = std::max(0.0, 29 * byte_ms - 15) + 2 * byte_ms;
  double const p50 = times[times.size() / 2], p90 = times[times.size() * 9 / 10];
  std::cout << "echo of one byte at " << rate_bps << " bit/s beside "
            << static_cast<double>(bulk.bytes()) / 1e6 << " MB of bulk data: p50 " << p50 << " ms, p90 "
            << p90 << " ms, worst " << times.back() << " ms; the line's own " << own_ms << " ms\n";
  RecordProperty("p50_ms", std::to_string(p50));
  EXPECT_LT(p50, own_ms + 60) << "20 ms are what is meant; a loaded machine has its own";
  EXPECT_GT(bulk.bytes(), 1'000'000u) << "the other call was busy";
}

}  // namespace
}  // namespace offhook::e2e
