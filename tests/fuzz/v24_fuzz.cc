// The side channel's packets: whatever comes is decoded or refused with a word, and what was understood says
// the same when it is sent again.
#include <cstdint>

#include "emulator/base/check.h"
#include "emulator/v24/side_channel.h"

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  using namespace offhook;
  auto const message = v24::decode(std::as_bytes(std::span(data, size)));
  if (!message) {
    OFFHOOK_CHECK(!message.error().message.empty());
    return 0;
  }
  OFFHOOK_CHECK(message->port.size() <= v24::port_name_limit);
  auto const again = v24::decode(v24::encode(*message));
  OFFHOOK_CHECK(again && *again == *message);
  return 0;
}
