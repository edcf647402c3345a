#include "emulator/rpc/codec.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "emulator/base/text.h"

namespace offhook::rpc {
namespace json = boost::json;
namespace {

constexpr size_t most_parameters = 64;
constexpr size_t deepest = 16;

std::optional<json::value> read(std::string_view line) {
  json::parse_options options;
  options.max_depth = deepest;
  boost::system::error_code ec;
  json::value value = json::parse(json::string_view(line.data(), line.size()), ec, {}, options);
  if (ec) return std::nullopt;
  return value;
}

std::string view(json::string const& s) { return std::string(s.data(), s.size()); }

std::string string_of(json::value const* value) {
  return value && value->is_string() ? view(value->get_string()) : std::string();
}

/// False for what JSON's grammar can write and a double cannot hold (1e999): it could not be echoed as it
/// came.
bool held(json::value const& value) { return !value.is_double() || std::isfinite(value.get_double()); }

/// A scalar as plain text; nothing for null, arrays, objects and numbers that are not held.
std::optional<std::string> plain(json::value const& value) {
  switch (value.kind()) {
    case json::kind::string:
      return view(value.get_string());
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case json::kind::int64:
      return std::to_string(value.get_int64());
    case json::kind::uint64:
      return std::to_string(value.get_uint64());
    case json::kind::double_:
      if (!held(value)) return std::nullopt;
      return fmt::format("{}", value.get_double());
    default:
      return std::nullopt;
  }
}

/// Why the parameters cannot be used; nothing where they can.
std::optional<std::string> read_parameters(json::value const& params, std::vector<Parameter>& out) {
  if (!params.is_object()) return "params must be an object: parameters are given by name";
  if (params.get_object().size() > most_parameters) return "at most 64 parameters are read";
  for (auto const& [key, value] : params.get_object()) {
    std::string name(key.data(), key.size());
    if (value.is_null()) continue;
    auto text = plain(value);
    if (!text)
      return "parameter '" + escaped(name.substr(0, 60)) +
             "' must be a string, a number up to 1e308, true or false";
    out.emplace_back(std::move(name), *std::move(text));
  }
  return std::nullopt;
}

std::string object_line(std::string_view member, std::string_view id, std::string_view text) {
  std::string line = fmt::format("{{\"jsonrpc\":\"2.0\",\"id\":{},\"{}\":", id, member);
  line.reserve(line.size() + text.size() + 2);
  return line.append(text).append("}\n");
}

std::string quoted(std::string_view text) {
  return json::serialize(json::value(json::string_view(text.data(), text.size())));
}

}  // namespace

boost::system::result<Request, Fault> parse_request(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > longest_line)
    return Fault{"null", Code::parse_error, fmt::format("a line holds at most {} bytes", longest_line)};
  auto const value = read(line);
  if (!value) return Fault{"null", Code::parse_error, "that line is not JSON (one object a line is wanted)"};
  if (value->is_array())
    return Fault{"null", Code::invalid_request, "batches are not supported: send one request a line"};
  if (!value->is_object()) return Fault{"null", Code::invalid_request, "a request is a JSON object"};

  json::object const& object = value->get_object();
  Request request;
  json::value const* const id = object.if_contains("id");
  if (id && !id->is_string() && !id->is_number() && !id->is_null())
    return Fault{"null", Code::invalid_request, "id must be a string, a number or null"};
  if (id && !held(*id)) return Fault{"null", Code::invalid_request, "id must be a number up to 1e308"};
  if (id) request.id = json::serialize(*id);

  auto const fault = [&](Code code, std::string message) {
    return Fault{request.id.empty() ? "null" : request.id, code, std::move(message)};
  };
  if (string_of(object.if_contains("jsonrpc")) != "2.0")
    return fault(Code::invalid_request, "\"jsonrpc\":\"2.0\" is wanted");
  request.method = string_of(object.if_contains("method"));
  if (request.method.empty())
    return fault(Code::invalid_request, "method must be a string that is not empty");
  if (json::value const* const params = object.if_contains("params"))
    if (auto const why = read_parameters(*params, request.parameters))
      return fault(Code::invalid_params, *why);
  return request;
}

Result<Message> parse_message(std::string_view line) {
  auto const value = read(line);
  if (!value || !value->is_object()) return error("the bank sent a line that is not a JSON object");
  json::object const& object = value->get_object();
  Message message;
  if (json::value const* const id = object.if_contains("id")) message.id = json::serialize(*id);
  message.method = string_of(object.if_contains("method"));
  if (json::value const* const params = object.if_contains("params")) message.body = json::serialize(*params);
  if (json::value const* const result = object.if_contains("result")) message.body = json::serialize(*result);
  json::value const* const fault = object.if_contains("error");
  if (fault && fault->is_object()) {
    message.refused = true;
    message.complaint = string_of(fault->get_object().if_contains("message"));
    json::value const* const code = fault->get_object().if_contains("code");
    if (code && code->is_int64()) message.code = static_cast<int>(code->get_int64());
  }
  if (message.id.empty() && message.method.empty())
    return error("the bank sent neither an answer nor an event");
  return message;
}

std::string request_line(Request const& request) {
  json::object object{{"jsonrpc", "2.0"}, {"method", request.method}};
  if (!request.id.empty()) object["id"] = read(request.id).value_or(nullptr);
  if (!request.parameters.empty()) {
    json::object params;
    for (auto const& [name, text] : request.parameters) params[name] = text;
    object["params"] = std::move(params);
  }
  return json::serialize(object) + "\n";
}

std::string result_line(std::string_view id, std::string_view result) {
  return object_line("result", id, result);
}

std::string fault_line(Fault const& fault) {
  return object_line(
      "error", fault.id,
      fmt::format("{{\"code\":{},\"message\":{}}}", static_cast<int>(fault.code), quoted(fault.message)));
}

std::string notification_line(std::string_view method, std::string_view params) {
  return fmt::format("{{\"jsonrpc\":\"2.0\",\"method\":{},\"params\":{}}}\n", quoted(method), params);
}

}  // namespace offhook::rpc
