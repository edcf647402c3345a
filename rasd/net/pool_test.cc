#include "rasd/net/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace offhook::net {
namespace {

using ppp::ipv4;

TEST(Pool, addresses_are_read_whole_or_not_at_all) {
  EXPECT_EQ(parse_ipv4("10.0.2.15").value(), ipv4(10, 0, 2, 15));
  for (auto const* text :
       {"", "10.0.2", "10.0.2.256", "10.0.2.1 ", "10.0.2.1.2", "a.b.c.d", "10..2.1", "-1.0.0.0"})
    EXPECT_FALSE(parse_ipv4(text)) << text;
}

TEST(Pool, a_range_a_network_and_one_address_are_read) {
  EXPECT_EQ(Pool::parse("10.0.0.2-10.0.0.5").value().free(), 4u);
  EXPECT_EQ(Pool::parse("10.0.0.0/24").value().free(), 254u);
  EXPECT_EQ(Pool::parse("10.0.0.8/30").value().free(), 2u);
  EXPECT_EQ(Pool::parse("10.0.0.7").value().free(), 1u);
  EXPECT_EQ(Pool::parse("10.0.0.7/32").value().free(), 1u);
  for (auto const* text :
       {"", "10.0.0.5-10.0.0.2", "10.0.0.1/24", "10.0.0.0/8", "1.0.0.0-9.0.0.0", "10.0.0.0/33"})
    EXPECT_THAT(Pool::parse(text).error().message, testing::HasSubstr("10.0.0.2-10.0.0.99")) << text;
}

TEST(Pool, a_lease_is_nobody_elses_until_it_is_given_back) {
  auto pool = Pool::parse("10.0.0.2-10.0.0.3").value();
  EXPECT_EQ(pool.lease("anna").value(), ipv4(10, 0, 0, 2));
  EXPECT_EQ(pool.lease("bert").value(), ipv4(10, 0, 0, 3));
  EXPECT_EQ(pool.lease("cora").error().message, "all 2 addresses are in use");
  pool.give_back(ipv4(10, 0, 0, 2));
  pool.give_back(ipv4(10, 0, 0, 2));
  EXPECT_EQ(pool.free(), 1u);
  EXPECT_EQ(pool.lease("cora").value(), ipv4(10, 0, 0, 2));
}

TEST(Pool, the_address_that_has_been_free_for_longest_is_next) {
  auto pool = Pool::parse("10.0.0.2-10.0.0.4").value();
  auto const first = pool.lease("anna").value();
  pool.give_back(first);
  EXPECT_EQ(pool.lease("bert").value(), ipv4(10, 0, 0, 3));
}

TEST(Pool, a_users_own_address_is_given_to_that_user_alone) {
  auto pool = Pool::parse("10.0.0.2-10.0.0.3").value();
  ASSERT_TRUE(pool.reserve("anna", ipv4(10, 0, 0, 2)));
  EXPECT_THAT(pool.reserve("bert", ipv4(10, 0, 0, 2)).error().message, testing::HasSubstr("anna"));
  EXPECT_EQ(pool.lease("bert").value(), ipv4(10, 0, 0, 3));
  EXPECT_FALSE(pool.lease("cora"));
  EXPECT_EQ(pool.lease("anna").value(), ipv4(10, 0, 0, 2));
  EXPECT_THAT(pool.lease("anna").error().message, testing::HasSubstr("in use by another call"));
  pool.give_back(ipv4(10, 0, 0, 2));
  EXPECT_EQ(pool.free(), 0u) << "it went to everybody's";
  EXPECT_EQ(pool.lease("anna").value(), ipv4(10, 0, 0, 2));
}

TEST(Pool, another_range_never_gives_what_is_leased_of_the_one_before) {
  auto pool = Pool::parse("10.0.0.2-10.0.0.3").value();
  ASSERT_EQ(pool.lease("anna").value(), ipv4(10, 0, 0, 2));
  ASSERT_EQ(pool.lease("bert").value(), ipv4(10, 0, 0, 3));
  pool.change(Pool::parse("10.0.0.3-10.0.0.4").value());
  EXPECT_EQ(pool.leased(), 2u);
  EXPECT_EQ(pool.lease("cora").value(), ipv4(10, 0, 0, 4));
  EXPECT_FALSE(pool.lease("dora"));
  pool.give_back(ipv4(10, 0, 0, 2));
  EXPECT_FALSE(pool.lease("dora")) << "it is of no range any more";
  pool.give_back(ipv4(10, 0, 0, 3));
  EXPECT_EQ(pool.lease("dora").value(), ipv4(10, 0, 0, 3));
}

TEST(Pool, a_withheld_address_is_never_given) {
  auto pool = Pool::parse("10.0.2.2-10.0.2.4").value();
  pool.withhold(ipv4(10, 0, 2, 2));
  pool.withhold(ipv4(10, 0, 2, 3));
  EXPECT_EQ(pool.lease("anna").value(), ipv4(10, 0, 2, 4));
  EXPECT_FALSE(pool.lease("bert"));
}

}  // namespace
}  // namespace offhook::net
