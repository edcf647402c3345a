#include "dialer/app/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace offhook::dialer {
namespace {

std::string table(std::string_view body) {
  auto const text = connections_table(body, false);
  return text ? *text : "error: " + text.error().message;
}

TEST(ConnectionsTable, is_one_line_a_call_with_the_columns_that_anybody_needs) {
  EXPECT_EQ(table(R"({"connections":[
      {"direction":"out","entry":"the office","number":"5550101","port":"ttyVM0","state":"connected","since_s":3725,
       "line_rate_bps":33600,"pid":812},
      {"direction":"out","entry":"home","number":"5","port":"ttyVM11","state":"dialling","since_s":2,
       "line_rate_bps":0,"pid":9}]})"),
            "ENTRY       NUMBER   PORT     STATE        SINCE    BPS  PID\n"
            "the office  5550101  ttyVM0   connected  1:02:05  33600  812\n"
            "home        5        ttyVM11  dialling   0:00:02           9\n");
}

TEST(ConnectionsTable, leaves_calls_that_came_in_to_rasadmin) {
  EXPECT_EQ(table(R"({"connections":[{"direction":"in","port":"ttyVM0"}]})"), "No connections\n");
  EXPECT_EQ(table(R"({"connections":[]})"), "No connections\n");
}

TEST(ConnectionsTable, shows_bytes_and_users_where_they_are_told_and_escapes_them) {
  std::string const text = table(
      R"([{"entry":"\u001b[31mred","port":"p","state":"connected","since_s":1e99,"bytes_in":7,"bytes_out":8,"user":"anna",
        "address":"10.0.2.15"}])");
  EXPECT_THAT(text, testing::HasSubstr("BYTES IN  BYTES OUT"));
  EXPECT_THAT(text, testing::HasSubstr("USER  ADDRESS    BYTES IN"));
  EXPECT_THAT(text, testing::HasSubstr("anna  10.0.2.15         7          8"));
  EXPECT_THAT(text, testing::HasSubstr(R"(\x1b[31mred)"));
}

TEST(ConnectionsTable, says_that_an_answer_is_none) {
  for (std::string_view const body : {"", "7", "{\"connections\":{}}", "{"})
    EXPECT_THAT(table(body), testing::HasSubstr("no list of connections"));
}

TEST(Disconnect, says_that_no_manager_serves) {
  Options options;
  options.dir = "/nonexistent";
  auto const done = disconnect(options);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().ras_error, 711u);
  EXPECT_THAT(done.error().text, testing::HasSubstr("no rasd serves /nonexistent"));
}

}  // namespace
}  // namespace offhook::dialer
