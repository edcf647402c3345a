// What rasd sends to who captures a port, line by line: it is written as whole pcapng blocks, or it is not
// understood and nothing is written.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/rpc/codec.h"
#include "tools/rasadmin/capture.h"

namespace {

uint32_t number_at(std::string_view bytes, size_t at) {
  uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);  // low byte first, as the file's head says
  return number;
}

/// draft-ietf-opsawg-pcapng 3.1: a block's length stands at both its ends and is a multiple of four.
size_t blocks_in(std::string_view bytes) {
  size_t blocks = 0;
  for (; !bytes.empty(); ++blocks) {
    OFFHOOK_CHECK(bytes.size() >= 12);
    uint32_t const length = number_at(bytes, 4);
    OFFHOOK_CHECK(length >= 12 && length % 4 == 0 && length <= bytes.size());
    OFFHOOK_CHECK(number_at(bytes, length - 4) == length);
    bytes.remove_prefix(length);
  }
  return blocks;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  using namespace offhook;
  rasadmin::Capture capture("ttyVM0");
  std::string_view left(reinterpret_cast<char const*>(data), size);
  size_t blocks = 0;
  while (!left.empty()) {
    auto const line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    auto const message = rpc::parse_message(line);
    if (!message) continue;
    auto const step = capture.on_message(*message);
    if (!step) continue;
    OFFHOOK_CHECK(step->words.find('\n') == std::string::npos);
    blocks += blocks_in(step->bytes);
  }
  OFFHOOK_CHECK(blocks == 0 || blocks == capture.frames() + 2);
  return 0;
}
