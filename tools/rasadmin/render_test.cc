#include "tools/rasadmin/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

namespace offhook::rasadmin {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view three_ports = R"json({"ports":[
 {"port":"ttyVM0","path":"/run/vmodem/ttyVM0","use":"both","device":"v250","service":"login","state":"connected",
  "since":"2026-11-20T18:07:30.123Z","since_s":187.4,"line":"authenticated","hardware":"operational","call":17,
  "user":"anna","number":"5550199","dte_rate_bps":115200,"line_rate_bps":33600,"calls":3,"leases":1,
  "bytes":{"in":120,"out":3400000,"errors":0},"bytes_total":{"in":1000,"out":2000,"errors":2}},
 {"port":"ttyVM1","use":"dial-out","device":"v250","state":"leased","since_s":90061,"line":"disconnected",
  "hardware":"operational","client":"rasdial (pid 812, user bert)","dte_rate_bps":57600,"line_rate_bps":28800,
  "calls":0,"leases":9,"bytes":{"in":0,"out":0,"errors":0},"bytes_total":{"in":0,"out":0,"errors":0},
  "lease":{"state":"connected","entry":"office","number":"5550123"}},
 {"port":"ttyVM2","use":"dial-in","device":"v250","state":"failed","since_s":5,"line":"non-operational",
  "hardware":"not responding","failure":{"kind":"silent","error":692,"text":"the device does not answer"},
  "dte_rate_bps":0,"line_rate_bps":0,"calls":0,"leases":0,"last_end":"lost_carrier",
  "bytes":{"in":0,"out":0,"errors":0},"bytes_total":{"in":0,"out":0,"errors":0}}]})json";

constexpr std::string_view two_holders = R"json({"port":"ttyVM0","state":"connected","call":17,
 "number":"5550199","name":"Anna","unreadable":3,"holders":[
  {"pid":7,"by_leave":true,"text":"login (pid 7, user root) holds ttyVM0: open /dev/pts/3"},
  {"pid":9,"by_leave":false,"text":"minicom (pid 9, user eve) holds ttyVM0: flock"}]})json";

constexpr std::string_view two_calls = R"json({"connections":[
 {"port":"ttyVM1","direction":"out","state":"connected","since_s":61,"line_rate_bps":28800,"pid":812,
  "holder":"rasdial (pid 812, user bert)","entry":"office","number":"5550123","purpose":"rasdial office"},
 {"port":"ttyVM0","direction":"in","state":"connected","since_s":187,"line_rate_bps":33600,"call":17,
  "bytes_in":120,"bytes_out":3400000,"number":"5550199","user":"anna"}]})json";

std::string rendered(std::string_view method, std::string_view body, Look look = {}) {
  auto const text = render_answer(method, body, look);
  return text ? *text : "error: " + text.error().message;
}

/// The text begins on a line of its own.
std::string golden(std::string_view text) { return std::string(text.substr(1)); }

size_t widest(std::string const& text) {
  size_t most = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) most = std::max(most, line.size());
  return most;
}

