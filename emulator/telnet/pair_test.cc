// Two sessions against each other: whatever both want, they come to rest in agreement.
#include <gtest/gtest.h>

#include "emulator/base/random.h"
#include "emulator/telnet/session.h"
#include "emulator/telnet/test_support.h"

namespace offhook::telnet {
namespace {

constexpr unsigned all_wishes = 32;

Options wishes(unsigned bits) {
  Options options;
  options.binary = bits & 1;
  options.echo = bits & 2;
  options.ask_terminal = bits & 4;
  if (bits & 8) options.window = WindowSize{80, 25};
  options.terminal = bits & 16 ? "vt100" : "";
  return options;
}

/// Two ends, and the bytes on their way.
struct Pair {
  Pair(Role near_role, Options near_options, Role far_role, Options far_options)
      : near(near_role, std::move(near_options)), far(far_role, std::move(far_options)) {}

  /// Delivers in pieces and in an order of chance until both are silent; how many bytes it took, at most
  /// `limit`.
  size_t settle(Random random, size_t limit = 1000) {
    size_t carried = 0;
    for (;;) {
      to_far += std::exchange(near.drain().said, {});
      to_near += std::exchange(far.drain().said, {});
      if ((to_far.empty() && to_near.empty()) || carried >= limit) return carried;
      bool const outward = !to_far.empty() && (to_near.empty() || random.one_in(2));
      std::string& way = outward ? to_far : to_near;
      size_t const n = 1 + random.below(way.size());
      (outward ? far : near).feed(way.substr(0, n));
      way.erase(0, n);
      carried += n;
    }
  }

  Tester near, far;
  std::string to_near, to_far;
};

void expect_agreement(Pair const& pair) {
  EXPECT_TRUE(pair.near.session.settled());
  EXPECT_TRUE(pair.far.session.settled());
  for (size_t i = 0; i < option_count; ++i) {
    Option const option = option_at(i);
    EXPECT_EQ(pair.near.session.agreed(Side::us, option), pair.far.session.agreed(Side::him, option));
    EXPECT_EQ(pair.near.session.agreed(Side::him, option), pair.far.session.agreed(Side::us, option));
  }
}

TEST(Pair, settles_for_every_combination_of_wishes_and_roles) {
  for (Role near_role : {Role::client, Role::server})
    for (Role far_role : {Role::client, Role::server})
      for (unsigned near = 0; near < all_wishes; ++near)
        for (unsigned far = 0; far < all_wishes; ++far) {
          SCOPED_TRACE(std::to_string(near) + " against " + std::to_string(far));
          Pair pair(near_role, wishes(near), far_role, wishes(far));
          pair.near.session.start();
          pair.far.session.start();
          ASSERT_LT(pair.settle(Random(near * all_wishes + far)), 200u);
          expect_agreement(pair);
          ASSERT_FALSE(HasFailure());
        }
}

TEST(Pair, settles_whatever_both_change_of_what_they_agree_to) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Options const near = wishes(static_cast<unsigned>(random.below(all_wishes)));
    Options const far = wishes(static_cast<unsigned>(random.below(all_wishes)));
    Pair pair(Role::client, near, Role::server, far);
    pair.near.session.start();
    pair.far.session.start();
    for (int change = 0; change < 20; ++change) {
      bool const here = random.one_in(2), ours = random.one_in(2);
      size_t const option = random.below(option_count);
      // RFC 854: what was refused should not be asked for again; the peer would be silent.
      if (!agrees(here ? far : near, here ? Role::server : Role::client, ours ? Side::him : Side::us, option))
        continue;
      Session& end = here ? pair.near.session : pair.far.session;
      ASSERT_TRUE(end.ask(ours ? Side::us : Side::him, option_at(option), random.one_in(2)));
      if (random.one_in(2)) pair.settle(random, random.below(12));
    }
    ASSERT_LT(pair.settle(random, 2000), 2000u);
    expect_agreement(pair);
    ASSERT_FALSE(HasFailure());
  }
}

TEST(Pair, by_default_is_binary_both_ways_with_the_server_echoing) {
  Pair pair(Role::client, {}, Role::server, {});
  pair.near.session.start();
  pair.far.session.start();
  pair.settle(Random(1));
  Session const& client = pair.near.session;
  for (Side side : both_sides) {
    EXPECT_TRUE(client.agreed(side, Option::binary));
    EXPECT_TRUE(client.agreed(side, Option::suppress_go_ahead));
  }
  EXPECT_TRUE(client.agreed(Side::him, Option::echo));
  EXPECT_FALSE(client.agreed(Side::us, Option::echo));
}

TEST(Pair, tells_the_server_terminal_and_window_where_it_asks) {
  Options client, server;
  client.window = WindowSize{132, 50};
  server.ask_terminal = true;
  Pair pair(Role::client, client, Role::server, server);
  pair.far.session.start();
  pair.settle(Random(1));
  EXPECT_EQ(pair.far.data, "<window 132x50><terminal ansi>");
}

TEST(Pair, carries_every_byte_both_ways_once_settled) {
  std::string data;
  for (int round = 0; round < 3; ++round)
    for (int code = 0; code < 256; ++code) data += wire(13, code, 255, code);
  for (bool binary : {true, false}) {
    Options options;
    options.binary = binary;
    Pair pair(Role::client, options, Role::server, options);
    pair.near.session.start();
    pair.far.session.start();
    pair.settle(Random(1));
    pair.to_far = pair.near.encode(data);
    pair.to_near = pair.far.encode(data);
    pair.settle(Random(2), 100'000);
    EXPECT_EQ(pair.far.data, data);
    EXPECT_EQ(pair.near.data, data);
  }
}

}  // namespace
}  // namespace offhook::telnet
