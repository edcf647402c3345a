#include "emulator/line/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/base/text.h"
#include "emulator/line/test_support.h"

namespace offhook::line {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(line, two_carriers_train_and_bytes_pass_both_ways_at_once) {
  Pair pair;
  EXPECT_THAT(pair.act(End::near, originating()), IsEmpty());
  EXPECT_THAT(pair.act(End::far, answering()), ElementsAre("near: carrier up v34 33600/33600 lapm v42bis",
                                                           "far: carrier up v34 33600/33600 lapm v42bis"));
  EXPECT_TRUE(pair.line.transparent(End::near));
  EXPECT_EQ(pair.push(End::near, "hello"), 5u);
  EXPECT_FALSE(pair.line.transparent(End::near));
  EXPECT_EQ(pair.push(End::far, "good day"), 8u);
  EXPECT_EQ(pair.take(End::far), "hello");
  EXPECT_EQ(pair.take(End::near), "good day");
  EXPECT_EQ(pair.line.passed_bytes(End::near), 5u);
  EXPECT_EQ(pair.line.next_timeout(), std::nullopt);
}

}  // namespace
}  // namespace offhook::line
