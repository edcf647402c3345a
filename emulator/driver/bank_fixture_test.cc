#include <boost/asio/io_context.hpp>

#include "emulator/driver/bank_fixture.h"

namespace offhook::driver {

BankTest::BankTest() : io(std::make_unique<boost::asio::io_context>()) {
  char name[] = "/tmp/offhook-bank-XXXXXX";
  config.dir = ::mkdtemp(name);
  for (int i = 0; i < 3; ++i)
    config.modems.push_back({"ttyVM" + std::to_string(i), std::to_string(5550100 + i), "v250", {}});
}

BankTest::~BankTest() {
  bank.reset();
  io->restart();
  io->poll();
  std::filesystem::remove_all(config.dir);
}

void BankTest::start() {
  bank.emplace(*io, config);
  auto const started = bank->start();
  ASSERT_TRUE(started.has_value()) << started.error().message;
}

void BankTest::turn(Duration at_most) {
  io->restart();
  io->run_one_for(at_most);
}

}  // namespace offhook::driver
