// Thousands of mixed operations from a seed: no byte is invented, reordered or lost unsaid.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "emulator/base/random.h"
#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

/// One end's bytes as they were taken by the line, and as the other end got them.
struct Flow {
  uint64_t accepted = 0, received = 0;
  uint64_t lost_when_empty = 0;  // what had been lost when nothing was queued for the last time
};

/// Byte `n` of a flow: what arrives shows by itself which byte it is, within 251.
std::byte byte_at(uint64_t n) { return std::byte(n % 251); }

class World {
 public:
  explicit World(uint64_t seed)
      : random_(seed), pair_({rate(), random_.one_in(2), 1 + random_.below(5000)}) {}

  void step() {
    End const end = random_.one_in(2) ? End::near : End::far;
    switch (random_.below(24)) {
      case 0:
        return start(end);
      case 1:
        return finish(pair_.act(end, loop::StopCarrier{random_.one_in(2)}));
      case 2:
        return pair_.line.on_gone(pair_.now, end), finish(pair_.drain());
      case 3:
        return pair_.line.lose_carrier(pair_.now, end), finish(pair_.drain());
      case 4:
      case 5:
        return pair_.line.restore_carrier(pair_.now, end), finish(pair_.drain());
      case 6:
        return pair_.line.discard(pair_.now, end), finish(pair_.drain());
      case 7:
        return pair_.line.set_parameters(pair_.now, parameters());
      case 12:
        static_cast<void>(pair_.line.clip(pair_.now, end, Duration(1 + random_.below(5'000'000'000))));
        return finish(pair_.drain());
      case 13:
        return static_cast<void>(pair_.line.retrain(pair_.now));
      case 8:
      case 9:
      case 10:
        return start(End::near), start(End::far);
      case 11:
        return finish(pair_.pass(Duration(random_.below(20'000'000'000))));
      default:
        break;
    }
    if (random_.one_in(2)) return push(end);
    take(end);
  }

  /// What was accepted was delivered, lost, or is still queued; after both ends are gone nothing is.
  void settle() {
    pair_.line.set_parameters(pair_.now, {});
    for (End end : {End::near, End::far}) pair_.line.on_gone(pair_.now, end);
    for (End end : {End::near, End::far}) pair_.line.discard(pair_.now, end);
    finish(pair_.drain());
    ASSERT_EQ(pair_.line.next_timeout(), std::nullopt);
    for (End end : {End::near, End::far}) {
      Flow const& flow = flows_[static_cast<size_t>(end)];
      ASSERT_EQ(pair_.line.passed_bytes(end), flow.received);
      ASSERT_EQ(pair_.line.passed_bytes(end) + pair_.line.lost_bytes(end), flow.accepted);
    }
  }
  uint64_t received() const { return flows_[0].received + flows_[1].received; }

 private:
  /// All that makes bytes late; what changes them has tests of its own.
  Parameters parameters() {
    Parameters result{rate(), false, random_.below(5000)};
    if (random_.one_in(3)) result.delay = Duration(random_.below(900'000'000));
    if (random_.one_in(3)) result.jitter = Duration(random_.below(300'000'000));
    result.flow_stuck = random_.one_in(10);
    return result;
  }
  uint32_t rate() {
    constexpr uint32_t rates[] = {0, 0, 300, 1200, 2400, 33600, 56000};
    return rates[random_.below(std::size(rates))];
  }
  Flow& flow(End end) { return flows_[static_cast<size_t>(end)]; }

  void start(End end) { finish(pair_.act(end, end == End::near ? originating() : answering())); }

  void push(End from) {
    std::string bytes;
    uint64_t const count = 1 + random_.below(3000), first = flow(from).accepted;
    for (uint64_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(byte_at(first + i)));
    size_t const room = pair_.line.room(pair_.now, from);
    ASSERT_LE(pair_.line.room(from), room);
    size_t const taken = pair_.push(from, bytes);
    ASSERT_EQ(taken, std::min<size_t>(room, bytes.size()));
    flow(from).accepted += taken;
  }

  void take(End to) {
    Flow& incoming = flow(other(to));
    uint64_t const lost = pair_.line.lost_bytes(other(to));
    std::string const got = pair_.take(to, 1 + random_.below(2000));
    // In order and without a hole, unless something was lost between two bytes that were queued together.
    for (size_t i = 1; i < got.size() && lost == incoming.lost_when_empty; ++i) {
      auto const before = static_cast<uint8_t>(got[i - 1]), next = static_cast<uint8_t>(got[i]);
      ASSERT_EQ((before + 1) % 251, next);
    }
    // Until something was lost, what came out is a prefix of what went in.
    if (lost == 0 && !got.empty()) {
      ASSERT_EQ(std::byte(static_cast<uint8_t>(got[0])), byte_at(incoming.received));
    }
    incoming.received += got.size();
    if (incoming.received + lost == incoming.accepted) incoming.lost_when_empty = lost;
    finish(pair_.drain());
  }

  /// Nothing is heard of a carrier's end while bytes wait.
  void finish(std::vector<std::string> const& heard) {
    for (std::string const& word : heard) {
      End const to = word.starts_with("near") ? End::near : End::far;
      bool const an_end = word.find("link released") != word.npos || word.find("carrier down") != word.npos;
      ASSERT_TRUE(!an_end || pair_.ready(to).empty()) << word;
    }
  }

  Random random_;
  Pair pair_;
  std::array<Flow, 2> flows_;
};

TEST(random_operations, lose_no_byte_unsaid) {
  char const* given = std::getenv("OFFHOOK_SEED");
  uint64_t const first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  uint64_t received = 0;
  for (uint64_t seed = first; seed < first + 200; ++seed) {
    SCOPED_TRACE("OFFHOOK_SEED=" + std::to_string(seed));
    World world(seed);
    for (int i = 0; i < 500 && !testing::Test::HasFailure(); ++i) world.step();
    world.settle();
    if (testing::Test::HasFailure()) return;
    received += world.received();
  }
  EXPECT_GT(received, 500'000u) << "hardly anything was received: this proves nothing";
}

}  // namespace
}  // namespace offhook::line
