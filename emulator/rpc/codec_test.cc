#include "emulator/rpc/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace offhook::rpc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(Request, is_read_with_its_id_and_scalars_as_text) {
  auto const request = parse_request(
      R"({"jsonrpc":"2.0","id":"a\"b","method":"ring","params":{"port":"ttyVM0","rings":3,"wait":true,"x":null,"big":18446744073709551615,"f":-1.5}})"
      "\n");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->id, R"("a\"b")");
  EXPECT_EQ(request->method, "ring");
  EXPECT_THAT(request->parameters,
              ElementsAre(Pair("port", "ttyVM0"), Pair("rings", "3"), Pair("wait", "true"),
                          Pair("big", "18446744073709551615"), Pair("f", "-1.5")));
}

TEST(Request, without_an_id_is_a_notification) {
  EXPECT_THAT(parse_request(R"({"jsonrpc":"2.0","method":"status"})")->id, IsEmpty());
  EXPECT_EQ(parse_request(R"({"jsonrpc":"2.0","id":null,"method":"status"})")->id, "null");
}

struct Bad {
  std::string line, id;
  Code code;
  std::string complaint;
};

TEST(Request, is_refused_with_the_code_of_its_mistake) {
  std::string const deep = std::string(1000, '[') + std::string(1000, ']');
  std::vector<Bad> const rows{
      {"", "null", Code::parse_error, "not JSON"},
      {"hello", "null", Code::parse_error, "not JSON"},
      {R"({"jsonrpc":"2.0","id":1)", "null", Code::parse_error, "not JSON"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x"} {})", "null", Code::parse_error, "not JSON"},
      {"\xff\xfe", "null", Code::parse_error, "not JSON"},
      {std::string("\0\0", 2), "null", Code::parse_error, "not JSON"},
      {deep, "null", Code::parse_error, "not JSON"},
      {std::string(longest_line + 1, ' '), "null", Code::parse_error, "at most 65536 bytes"},
      {"[]", "null", Code::invalid_request, "batches are not supported"},
      {R"([{"jsonrpc":"2.0","id":1,"method":"status"}])", "null", Code::invalid_request,
       "batches are not supported"},
      {"7", "null", Code::invalid_request, "a request is a JSON object"},
      {R"({"jsonrpc":"2.0","id":{},"method":"x"})", "null", Code::invalid_request, "id must be"},
      {R"({"jsonrpc":"2.0","id":12e22222222,"method":"x"})", "null", Code::invalid_request, "up to 1e308"},
      {R"({"id":7,"method":"x"})", "7", Code::invalid_request, "\"jsonrpc\":\"2.0\" is wanted"},
      {R"({"jsonrpc":2.0,"id":7,"method":"x"})", "7", Code::invalid_request, "\"jsonrpc\":\"2.0\" is wanted"},
      {R"({"jsonrpc":"2.0","id":"k"})", "\"k\"", Code::invalid_request, "method must be"},
      {R"({"jsonrpc":"2.0","id":1,"method":5})", "1", Code::invalid_request, "method must be"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":["ttyVM0"]})", "1", Code::invalid_params, "by name"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"p":[1]}})", "1", Code::invalid_params,
       "parameter 'p'"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"p":-1e999}})", "1", Code::invalid_params,
       "parameter 'p'"},
  };
  for (auto const& row : rows) {
    auto const request = parse_request(row.line);
    ASSERT_FALSE(request) << row.line.substr(0, 80);
    EXPECT_EQ(request.error().code, row.code) << row.line.substr(0, 80);
    EXPECT_EQ(request.error().id, row.id) << row.line.substr(0, 80);
    EXPECT_THAT(request.error().message, HasSubstr(row.complaint));
  }
}

TEST(Request, with_too_many_parameters_is_refused) {
  std::string params;
  for (int i = 0; i < 65; ++i) params += (i ? ",\"p" : "\"p") + std::to_string(i) + "\":1";
  auto const request = parse_request(R"({"jsonrpc":"2.0","id":1,"method":"x","params":{)" + params + "}}");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, Code::invalid_params);
}

TEST(Request, survives_being_cut_anywhere) {
  std::string const line = request_line({"1", "ring", {{"port", "ttyVM0"}, {"name", "\"\\\n\xc3\xa9"}}});
  for (size_t n = 0; n + 1 < line.size(); ++n) EXPECT_FALSE(parse_request(line.substr(0, n))) << n;
}

TEST(Request, written_and_read_is_the_same) {
  Request const request{"17", "ring", {{"port", "ttyVM0"}, {"name", "A \"quoted\" \\ name"}}};
  EXPECT_EQ(*parse_request(request_line(request)), request);
}

TEST(Lines, have_the_shapes_of_json_rpc) {
  EXPECT_EQ(result_line("7", R"({"a":1})"), "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":1}}\n");
  EXPECT_EQ(fault_line({"\"x\"", Code::failed, "no \"such\" port"}),
            "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":-32000,\"message\":\"no \\\"such\\\" "
            "port\"}}\n");
  EXPECT_EQ(notification_line("dropped", R"({"count":3})"),
            "{\"jsonrpc\":\"2.0\",\"method\":\"dropped\",\"params\":{\"count\":3}}\n");
}

TEST(Message, tells_results_faults_and_notifications_apart) {
  auto const result = parse_message(result_line("1", R"({"a":1})"));
  EXPECT_EQ(result->id, "1");
  EXPECT_EQ(result->body, R"({"a":1})");
  EXPECT_FALSE(result->refused);
  auto const fault = parse_message(fault_line({"1", Code::invalid_params, "why"}));
  EXPECT_TRUE(fault->refused);
  EXPECT_EQ(fault->code, -32602);
  EXPECT_EQ(fault->complaint, "why");
  auto const event = parse_message(notification_line("event", R"({"seq":1})"));
  EXPECT_EQ(event->method, "event");
  EXPECT_THAT(event->id, IsEmpty());
  EXPECT_FALSE(parse_message("{}"));
  EXPECT_FALSE(parse_message("[1]"));
}

}  // namespace
}  // namespace offhook::rpc
