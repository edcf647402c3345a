#include "tools/rasadmin/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rasd/ppp/capture.h"

namespace offhook::rasadmin {
namespace {

using testing::HasSubstr;

rpc::Message told(std::string method, std::string body) {
  rpc::Message message;
  message.method = std::move(method);
  message.body = std::move(body);
  return message;
}

TEST(RasadminCapture, it_begins_with_the_head_and_makes_a_block_of_each_frame) {
  Capture capture("ttyVM1");
  auto const head = capture.on_message(told("", R"({"port":"ttyVM1","ppp":false})"));
  ASSERT_TRUE(head);
  EXPECT_EQ(*head, ppp::capture_head("ttyVM1"));
  EXPECT_TRUE(capture.begun() && capture.waits());
  auto const block =
      capture.on_message(told("frame", R"({"at_ns":1700000000000000123,"sent":true,"frame":"C0210101"})"));
  ASSERT_TRUE(block);
  ppp::Passed const passed{ppp::Direction::sent, ppp::bytes_of({0xc0, 0x21, 1, 1})};
  EXPECT_EQ(*block, ppp::capture_block(Duration(1'700'000'000'000'000'123), passed));
  EXPECT_EQ(capture.frames(), 1u);
}

TEST(RasadminCapture, frames_that_were_dropped_end_it_with_a_word) {
  Capture capture("ttyVM1");
  ASSERT_TRUE(capture.on_message(told("", R"({"port":"ttyVM1","ppp":true})")));
  EXPECT_FALSE(capture.waits());
  auto const lost = capture.on_message(told("dropped", R"({"count":7})"));
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message, HasSubstr("7 frames did not get here in time"));
}

TEST(RasadminCapture, rubbish_is_an_error_and_never_a_frame) {
  for (char const* body : {"[", "{}", R"({"frame":"C02"})", R"({"frame":"xyxy"})", R"({"frame":"C0"})"}) {
    Capture capture("ttyVM1");
    ASSERT_TRUE(capture.on_message(told("", "{}")));
    EXPECT_FALSE(capture.on_message(told("frame", body))) << body;
    EXPECT_EQ(capture.frames(), 0u) << body;
  }
  EXPECT_FALSE(Capture("x").on_message(told("frame", R"({"at_ns":1,"sent":true,"frame":"C0210101"})")));
}

}  // namespace
}  // namespace offhook::rasadmin
