#include "emulator/exchange/apparatus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/base/text.h"

namespace offhook::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Bench {
  explicit Bench(TestLine kind, Apparatus::Role role = Apparatus::Role::called) : apparatus(kind, role) {}

  std::vector<std::string> hear(loop::Event const& event) {
    apparatus.on_line(now, event);
    return drain();
  }
  std::vector<std::string> pass(Duration time) {
    now += time;
    apparatus.on_timeout(now);
    return drain();
  }
  std::vector<std::string> drain() {
    std::vector<std::string> words;
    while (auto act = apparatus.poll_action()) words.push_back(loop::describe(*act));
    return words;
  }
  void connect() {
    hear(loop::Answered{});
    hear(loop::CarrierUp{});
  }

  Apparatus apparatus;
  Instant now{};
};

std::string const stop = loop::describe(loop::Act(loop::StopCarrier{false}));
std::string const on_hook = loop::describe(loop::Act(loop::GoOnHook{}));

TEST(apparatus, the_echo_line_sends_back_what_it_hears_within_its_buffer) {
  Bench bench(TestLine::echo);
  bench.connect();
  EXPECT_EQ(bench.apparatus.on_line_bytes(bench.now, as_bytes("hello")), 5u);
  EXPECT_EQ(as_text(bench.apparatus.to_send()), "hello");
  bench.apparatus.sent(3);
  EXPECT_EQ(as_text(bench.apparatus.to_send()), "lo");
  std::string const much(100000, 'x');
  EXPECT_EQ(bench.apparatus.on_line_bytes(bench.now, as_bytes(much)), 16384u - 2u);
  EXPECT_EQ(bench.apparatus.on_line_bytes(bench.now, as_bytes(much)), 0u);
}

TEST(apparatus, answers_where_it_was_called_and_originates_where_it_calls) {
  for (auto role : {Apparatus::Role::called, Apparatus::Role::caller}) {
    Apparatus apparatus(TestLine::echo, role);
    apparatus.on_line({}, loop::Answered{});
    auto const act = apparatus.poll_action();
    ASSERT_TRUE(act && std::holds_alternative<loop::StartCarrier>(*act));
    EXPECT_EQ(std::get<loop::StartCarrier>(*act).originate, role == Apparatus::Role::caller);
  }
}

TEST(apparatus, the_pattern_begins_with_the_carrier_and_never_ends) {
  Bench bench(TestLine::pattern);
  bench.hear(loop::Answered{});
  EXPECT_TRUE(bench.apparatus.to_send().empty());
  bench.hear(loop::CarrierUp{});
  std::string sent;
  for (size_t n : {1, 96, 97, 1000, 5000}) {
    sent += as_text(bench.apparatus.to_send().first(n));
    bench.apparatus.sent(n);
  }
  std::string expected;
  while (expected.size() < sent.size()) {
    for (char c = 0x20; c < 0x7f; ++c) expected += c;
    expected += "\r\n";
  }
  EXPECT_EQ(sent, expected.substr(0, sent.size()));
  EXPECT_EQ(bench.apparatus.on_line_bytes(bench.now, as_bytes("ignored")), 7u);
}

TEST(apparatus, the_carrier_loss_line_drops_its_carrier_after_5_s) {
  Bench bench(TestLine::carrier_loss);
  bench.connect();
  EXPECT_THAT(bench.pass(4999ms), IsEmpty());
  EXPECT_THAT(bench.pass(1ms), ElementsAre(stop, on_hook));
  EXPECT_EQ(bench.apparatus.next_timeout(), std::nullopt);
}

TEST(apparatus, waits_for_a_lost_carrier_before_it_hangs_up) {
  Bench bench(TestLine::echo);
  bench.connect();
  bench.hear(loop::CarrierDown{});
  EXPECT_THAT(bench.pass(1s), IsEmpty());
  bench.hear(loop::CarrierBack{});
  EXPECT_THAT(bench.pass(60s), IsEmpty());
  bench.hear(loop::CarrierDown{});
  EXPECT_THAT(bench.pass(1400ms), ElementsAre(stop, on_hook));
}

TEST(apparatus, hangs_up_when_the_link_is_released_or_nobody_trains) {
  Bench released(TestLine::echo);
  released.connect();
  EXPECT_THAT(released.hear(loop::LinkReleased{}), ElementsAre(stop, on_hook));
  EXPECT_THAT(released.hear(loop::LinkReleased{}), IsEmpty());
  Bench alone(TestLine::echo);
  alone.hear(loop::Answered{});
  EXPECT_THAT(alone.pass(60s), ElementsAre(stop, on_hook));
}

TEST(apparatus, a_voice_has_no_carrier_and_loses_patience) {
  Bench bench(TestLine::voice, Apparatus::Role::caller);
  EXPECT_THAT(bench.hear(loop::Answered{}), IsEmpty());
  EXPECT_THAT(bench.pass(30s), ElementsAre(on_hook));
}

}  // namespace
}  // namespace offhook::exchange
