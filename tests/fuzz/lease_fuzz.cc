// What comes over lease.sock, at either end: whatever it is, it is understood or refused, and what is
// understood says the same when it is written again.
#include <cstdint>
#include <string_view>

#include "emulator/base/check.h"
#include "rasd/lease/messages.h"

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  using namespace offhook;
  std::string_view const packet(reinterpret_cast<char const*>(data), size);
  if (auto const message = lease::decode_from_client(packet)) {
    auto const again = lease::decode_from_client(lease::encode(*message));
    OFFHOOK_CHECK(again && *again == *message);
  } else {
    OFFHOOK_CHECK(!message.error().message.empty());
  }
  if (auto const message = lease::decode_to_client(packet)) {
    auto const again = lease::decode_to_client(lease::encode(*message));
    OFFHOOK_CHECK(again && *again == *message);
  }
  return 0;
}
