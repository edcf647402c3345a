// IPCP against a mad peer: an address is never agreed on that was not to be.
#include "rasd/ppp/ipcp.h"
#include "tests/fuzz/ppp_machine.h"

namespace {

using namespace offhook;
using namespace offhook::ppp;

IpcpConfig config_of(uint8_t choice) {
  IpcpConfig config;
  if (choice & 1) config.own = ipv4(10, 0, 0, 1);
  if (choice & 2) config.peer = ipv4(10, 0, 0, 2);
  if (choice & 4) config.dns = {ipv4(9, 9, 9, 9), 0};
  config.ask_dns = choice & 8;
  config.ask_wins = choice & 16;
  return config;
}

struct Target {
  explicit Target(uint8_t choice) : ipcp(IpcpOptions(config_of(choice))) {
    ipcp.open(now);
    ipcp.up(now);
  }

  Ipcp ipcp;
  Instant now{};
  Buffer request;  // our last

  Ipcp const& machine() const { return ipcp; }
  void hear(Bytes packet) { ipcp.on_packet(now, packet); }
  void settle() {
    drain(ipcp, [&](ControlAction const& action) {
      auto const* packet = std::get_if<Buffer>(&action);
      if (packet && (*packet)[0] == std::byte{1}) request = *packet;
    });
    if (ipcp.state() != State::opened) return;
    auto const& [config, agreed] = std::pair(ipcp.policy.config, ipcp.policy.agreed);
    OFFHOOK_CHECK(config.own == 0 || agreed.own == config.own);
    OFFHOOK_CHECK(config.peer == 0 || agreed.peer == config.peer);
  }
  void order(uint8_t byte) {
    if (byte < 0xc0) return pass_time(ipcp, now);
    if (request.empty()) return;
    request[0] = std::byte{static_cast<uint8_t>(2 + (byte & 1))};  // acked, or naked with what it has
    ipcp.on_packet(now, request);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 1) return 0;
  Target target(data[0]);
  drive(target, data + 1, size - 1);
  return 0;
}
