// The port log: the condition as the fold of the entries, and followers behind a lossy channel.
#include "rasd/port/log.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>

#include "emulator/base/random.h"

namespace offhook::port {
namespace {

Change change_of(Random& random) {
  Change change{.kind = static_cast<Change::Kind>(random.below(static_cast<uint32_t>(Change::Kind::count_)))};
  change.state = static_cast<State>(random.below(static_cast<uint32_t>(State::count_)));
  change.why = static_cast<Why>(random.below(static_cast<uint32_t>(Why::count_)));
  change.failure = static_cast<Failure>(random.below(static_cast<uint32_t>(Failure::count_)));
  change.call = random.below(9);
  change.client = random.below(3);
  change.counters = {random.below(100), random.below(100), random.below(3)};
  change.text = std::to_string(random.below(50));
  return change;
}

/// A manager that restarts now and then, and a channel that drops, doubles and reorders what it says.
void a_follower_keeps_up(uint64_t seed) {
  Random random(seed);
  uint64_t epoch = 1;
  Log log(epoch);
  Follower follower;
  struct Said {
    uint64_t epoch;
    Entry entry;
  };
  std::deque<Said> channel;
  std::deque<Picture> pictures;
  for (int i = 0; i < 200; ++i) {
    if (random.below(60) == 0) log = Log(++epoch);
    Said const said{epoch, log.append(Instant{} + std::chrono::seconds(i),
                                      "ttyVM" + std::to_string(random.below(3)), change_of(random))};
    if (random.below(6) != 0) channel.push_back(said);
    if (random.below(6) == 0) channel.push_back(said);
    if (channel.size() > 1 && random.below(4) == 0) std::swap(channel.front(), channel.back());
    if (channel.size() > random.below(4)) {
      follower.on_entry(channel.front().epoch, channel.front().entry);
      channel.pop_front();
    }
    if (follower.needs() == Follower::Needs::picture && random.below(3) == 0)
      pictures.push_back(log.picture());
    if (!pictures.empty() && random.below(2) == 0) {
      follower.on_picture(pictures.front());
      pictures.pop_front();
    }
    if (follower.needs() == Follower::Needs::nothing && follower.picture().place == log.picture().place) {
      ASSERT_EQ(follower.picture(), log.picture()) << "seed " << seed;
    }
  }
  // The channel heals: what is left comes, then one more entry, and a picture if that is asked for.
  for (Said const& said : channel) follower.on_entry(said.epoch, said.entry);
  for (Picture const& picture : pictures) follower.on_picture(picture);
  if (follower.on_entry(epoch, log.append(Instant{}, "ttyVM0", change_of(random))) ==
      Follower::Needs::picture)
    follower.on_picture(log.picture());
  ASSERT_EQ(follower.needs(), Follower::Needs::nothing) << "seed " << seed;
  ASSERT_EQ(follower.picture(), log.picture()) << "seed " << seed;
}

TEST(log, a_followers_picture_is_the_fold_whatever_the_channel_loses) {
  // OFFHOOK_SEEDS: how many, 500 by default.
  char const* const wanted = std::getenv("OFFHOOK_SEEDS");
  uint64_t const seeds = wanted ? std::strtoull(wanted, nullptr, 10) : 500;
  for (uint64_t seed = 1; seed <= seeds && !testing::Test::HasFatalFailure(); ++seed)
    a_follower_keeps_up(seed);
}

TEST(log, a_new_follower_needs_a_picture_before_anything_else) {
  Log log(1);
  Follower follower;
  EXPECT_EQ(follower.needs(), Follower::Needs::picture);
  EXPECT_EQ(follower.on_picture(log.picture()), Follower::Needs::nothing);
}

TEST(log, a_gap_asks_for_a_picture_and_an_older_picture_does_not_close_it) {
  Log log(1);
  Follower follower;
  follower.on_picture(log.picture());
  Change const change{.kind = Change::Kind::state, .state = State::ringing};
  EXPECT_EQ(follower.on_entry(1, log.append(Instant{}, "a", change)), Follower::Needs::nothing);
  Picture const older = log.picture();
  (void)log.append(Instant{}, "a", change);
  EXPECT_EQ(follower.on_entry(1, log.append(Instant{}, "a", change)), Follower::Needs::picture);
  EXPECT_EQ(follower.on_picture(older), Follower::Needs::picture);
  EXPECT_EQ(follower.on_picture(log.picture()), Follower::Needs::nothing);
}

TEST(log, an_entry_that_comes_twice_is_taken_once) {
  Log log(1);
  Follower follower;
  follower.on_picture(log.picture());
  Entry const entry = log.append(Instant{}, "a", {.kind = Change::Kind::call_began, .call = 1});
  follower.on_entry(1, entry);
  EXPECT_EQ(follower.on_entry(1, entry), Follower::Needs::nothing);
  EXPECT_EQ(follower.picture().ports.at("a").calls_total, 1u);
}

TEST(log, entries_of_a_manager_that_is_no_more_are_passed_over) {
  Log old(1), young(2);
  Follower follower;
  follower.on_picture(young.picture());
  EXPECT_EQ(follower.on_entry(1, old.append(Instant{}, "a", {.kind = Change::Kind::call_began, .call = 1})),
            Follower::Needs::nothing);
  EXPECT_TRUE(follower.picture().ports.empty());
}

TEST(log, a_port_that_was_removed_leaves_the_picture) {
  Log log(1);
  (void)log.append(Instant{}, "a", {.kind = Change::Kind::state, .state = State::listening});
  (void)log.append(Instant{}, "a", {.kind = Change::Kind::removed});
  EXPECT_TRUE(log.picture().ports.empty());
}

TEST(log, conditions_have_the_words_that_administrators_know) {
  Snapshot shown;
  shown.state = State::listening;
  EXPECT_EQ(name(line_condition(shown)), "listening");
  EXPECT_EQ(name(hardware_condition(shown)), "operational");
  shown.state = State::failed;
  shown.failure = Failure::silent;
  EXPECT_EQ(name(line_condition(shown)), "non-operational");
  EXPECT_EQ(name(hardware_condition(shown)), "not responding");
}

TEST(log, every_reason_has_radius_terminate_cause) {
  for (size_t i = 1; i < static_cast<size_t>(Why::count_); ++i)
    EXPECT_GT(radius_cause(static_cast<Why>(i)), 0u);
  EXPECT_EQ(radius_cause(Why::lost_carrier), 2u);
}

TEST(log, only_the_proven_silence_of_a_device_is_692) {
  for (size_t i = 1; i < static_cast<size_t>(Failure::count_); ++i) {
    FailureRow const& r = row(static_cast<Failure>(i));
    EXPECT_EQ(r.failure, static_cast<Failure>(i));
    EXPECT_EQ(r.ras_error == 692, r.failure == Failure::silent);
    EXPECT_EQ(r.hardware == HardwareCondition::not_responding, r.failure == Failure::silent);
  }
}

}  // namespace
}  // namespace offhook::port
