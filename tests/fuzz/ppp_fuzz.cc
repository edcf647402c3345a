// A link and a mad peer. The first byte chooses the configuration; then orders: a byte below 0x80 is the
// length of a frame that follows (its protocol's index first), the others let time pass, answer a proof, send
// a packet, cut the line, close, or feed bytes as they are.
#include <cstdint>
#include <optional>
#include <string>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "rasd/ppp/describe.h"
#include "rasd/ppp/link.h"
#include "tests/fuzz/ppp_machine.h"

namespace {

using namespace offhook;
using namespace offhook::ppp;

constexpr AuthMethod methods[] = {AuthMethod::pap, AuthMethod::chap_md5, AuthMethod::ms_chap_v1,
                                  AuthMethod::ms_chap_v2};
constexpr uint16_t protocols[] = {protocol::lcp,  protocol::cbcp,   protocol::pap, protocol::chap,
                                  protocol::ipcp, protocol::ipv6cp, protocol::ccp, protocol::ip};

LinkConfig config_of(uint8_t choice) {
  LinkConfig config;
  if (choice & 1) config.lcp.demand = {methods[choice >> 1 & 3], AuthMethod::pap};
  if (choice & 8) {
    config.lcp.prove = {methods, methods + 4};
    config.credentials = Credentials{"user", "pass"};
  }
  if (choice & 16)
    config.ipcp = {.own = ipv4(10, 0, 0, 1), .peer = ipv4(10, 0, 0, 2), .dns = {ipv4(9, 9, 9, 9), 0}};
  config.ipcp.ask_dns = choice & 32;
  if (choice & 16) config.ipcp.vj = VjMode{};
  if (choice & 4) config.encryption = Encryption::allow;
  config.can_ask = choice & 32;
  config.auth.retries = 1;
  config.auth.rechallenge = choice & 64 ? 60s : 0s;
  config.lcp.grant_callback = choice & 64;
  if (choice & 128) config.lcp.callback = callback_cbcp;
  return config;
}

struct Run {
  explicit Run(uint8_t choice) : link(config_of(choice), {}) {}

  Link link;
  Instant now{};
  std::optional<uint32_t> serial;
  bool accepted = false, ended = false, network = false;
  bool called_back = false;
  size_t said = 0, described = 0;

  /// What must hold after every call.
  void drain() {
    size_t actions = 0;
    while (auto action = link.poll_action()) {
      OFFHOOK_CHECK(!ended);  // nothing comes behind Ended
      OFFHOOK_CHECK(++actions < 1000);
      if (auto const* line = std::get_if<ToLine>(&*action)) said += line->bytes.size();
      if (auto const* proof = std::get_if<Proof>(&*action)) serial = proof->serial;
      if (std::holds_alternative<NetworkDown>(*action)) {
        OFFHOOK_CHECK(network);
        network = false;
      }
      if (auto const* up = std::get_if<NetworkUp>(&*action)) {
        OFFHOOK_CHECK(!network && !called_back && up->addresses.own != 0);
        OFFHOOK_CHECK(accepted || link.lcp().options().config.demand.empty());
        network = true;
      }
      if (std::holds_alternative<FromPeer>(*action)) OFFHOOK_CHECK(network);
      if (std::holds_alternative<CallbackAgreed>(*action)) OFFHOOK_CHECK(!network);
      if (auto const* passed = std::get_if<Passed>(&*action)) described += describe(passed->frame).size();
      called_back |= std::holds_alternative<CallbackAgreed>(*action);
      if (std::holds_alternative<Ended>(*action)) {
        OFFHOOK_CHECK(!network);
        ended = true;
      }
    }
    OFFHOOK_CHECK(ended == (link.phase() == Phase::ended));
    OFFHOOK_CHECK(!ended || !link.next_timeout());
  }
  void pass_time() {
    if (auto const next = link.next_timeout()) now = std::max(now, *next);
    link.on_timeout(now);
  }
  void order(uint8_t byte) {
    switch (byte & 15) {
      case 8:
        return link.on_callback(now, {});
      case 9:
        return link.on_callback(now, {CallbackKind::by_caller, {}});
      case 10:
        return link.on_callback(now, {CallbackKind::preset, "5550199"});
      case 11:
        return link.retry(now, {"other", "pass"});
      case 12:
        return link.change_password(now, "new");
      case 13:
        return link.on_answer(now, serial.value_or(0), {.error = 648, .may_change = true});
      case 14:
        return (void)link.say(now, Identified{"message"});
      case 0:
        return pass_time();
      case 1:
        return link.on_answer(now, serial.value_or(0), {.accepted = accepted = true, .signature = "S="});
      case 2:
        return link.on_answer(now, serial.value_or(0), {});
      case 3:
        return (void)link.send(protocol::ip, as_bytes("packet"));
      case 4:
        return link.close(now, "enough");
      case 5:
        return link.on_line_down(now);
      default:
        return link.on_timeout(now);
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 1) return 0;
  Run run(data[0]);
  run.link.set_capture(size % 2 == 0);
  run.link.on_line_up(run.now);
  run.drain();
  for (size_t i = 1; i < size;) {
    uint8_t const order = data[i++];
    if (order >= 0x80) {
      run.order(order);
    } else {
      auto const left = std::as_bytes(std::span(data + i, size - i));
      auto const frame = left.first(std::min<size_t>(order, left.size()));
      i += frame.size();
      if (frame.empty()) continue;
      auto const index = static_cast<size_t>(frame[0]);
      auto const payload = frame.subspan(1);
      Buffer bytes(frame.begin(), frame.end());
      if (index < std::size(protocols)) {
        bytes.resize(encoded_limit(payload.size()));
        bytes.resize(encode({}, protocols[index], payload, bytes));
      }
      run.link.on_line_bytes(run.now, bytes);
    }
    run.drain();
    if (i % 64 < 2) OFFHOOK_CHECK(held_by(run.link) < most_held);
  }
  // However mad the peer was: left alone, a link that is not up ends.
  for (int i = 0; i < 2000 && !run.ended && !run.network; ++i) {
    run.pass_time();
    run.drain();
  }
  OFFHOOK_CHECK(run.ended || run.network);
  OFFHOOK_CHECK(run.said <= 100'000 + 400 * size);
  return 0;
}
