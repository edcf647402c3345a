// Data through two modems arrives as it was sent, by ZMODEM and byte by byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/e2e/bank_process.h"
#include "tests/e2e/zmodem.h"

namespace offhook::e2e {
namespace {

TEST(Transfer, zmodem_carries_ten_megabytes_each_way) {
  constexpr size_t size = 10'000'000;
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0)), b(bank.port(1));
  ASSERT_TRUE(connect(a, b, bank.number(1)));
  send_by_zmodem(a, b, size, 120s);
  send_by_zmodem(b, a, size, 120s);
}

TEST(Transfer, zmodem_at_33600_arrives_and_takes_its_time) {
  constexpr size_t size = 100'000;
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  ASSERT_EQ(bank.vmodem({"line", "ttyVM0", "rate=33600"}).status, 0);
  PortFile a(bank.port(0)), b(bank.port(1));
  ASSERT_TRUE(connect(a, b, bank.number(1)));
  auto const began = Clock::now();
  send_by_zmodem(a, b, size, 120s);
  EXPECT_GE(Clock::now() - began, 20s) << "33600 bit/s carry at most 4200 bytes a second";
}

/// Every two-byte sequence, with each first byte's run apart, and the escape in the middle of the data.
std::string every_two_bytes() {
  std::string all;
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      all.push_back(static_cast<char>(first));
      all.push_back(static_cast<char>(second));
    }
  all.insert(all.size() / 2, "+++ATH\r+++\r+++");
  return all;
}

TEST(Transfer, every_two_byte_sequence_survives_both_ways_with_the_escape_in_the_data) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0)), b(bank.port(1));
  ASSERT_TRUE(connect(a, b, bank.number(1)));
  std::string const all = every_two_bytes();
  for (auto [from, to] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    std::thread sender([&, from = from] { EXPECT_TRUE(from->type(all)); });
    std::string const got = to->take(all.size());
    sender.join();
    EXPECT_TRUE(got == all) << "sizes " << got.size() << " and " << all.size();
  }
  EXPECT_EQ(a.listen(200ms) + b.listen(200ms), "") << "nothing is added";
}

TEST(Transfer, every_two_byte_sequence_comes_back_from_the_echo_line) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0));
  ASSERT_TRUE(a.type("ATDT5550000\r"));
  ASSERT_TRUE(a.expect("\nCONNECT 115200\r\n"));
  std::string const all = every_two_bytes();
  std::thread sender([&] { EXPECT_TRUE(a.type(all)); });
  std::string const got = a.take(all.size());
  sender.join();
  EXPECT_TRUE(got == all) << "sizes " << got.size() << " and " << all.size();
}

TEST(Transfer, the_escape_with_its_guard_times_gives_the_modem_back) {
  BankProcess bank;
  ASSERT_TRUE(bank.up());
  PortFile a(bank.port(0)), b(bank.port(1));
  ASSERT_TRUE(connect(a, b, bank.number(1)));
  std::this_thread::sleep_for(1200ms);
  ASSERT_TRUE(a.type("+++"));
  ASSERT_TRUE(a.expect("\r\nOK\r\n"));
  ASSERT_TRUE(a.command("ATH"));
  EXPECT_TRUE(b.expect("\r\nNO CARRIER\r\n"));
}

}  // namespace
}  // namespace offhook::e2e
