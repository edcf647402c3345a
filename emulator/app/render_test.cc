#include "emulator/app/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/app/report.h"

namespace offhook::app {
namespace {

using testing::HasSubstr;
using testing::Not;

driver::PortStatus calling() {
  driver::PortStatus status;
  status.port = "ttyVM0";
  status.number = "5550100";
  status.state = "online_data";
  status.open = true;
  status.circuits = v24::Circuits(0x1f);
  status.call = driver::CallStatus{7, "5550101", true, 62.5, 33600, "v34", "lapm", "v42bis"};
  status.line.rate_bps = 33600;
  status.faults = {"carrier lost"};
  status.bytes = {12, 3'400'000, 0, 0, 0};
  return status;
}

std::string status_of(std::vector<driver::PortStatus> const& modems) {
  std::string all;
  for (auto const& modem : modems) all += (all.empty() ? "" : ",") + modem_json(modem);
  return "{\"modems\":[" + all + "]}";
}

TEST(Render, status_is_a_table_with_aligned_columns) {
  driver::PortStatus idle;
  idle.port = "ttyVM10";
  idle.number = "5550110";
  idle.state = "command";
  EXPECT_EQ(
      *render_status(status_of({calling(), idle}), false),
      "PORT     NUMBER   OPEN  STATE        CIRCUITS                CALL                         LINE       "
      "BYTES OUT/IN  FAULTS\n"
      "ttyVM0   5550100  yes   online_data  RTS CTS DSR DTR DCD --  to 5550101, v34 33600, 1:02  33600      "
      "12/3400k      carrier lost\n"
      "ttyVM10  5550110  no    command      --- --- --- --- --- --  -                            unlimited  "
      "0/0           -\n");
}

TEST(Render, colour_is_there_only_when_asked_for) {
  EXPECT_THAT(*render_status(status_of({calling()}), true), HasSubstr("\033[32monline_data\033[0m"));
  EXPECT_THAT(*render_status(status_of({calling()}), false), Not(HasSubstr("\033")));
}

TEST(Render, events_traces_and_losses_are_one_line_each) {
  auto const event =
      event_json({.seq = 1, .at = 1.25, .port = "ttyVM0", .kind = "ring", .text = "on", .call = {}});
  EXPECT_EQ(*render_notification("event", event, false), "     1.250  ttyVM0    ring       on");
  EXPECT_EQ(*render_notification("trace", trace_json({0.5, "ttyVM0", false, "AT\r"}), false),
            "     0.500  ttyVM0    -->  \"AT\\r\"");
  EXPECT_EQ(*render_notification("trace", trace_json({0.5, "ttyVM0", true, "OK"}), false),
            "     0.500  ttyVM0    <--  \"OK\"");
  EXPECT_EQ(*render_notification("dropped", R"({"count":3})", false),
            "(3 lines were dropped: this reader is too slow)");
}

TEST(Render, nothing_that_moves_a_terminal_gets_through) {
  auto const event = event_json({.port = "ttyVM0", .kind = "note", .text = "\033[2J\a\n", .call = {}});
  EXPECT_THAT(*render_notification("event", event, false), HasSubstr("?[2J??"));
}

TEST(Render, a_verb_says_what_became_of_its_port) {
  EXPECT_EQ(*render_done("line", "{\"modem\":" + modem_json(calling()) + "}", false),
            "ttyVM0: online_data; line 33600; faults: carrier lost");
  EXPECT_EQ(*render_done("ring", R"({"call":3,"outcome":"answered"})", false), "call 3: answered");
}

TEST(Render, an_answer_of_another_shape_is_an_error_not_a_crash) {
  for (auto const* text : {"", "[]", "7", "{\"modems\":7}", "{}"})
    EXPECT_FALSE(render_status(text, false)) << text;
  EXPECT_TRUE(render_status(R"({"modems":[7,{"port":8,"call":[],"faults":{},"bytes":null}]})", false));
  EXPECT_TRUE(render_notification("event", R"({"at":"x","port":1})", false));
}

}  // namespace
}  // namespace offhook::app
