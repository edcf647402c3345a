// The configuration: a bank within its limits, or an error that names the file.
#include <cstdint>
#include <string_view>

#include "emulator/app/config.h"
#include "emulator/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  using namespace offhook;
  auto const config = app::parse_config({reinterpret_cast<char const*>(data), size}, "fuzz.toml");
  if (!config) {
    OFFHOOK_CHECK(config.error().message.starts_with("fuzz.toml"));
    return 0;
  }
  for (auto const& modem : config->bank.modems)
    OFFHOOK_CHECK(!modem.port.empty() && modem.port.size() <= 32 && modem.port.find('/') == modem.port.npos);
  return 0;
}