TEST(RasadminRender, ports_are_a_table_with_trouble_in_sentences) {
  EXPECT_EQ(rendered("ports", three_ports), golden(R"shown(
PORT    LINE             HARDWARE        CALLER           DTE    DCE     SINCE  BYTES IN/OUT  STATE      CALLS  DEVICE
ttyVM0  authenticated    operational     anna 5550199  115200  33600      3:07    1120/3402k  connected      3  v250
    2 errors on the line
ttyVM1  disconnected     operational     -              57600  28800  1d 01:01           0/0  leased         0  v250
    leased to rasdial (pid 812, user bert): connected, entry office, number 5550123
ttyVM2  non-operational  not responding  -                  -      -      0:05           0/0  failed         0  v250
    the device does not answer (error 692)
)shown"));
}

TEST(RasadminRender, a_narrow_terminal_gets_the_rest_below_the_row) {
  EXPECT_EQ(rendered("ports", three_ports, {false, 80}), golden(R"shown(
PORT    LINE             CALLER           DTE    DCE     SINCE  BYTES IN/OUT
ttyVM0  authenticated    anna 5550199  115200  33600      3:07    1120/3402k
    2 errors on the line
ttyVM1  disconnected     -              57600  28800  1d 01:01           0/0
    leased to rasdial (pid 812, user bert): connected, entry office, number
    5550123
ttyVM2  non-operational  -                  -      -      0:05           0/0
    hardware: not responding
    the device does not answer (error 692)
)shown"));
}

TEST(RasadminRender, no_line_is_wider_than_the_terminal) {
  for (size_t const columns : {132, 100, 80, 60, 40})
    EXPECT_LE(widest(rendered("ports", three_ports, {false, columns})), columns);
}

TEST(RasadminRender, colour_is_only_where_asked_for) {
  EXPECT_THAT(rendered("ports", three_ports), Not(HasSubstr("\033")));
  EXPECT_THAT(rendered("ports", three_ports, {true, 200}), HasSubstr("\033[31mnot responding\033[0m"));
}

TEST(RasadminRender, one_port_is_a_fact_a_line) {
  EXPECT_EQ(rendered("port", three_ports), golden(R"shown(
port                 ttyVM0
path                 /run/vmodem/ttyVM0
used for             dial-in and dial-out
device               v250
service              login
state                connected
since                2026-11-20T18:07:30.123Z (3:07)
line condition       authenticated
hardware condition   operational
call                 17
user                 anna
caller's number      5550199
DCE speed            33600 bit/s
DTE speed            115200 bit/s
bytes of this call   120 bytes in, 3400000 out, 0 errors
bytes of calls ended 1000 bytes in, 2000 out, 2 errors
calls                3
leases               1
)shown"));
}

TEST(RasadminRender, an_order_is_answered_with_how_the_port_stands) {
  EXPECT_EQ(
      rendered("hangup", R"({"ports":[{"port":"ttyVM0","state":"hanging_up","hardware":"operational"}]})"),
      "ttyVM0: hanging up\n");
}

TEST(RasadminRender, who_tells_holders_apart_by_leave) {
  EXPECT_EQ(rendered("who", two_holders), golden(R"shown(
ttyVM0 is connected.
Call 17, from 5550199 Anna.
  login (pid 7, user root) holds ttyVM0: open /dev/pts/3, by our leave
  minicom (pid 9, user eve) holds ttyVM0: flock, without our leave
3 processes of other users could not be looked at: that takes root.
)shown"));
  EXPECT_EQ(rendered("who", R"({"port":"ttyVM0","state":"listening","holders":[]})"),
            "ttyVM0 is listening.\nNo other program holds it.\n");
}

TEST(RasadminRender, connections_go_in_and_out) {
  EXPECT_EQ(rendered("connections", two_calls), golden(R"shown(
PORT    WAY  STATE      NUMBER   USER    DCE  SINCE  BYTES IN/OUT  ENTRY   ADDRESS
ttyVM1  out  connected  5550123  -     28800   1:01             -  office  -
    held by rasdial (pid 812, user bert)
    purpose: rasdial office
ttyVM0  in   connected  5550199  anna  33600   3:07     120/3400k  -       -
)shown"));
  EXPECT_EQ(rendered("connections", R"({"connections":[]})"), "no calls\n");
}

TEST(RasadminRender, rubbish_is_an_error_and_never_a_crash) {
  for (std::string_view const body : {"", "[]", "7", R"({"ports":7})", R"({"holders":{}})", "{"})
    for (std::string_view const method : {"ports", "port", "who", "connections", "hangup"})
      EXPECT_THAT(rendered(method, body), HasSubstr("another version")) << method << " " << body;
  EXPECT_EQ(rendered("ports", R"({"ports":[7]})"), rendered("ports", R"({"ports":["x"]})"));
}

TEST(RasadminRender, control_characters_of_a_caller_never_reach_the_terminal) {
  std::string const text =
      rendered("port", R"({"ports":[{"port":"ttyVM0","name":"a\u001b[2Jb\u009bc\nd","state":"ringing"}]})");
  EXPECT_THAT(text, HasSubstr("a?[2Jb?c?d"));
}

std::string entry(std::string const& members) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  auto const text =
      render_entry("{\"seq\":1,\"at\":\"2026-11-20T18:07:30.123Z\",\"port\":\"ttyVM0\"," + members + "}", {});
  return text ? text->substr(0, text->size() - 1) : "error: " + text.error().message;
}

constexpr struct {
  char const *members, *said;
} entries[] = {
    {R"json("kind":"state","state":"hanging_up")json", "hanging up"},
    {R"json("kind":"opened","rate_bps":115200)json", "open, DTE speed 115200 bit/s"},
    {R"json("kind":"failure","failure":"silent","text":"no word")json", "failure: silent: no word"},
    {R"json("kind":"holder","text":"minicom (pid 8)")json", "held by minicom (pid 8)"},
    {R"json("kind":"holder")json", "no other program holds it any more"},
    {R"json("kind":"call_began","call":17)json", "call 17 comes in"},
    {R"json("kind":"caller","number":"5550199","name":"Anna")json", "the caller is 5550199 (Anna)"},
    {R"json("kind":"connected","rate_bps":33600)json", "carrier, DCE speed 33600 bit/s"},
    {R"json("kind":"connected")json", "carrier, DCE speed not told"},
    {R"json("kind":"user","text":"anna")json", "the user is anna"},
    {R"json("kind":"traffic","bytes":{"in":1,"out":2,"errors":0})json", "1 bytes in, 2 out"},
    {R"json("kind":"call_ended","why":"lost_carrier","bytes":{"in":1,"out":2,"errors":3})json",
     "the call is over (lost carrier), 1 bytes in, 2 out, 3 errors"},
    {R"json("kind":"lease_began","text":"rasdial (pid 8)")json", "leased to rasdial (pid 8)"},
    {R"json("kind":"lease_ended","why":"admin_reset")json", "the lease is over (admin reset)"},
    {R"json("kind":"removed")json", "removed: the configuration has it no more"},
    {R"json("kind":"of_a_newer_rasd")json", "of a newer rasd"},
};

TEST(RasadminRender, each_entry_is_a_line_of_words) {
  for (auto const& row : entries)
    EXPECT_EQ(entry(row.members), std::string("18:07:30.123  ttyVM0    ") + row.said);
}

}  // namespace
}  // namespace offhook::rasadmin
