#include "tools/rasadmin/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rasd/ppp/capture.h"

namespace offhook::rasadmin {
namespace {

using testing::HasSubstr;

rpc::Message message(std::string method, std::string body) {
  rpc::Message made;
  made.method = std::move(method);
  made.body = std::move(body);
  return made;
}
std::string text(ppp::Buffer const& bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}
constexpr char const* frame = R"({"s":1795934000,"ns":123456789,"direction":"sent","bytes":"ff03c021"})";

TEST(RasadminCapture, it_waits_for_a_call_and_then_gives_each_frame_as_a_block) {
  Capture capture("ttyVM0");
  auto const waiting = capture.on_message(message("", R"({"link":false})"));
  ASSERT_TRUE(waiting);
  EXPECT_EQ(*waiting, (Capture::Step{text(ppp::capture_head("ttyVM0")), "waiting for a call on ttyVM0"}));
  auto const begun = capture.on_message(message("link", R"({"link":true})"));
  ASSERT_TRUE(begun);
  EXPECT_EQ(*begun, (Capture::Step{"", "capturing the call on ttyVM0"}));
  auto const passed = capture.on_message(message("frame", frame));
  ASSERT_TRUE(passed);
  using namespace std::chrono_literals;
  ppp::Passed const wanted{ppp::Direction::sent,
                           {std::byte{0xff}, std::byte{3}, std::byte{0xc0}, std::byte{0x21}}};
  EXPECT_EQ(passed->bytes, text(ppp::capture_block(1795934000s + 123456789ns, wanted)));
  EXPECT_EQ(capture.frames(), 1u);
}

TEST(RasadminCapture, lost_frames_end_it_with_a_word_and_are_not_counted) {
  Capture capture("ttyVM0");
  ASSERT_TRUE(capture.on_message(message("", R"({"link":true})")));
  ASSERT_TRUE(capture.on_message(message("frame", frame)));
  auto const lost = capture.on_message(message("dropped", R"({"count":7})"));
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message, HasSubstr("ends after 1 frames"));
}

TEST(RasadminCapture, what_is_no_frame_is_not_understood) {
  for (char const* body : {"", "[]", R"({"bytes":"f"})", R"({"bytes":"fg"})",
                           R"({"s":9000000001,"bytes":"ff"})", R"({"ns":1e9,"bytes":"ff"})"}) {
    Capture capture("ttyVM0");
    ASSERT_TRUE(capture.on_message(message("", R"({"link":true})")));
    EXPECT_FALSE(capture.on_message(message("frame", body))) << body;
  }
  EXPECT_FALSE(Capture("ttyVM0").on_message(message("frame", frame))) << "before the answer";
}

}  // namespace
}  // namespace offhook::rasadmin
