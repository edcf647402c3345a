// The control socket's lines, both directions: whatever comes is understood or refused, and every answer that
// we make of it is one line that we can read ourselves.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/rpc/codec.h"

namespace {

void check_line(std::string const& line) {
  OFFHOOK_CHECK(std::ranges::count(line, '\n') == 1 && line.back() == '\n');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  using namespace offhook;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  if (auto const request = rpc::parse_request(text); request) {
    auto const line = rpc::request_line(*request);
    check_line(line);
    auto const again = rpc::parse_request(line);
    OFFHOOK_CHECK(again && again->method == request->method && again->parameters == request->parameters);
    if (!request->id.empty()) {
      auto const result = rpc::result_line(request->id, "{}");
      check_line(result);
      OFFHOOK_CHECK(rpc::parse_message(result).has_value());
    }
  } else {
    auto const line = rpc::fault_line(request.error());
    check_line(line);
    OFFHOOK_CHECK(rpc::parse_message(line).has_value());
  }
  (void)rpc::parse_message(text);
  return 0;
}
