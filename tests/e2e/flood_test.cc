// Two hundred callers a second: each is answered or told that it is busy, and nothing is left of any.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "emulator/base/random.h"
#include "tests/e2e/network.h"

namespace offhook::e2e {
namespace {

constexpr int callers_a_second = 200;
constexpr size_t modems = 4;
constexpr size_t allowed_growth_kib = 4096;

class Flood {
 public:
  Flood() : random_(11) {
    for (size_t i = 0; i < modems; ++i) {
      ports_.push_back(std::make_unique<PortFile>(bank_->port(static_cast<int>(i))));
      EXPECT_TRUE(ports_.back()->command("ATS0=1"));
    }
  }
  bool up() { return static_cast<bool>(bank_->up()); }
  Held holds() { return held(bank_->process().pid()); }
  testing::AssertionResult holds_what_it_held(Held const& before) {
    return holds_as_before(bank_->process().pid(), before, allowed_growth_kib);
  }

  void run(Clock::duration time) {
    auto const began = Clock::now();
    auto const period = Clock::duration(1s) / callers_a_second;
    for (auto next = began; next < began + time; next += period) {
      std::this_thread::sleep_until(next);
      call(next);
      while (!callers_.empty() && callers_.front().until <= next) end_first();
      if (++turn_ % 20 == 0) listen_at_ports();
    }
    while (!callers_.empty()) end_first();
    listen_at_ports();
  }
  size_t called() const { return called_; }
  size_t busy() const { return busy_; }
  size_t answered() const { return answered_; }
  testing::AssertionResult modems_are_well() {
    for (auto& port : ports_) {
      bool const idle = eventually([&] {
        EXPECT_TRUE(port->type("AT\r"));
        return port->expect_one_of({"\r\nOK\r\n"}, 200ms) != "";
      });
      if (!idle) return testing::AssertionFailure() << "a modem does not answer";
    }
    return testing::AssertionSuccess();
  }

 private:
  struct Caller {
    std::unique_ptr<Peer> peer;
    Clock::time_point until;
  };
  void call(Clock::time_point now) {
    callers_.push_back({std::make_unique<Peer>(Peer::connect_to(bank_.listener(called_ % 2))), now + 250ms});
    if (callers_.back().peer->fd() >= 0) ++called_;
    if (random_.below(3) == 0) callers_.back().peer->type("early words", 0ms);
  }
  void end_first() {
    Peer& peer = *callers_.front().peer;
    busy_ += peer.listen(0ms).find("BUSY") != std::string::npos;
    if (random_.below(3) == 0) peer.reset();
    callers_.pop_front();
  }
  void listen_at_ports() {
    for (auto& port : ports_) answered_ += port->listen(0ms).find("CONNECT") != std::string::npos;
  }

  ConfiguredBank bank_{
      "[[hunt_group]]\nnumber = \"100\"\nmembers = [\"ttyVM0\", \"ttyVM1\", \"ttyVM2\", \"ttyVM3\"]\n"
      "[[listener]]\naddress = \"127.0.0.1:0\"\nnumber = \"100\"\nlimit_per_address = 0\n"
      "[[listener]]\naddress = \"127.0.0.1:0\"\nnumber = \"100\"\nlimit_per_address = 2\n"
      "protocol = \"telnet\"\n"};
  std::vector<std::unique_ptr<PortFile>> ports_;
  std::deque<Caller> callers_;
  Random random_;
  size_t called_ = 0, busy_ = 0, answered_ = 0, turn_ = 0;
};

void flood_for(Clock::duration time) {
  Flood flood;
  ASSERT_TRUE(flood.up());
  Held before = flood.holds();
  flood.run(1s);  // to warm up
  before.anonymous_kib = flood.holds().anonymous_kib;
  size_t const first = flood.called();
  flood.run(time);
  auto const expected =
      static_cast<size_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count()) * callers_a_second;
  EXPECT_GE(flood.called() - first, expected);
  EXPECT_GT(flood.busy(), 0u);
  EXPECT_GT(flood.answered(), 0u);
  EXPECT_TRUE(flood.modems_are_well());
  EXPECT_TRUE(flood.holds_what_it_held(before));
}

TEST(Flood, of_callers_for_three_seconds_leaves_nothing) { flood_for(3s); }
TEST(FloodLong, of_callers_for_a_minute_leaves_nothing) { flood_for(60s); }

}  // namespace
}  // namespace offhook::e2e
