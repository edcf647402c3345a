#include "tools/rasadmin/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace offhook::rasadmin {
namespace {

using testing::HasSubstr;
using testing::Not;

rpc::Message picture(uint64_t epoch, uint64_t seq, std::string const& state = "listening") {
  rpc::Message message;
  message.id = "1";
  message.body = "{\"epoch\":" + std::to_string(epoch) + ",\"seq\":" + std::to_string(seq) +
                 ",\"ports\":{\"ttyVM0\":{\"state\":\"" + state + "\"}}}";
  return message;
}
rpc::Message entry(uint64_t seq, std::string const& state) {
  rpc::Message message;
  message.method = "entry";
  message.body = "{\"seq\":" + std::to_string(seq) +
                 ",\"at\":\"\",\"port\":\"ttyVM0\",\"kind\":\"state\",\"state\":\"" + state + "\"}";
  return message;
}
rpc::Message dropped(int count) {
  rpc::Message message;
  message.method = "dropped";
  message.body = "{\"count\":" + std::to_string(count) + "}";
  return message;
}

struct RasadminWatch : testing::Test {
  std::string said(rpc::Message const& message) {
    auto const text = watch.on_message(message);
    return text ? *text : "error: " + text.error().message;
  }
  void begin(uint64_t epoch, uint64_t seq) {
    EXPECT_TRUE(watch.asks());
    EXPECT_THAT(said(picture(epoch, seq)), HasSubstr("PORT"));
    EXPECT_FALSE(watch.asks());
  }
  Watch watch{false, {}};
};

TEST_F(RasadminWatch, it_begins_with_the_picture_then_tells_each_entry_once) {
  begin(9, 4);
  EXPECT_EQ(said(entry(4, "of the picture")), "");
  EXPECT_EQ(said(entry(5, "ringing")), "  ttyVM0    ringing\n");
  EXPECT_EQ(said(entry(5, "ringing")), "");
  EXPECT_EQ(said(entry(6, "answering")), "  ttyVM0    answering\n");
  EXPECT_FALSE(watch.asks());
}

TEST_F(RasadminWatch, a_gap_in_the_numbers_asks_for_a_new_picture) {
  begin(9, 4);
  EXPECT_THAT(said(entry(6, "answering")), HasSubstr("the ports as they are now"));
  EXPECT_TRUE(watch.asks());
  EXPECT_FALSE(watch.asks());
  EXPECT_EQ(said(entry(7, "connected")), "");
  EXPECT_THAT(said(picture(9, 7, "connected")), HasSubstr("connected"));
  EXPECT_FALSE(watch.asks());
  EXPECT_THAT(said(entry(8, "recovering")), HasSubstr("recovering"));
}

TEST_F(RasadminWatch, word_of_dropped_entries_asks_even_where_no_entry_follows) {
  begin(9, 4);
  EXPECT_EQ(said(dropped(12)), "12 entries did not get here in time; the ports as they are now:\n");
  EXPECT_TRUE(watch.asks());
  EXPECT_EQ(said(entry(17, "ringing")), "");
  EXPECT_EQ(said(dropped(3)), "");
  EXPECT_FALSE(watch.asks());
  EXPECT_THAT(said(picture(9, 20)), HasSubstr("ttyVM0"));
  EXPECT_FALSE(watch.asks());
}

TEST_F(RasadminWatch, a_picture_older_than_what_was_heard_is_not_enough) {
  begin(9, 4);
  EXPECT_NE(said(entry(8, "ringing")), "");
  EXPECT_TRUE(watch.asks());
  EXPECT_THAT(said(picture(9, 6)), HasSubstr("PORT"));
  EXPECT_TRUE(watch.asks());
  EXPECT_THAT(said(picture(9, 8)), HasSubstr("PORT"));
  EXPECT_FALSE(watch.asks());
}

TEST_F(RasadminWatch, what_came_is_printed_as_it_came_in_json) {
  watch = Watch(true, {});
  EXPECT_TRUE(watch.asks());
  EXPECT_EQ(said(picture(9, 4)), picture(9, 4).body + "\n");
  EXPECT_EQ(said(entry(5, "ringing")), entry(5, "ringing").body + "\n");
  EXPECT_EQ(said(dropped(2)), "{\"dropped\":{\"count\":2}}\n");
  EXPECT_TRUE(watch.asks());
}

TEST_F(RasadminWatch, rubbish_is_an_error_and_news_of_a_newer_rasd_is_not) {
  rpc::Message message = entry(5, "x");
  message.body = "[";
  EXPECT_THAT(said(message), HasSubstr("not understood"));
  message.method = "weather";
  EXPECT_EQ(said(message), "");
}

}  // namespace
}  // namespace offhook::rasadmin
