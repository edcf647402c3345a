// `vmodem run` with the programs that people have: each a line to paste (README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/run_fixture.h"

namespace offhook::e2e {
namespace {

using testing::HasSubstr;

TEST_F(Run, minicoms_hang_up_key_hangs_up) {
  TemporaryFolder home;
  Spawn spawn;
  spawn.environment = {{"HOME", home.path()}};
  Terminal minicom(under({"minicom", "-o", "-D", bank.own_name(0)}), spawn);
  ASSERT_TRUE(minicom.expect("Press"));
  ASSERT_TRUE(minicom.type("ATDT5550000\r"));
  ASSERT_TRUE(minicom.expect("CONNECT"));
  EXPECT_THAT(bank.vmodem({"status", "ttyVM0", "--json"}).out, HasSubstr("\"dcd\":true"));
  ASSERT_TRUE(minicom.type("\x01h"));
  ASSERT_TRUE(minicom.expect("Hang-up line?"));
  ASSERT_TRUE(minicom.type("\r"));
  auto const until = Clock::now() + patience;
  std::string status;
  do status = bank.vmodem({"status", "ttyVM0", "--json"}).out;
  while (minicom.listen(50ms), status.find("\"dcd\":true") != std::string::npos && Clock::now() < until);
  EXPECT_THAT(status, HasSubstr("\"dcd\":false")) << minicom.unseen();
}

TEST_F(Run, picocom_lowers_dtr_and_shows_the_lines) {
  Terminal picocom(under({"picocom", bank.own_name(0)}));
  ASSERT_TRUE(picocom.expect("Terminal ready"));
  ASSERT_TRUE(picocom.type("\x01\x14"));
  EXPECT_TRUE(picocom.expect("DTR: down"));
  ASSERT_TRUE(picocom.type("\x01\x16"));
  EXPECT_TRUE(picocom.expect("DTR:0 DSR:1")) << picocom.unseen();
}

}  // namespace
}  // namespace offhook::e2e
