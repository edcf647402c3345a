#include "rasd/app/port_driver.h"

#include <gmock/gmock.h>

#include "rasd/app/rasd_fixture.h"

namespace offhook::rasd {
namespace {

using port::State;
using testing::HasSubstr;

TEST_F(RasdTest, a_call_gets_its_service_and_the_port_listens_again) {
  run(service("s", "echo welcome; read line; echo got $line; exit 0") + port(1, "service = 's'"));
  ASSERT_TRUE(listens(1));
  Program caller = dials(1);
  EXPECT_TRUE(reads(caller, "welcome"));
  caller.type("words\n");
  EXPECT_TRUE(reads(caller, "got words"));
  EXPECT_TRUE(reads(caller, "NO CARRIER"));
  EXPECT_TRUE(listens(1));
  EXPECT_FALSE(was(1, State::failed));
}

TEST_F(RasdTest, a_port_that_nobody_has_open_is_revoked_by_its_bank_all_the_same) {
  run(port(1, "use = 'dial-out'"));
  ASSERT_TRUE(listens(1));
  driver(1).ownership(0, "minicom (pid 812)");
  ASSERT_EQ(state(1), State::foreign);
  uint64_t const generation = status(1).generation;
  EXPECT_TRUE(listens(1));
  EXPECT_FALSE(was(1, State::failed));
  EXPECT_GT(status(1).generation, generation);
}

}  // namespace
}  // namespace offhook::rasd
