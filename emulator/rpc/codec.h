// JSON-RPC 2.0 as lines of text: one object a line, no batches, parameters by name and each of them a scalar.
//
// Pure. It does not know sockets, nor what the methods mean.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/result.h"

namespace offhook::rpc {

/// The longest request that is read, without its newline.
inline constexpr size_t longest_line = 64 * 1024;

/// JSON-RPC 2.0 section 5.1; `failed` is the first of those left to us: what was asked for could not be done.
enum class Code : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  failed = -32000,
};

/// A request that cannot be answered with a result.
struct Fault {
  std::string id = "null";  // JSON text: what the answer echoes
  Code code = Code::failed;
  std::string message;
  bool operator==(Fault const&) const = default;
};

/// A parameter's name and its value as plain text: numbers in decimal, true and false as those words. A null
/// parameter counts as left out.
using Parameter = std::pair<std::string, std::string>;

struct Request {
  std::string id;  // JSON text, to be echoed; empty: a notification, which is not answered
  std::string method;
  std::vector<Parameter> parameters;
  bool operator==(Request const&) const = default;
};

/// One line, with or without its newline. Never throws, whatever the bytes.
boost::system::result<Request, Fault> parse_request(std::string_view line);

/// What a client is sent: the answer to a request, or a notification.
struct Message {
  std::string id;      // JSON text; empty: a notification
  std::string method;  // of a notification
  std::string body;    // JSON text: the result, or the notification's parameters
  bool refused = false;
  int code = 0;           // with `refused`
  std::string complaint;  // with `refused`
};
Result<Message> parse_message(std::string_view line);

/// Lines, with their newline. `result` and `params` are JSON texts.
std::string request_line(Request const& request);
std::string result_line(std::string_view id, std::string_view result);
std::string fault_line(Fault const& fault);
std::string notification_line(std::string_view method, std::string_view params);

}  // namespace offhook::rpc
