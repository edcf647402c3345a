#include "emulator/app/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

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
  status.call = driver::CallStatus{.id = 7,
                                   .state = "connected",
                                   .peer = "5550101",
                                   .originated = true,
                                   .seed = 12345,
                                   .line = {.rate_bps = 33600, .seed = 12345},
                                   .seconds = 62.5,
                                   .rate_bps = 33600,
                                   .modulation = "v34",
                                   .error_control = "lapm",
                                   .compression = "v42bis"};
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

TEST(Render, a_line_and_its_call_show_what_is_not_default) {
  auto status = calling();
  status.line = {.bit_error_rate = 1e-5};
  status.call->line = {.rate_bps = 2400, .delay = 50ms, .bit_error_rate = 2e-5, .seed = 12345};
  auto const shown = *render_status(status_of({status}), false);
  EXPECT_THAT(shown, HasSubstr("to 5550101, v34 33600, 1:02, seed 12345  2400 delay=50ms errors=2e-05  12/"));
  status.call.reset();
  EXPECT_THAT(*render_status(status_of({status}), false), HasSubstr("  unlimited errors=1e-05  "));
  status.line = {.rate_bps = 300, .seed = 3};
  EXPECT_THAT(*render_status(status_of({status}), false), HasSubstr("  300 seed=3  "));
  status.line = {.seed = 3};
  EXPECT_THAT(*render_status(status_of({status}), false), HasSubstr("  unlimited seed=3  "));
}

TEST(Render, a_call_that_rings_is_shown_with_its_caller) {
  auto status = calling();
  status.call = driver::CallStatus{
      .id = 8, .state = "ringing", .peer = "", .modulation = "", .error_control = "", .compression = ""};
  EXPECT_THAT(*render_status(status_of({status}), false), HasSubstr("  from withheld, ringing  "));
  status.call->originated = true;
  status.call->state = "ringback";
  status.call->peer = "5550002";
  EXPECT_THAT(*render_status(status_of({status}), false), HasSubstr("  to 5550002, ringback  "));
}

TEST(Render, a_narrow_terminal_gets_the_rest_below_each_row) {
  driver::PortStatus idle;
  idle.port = "ttyVM10";
  idle.number = "5550110";
  idle.state = "command";
  auto const all = status_of({calling(), idle});
  EXPECT_EQ(*render_status(all, false, 132), *render_status(all, false)) << "it fits";
  EXPECT_EQ(*render_status(all, false, 80),
            "PORT     NUMBER   OPEN  STATE        CIRCUITS\n"
            "ttyVM0   5550100  yes   online_data  RTS CTS DSR DTR DCD --\n"
            "    call to 5550101, v34 33600, 1:02; line 33600; bytes 12/3400k\n"
            "    faults: carrier lost\n"
            "ttyVM10  5550110  no    command      --- --- --- --- --- --\n");
}

TEST(Render, nothing_is_wider_than_the_terminal_but_one_long_word) {
  auto status = calling();
  status.port = std::string(31, 'p');
  status.number = std::string(20, '5');
  status.line = {.delay = 50ms, .bit_error_rate = 1e-5, .byte_loss_rate = 0.25};
  status.faults = {"echo wrong: 0.1, seed 7", "forced busy"};
  for (size_t const columns : {80u, 60u}) {
    std::istringstream lines(*render_status(status_of({status}), false, columns));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), columns) << line;
  }
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
