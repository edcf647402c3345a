// Lines at a rate, in real time: five pairs of modems in one bank, all full at once for twenty seconds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

constexpr std::array<uint32_t, 5> rates{300, 2400, 9600, 33600, 56000};
constexpr auto measured = 20s;

/// One direction kept full: counts what arrives from its first byte on.
class Flow {
 public:
  Flow(PortFile& from, PortFile& to)
      : writer_([this, &from] {
          std::string const block(256, 'U');
          while (!over_) from.type(block, 50ms);
        }),
        reader_([this, &to] {
          to.take(1);
          began_ = Clock::now();
          while (Clock::now() < began_ + measured) {
            size_t const n = to.listen(20ms).size();
            if (n == 0) continue;
            bytes_ += n;
            last_ = Clock::now();
          }
          over_ = true;
        }) {}
  /// Bytes a second, from the first byte to the last that came.
  double measure() {
    reader_.join();
    writer_.join();
    return static_cast<double>(bytes_) / std::chrono::duration<double>(last_ - began_).count();
  }

 private:
  std::atomic<bool> over_ = false;
  size_t bytes_ = 0;
  Clock::time_point began_, last_;
  std::thread writer_, reader_;
};

TEST(Rates, are_kept_within_one_percent_over_twenty_seconds_all_at_once) {
  BankProcess bank({"--modems", "10"});
  ASSERT_TRUE(bank.up());
  std::vector<std::unique_ptr<PortFile>> ports;
  for (int i = 0; i < 10; ++i) ports.push_back(std::make_unique<PortFile>(bank.port(i)));
  std::vector<std::unique_ptr<Flow>> flows;
  for (size_t pair = 0; pair < rates.size(); ++pair) {
    int const near = static_cast<int>(2 * pair);
    ASSERT_EQ(bank.vmodem({"line", bank.name(near), "rate=" + std::to_string(rates[pair])}).status, 0);
    for (size_t end : {2 * pair, 2 * pair + 1}) ASSERT_TRUE(ports[end]->command("AT+MS=V90"));
    ASSERT_TRUE(connect(*ports[2 * pair], *ports[2 * pair + 1], bank.number(near + 1)));
  }
  for (size_t pair = 0; pair < rates.size(); ++pair)
    flows.push_back(std::make_unique<Flow>(*ports[2 * pair + 1], *ports[2 * pair]));
  for (size_t pair = 0; pair < rates.size(); ++pair) {
    double const due = rates[pair] / (rates[pair] == 300 ? 10.0 : 8.0);
    EXPECT_NEAR(flows[pair]->measure(), due, due * 0.01) << rates[pair] << " bit/s";
  }
}

}  // namespace
}  // namespace offhook::e2e
