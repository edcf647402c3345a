// Names that come, go and lead elsewhere, and devices that others open.
#include "emulator/tty/presence.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "emulator/driver/bank_fixture.h"

namespace offhook::tty {
namespace {

class PresenceTest : public driver::BankTest {
 protected:
  void SetUp() override {
    alarm.emplace(*io);
    presence.emplace(*io, *alarm);
    ASSERT_TRUE(presence->start());
  }
  void TearDown() override { presence.reset(); }
  Presence::Handler note() {
    return [this](Wake wake) { wakes.push_back(wake); };
  }
  bool woken(Wake wake) {
    return until([&] { return std::ranges::find(wakes, wake) != wakes.end(); });
  }
  std::optional<io::Alarm> alarm;
  std::optional<Presence> presence;
  std::vector<Wake> wakes;
};

TEST_F(PresenceTest, a_banks_ports_appear_and_go) {
  uint64_t const id = presence->watch(config.dir + "/ttyVM0", note());
  EXPECT_FALSE(presence->present(id));
  start();
  EXPECT_TRUE(woken(Wake::appeared));
  EXPECT_TRUE(presence->present(id));
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_TRUE(woken(Wake::gone));
  EXPECT_FALSE(presence->present(id));
}

TEST_F(PresenceTest, a_fresh_pty_behind_the_name_is_told) {
  start();
  (void)presence->watch(path(0), note());
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  ASSERT_TRUE(bank->plug(0).has_value());
  EXPECT_TRUE(woken(Wake::repointed));
}

TEST_F(PresenceTest, an_open_by_somebody_wakes_and_that_of_another_device_does_not) {
  std::vector<Wake> others;
  for (auto const* name : {"/a", "/b"}) {
    io::Fd const made(::open((config.dir + name).c_str(), O_CREAT | O_RDWR, 0600));
    ASSERT_TRUE(made);
  }
  (void)presence->watch(config.dir + "/a", note());
  (void)presence->watch(config.dir + "/b", [&](Wake wake) { others.push_back(wake); });
  io::Fd const b(::open((config.dir + "/b").c_str(), O_RDWR));
  EXPECT_TRUE(until([&] { return !others.empty(); }));
  EXPECT_TRUE(wakes.empty());
  io::Fd const a(::open((config.dir + "/a").c_str(), O_RDWR));
  EXPECT_TRUE(woken(Wake::touched));
  EXPECT_EQ(others, std::vector{Wake::touched});
}

TEST_F(PresenceTest, opens_of_the_fresh_pty_wake_too) {
  start();
  (void)presence->watch(path(0), note());
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  ASSERT_TRUE(bank->plug(0).has_value());
  EXPECT_TRUE(woken(Wake::repointed));
  wakes.clear();
  Program const a = open(0);
  EXPECT_TRUE(woken(Wake::touched));
}

TEST_F(PresenceTest, the_directory_may_come_later_and_go) {
  std::string const directory = config.dir + "/later/on";
  (void)presence->watch(directory + "/ttyX", note());
  for (int again = 0; again < 2; ++again) {
    wakes.clear();
    std::filesystem::create_directories(directory);
    std::filesystem::create_symlink("/dev/null", directory + "/ttyX");
    EXPECT_TRUE(woken(Wake::appeared));
    std::filesystem::remove_all(config.dir + "/later");
    EXPECT_TRUE(woken(Wake::gone));
  }
}

TEST_F(PresenceTest, a_name_that_is_forgotten_wakes_nobody) {
  start();
  uint64_t const first = presence->watch(path(0), [](Wake) { FAIL(); });
  (void)presence->watch(path(0), note());
  presence->forget(first);
  ASSERT_TRUE(bank->unplug(0, true).has_value());
  EXPECT_TRUE(woken(Wake::gone));
}

}  // namespace
}  // namespace offhook::tty
