// The network phase and a mad peer: IPCP, IPV6CP, CCP, MPPE, compressed headers. The first byte chooses the
// configuration; the peer is let in by MS-CHAP, so that there are keys. Then orders: a byte below 0x80 is the
// length of a frame that follows (its protocol's index first), the others let time pass, send packets, or
// agree to whatever the link last asked for.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "rasd/ppp/link.h"

namespace {

using namespace offhook;
using namespace offhook::ppp;

constexpr uint16_t protocols[] = {protocol::ipcp, protocol::ipv6cp,        protocol::ccp,
                                  protocol::ip,   protocol::vj_compressed, protocol::vj_uncompressed,
                                  protocol::ipv6, protocol::mppe,          protocol::lcp};
constexpr Encryption policies[] = {Encryption::allow, Encryption::require, Encryption::off,
                                   Encryption::allow};

LinkConfig config_of(uint8_t choice) {
  LinkConfig config;
  config.echo.interval = 0s;
  config.lcp.prove = {AuthMethod::ms_chap_v1};
  config.credentials = Credentials{"user", "pass"};
  config.ipcp = {.own = ipv4(10, 0, 0, 1), .ask_dns = true};
  config.ipv6 = (choice & 3) != 0;
  config.ipv4 = (choice & 3) != 1;
  if (choice & 4) config.ipcp.vj = VjMode{static_cast<uint8_t>(choice >> 6), (choice & 8) != 0};
  config.encryption = policies[choice >> 4 & 3];
  config.ccp.stateful = choice & 8;
  return config;
}

struct Run {
  explicit Run(uint8_t choice) : link(config_of(choice), {}) {}

  Link link;
  Instant now{};
  bool ended = false, v4 = false, v6 = false;
  size_t said = 0;
  std::map<uint16_t, Buffer> asked;  // the last Configure-Request, by protocol

  void hear(uint16_t protocol, Bytes payload) {
    Buffer bytes(encoded_limit(payload.size()));
    bytes.resize(encode({}, protocol, payload, bytes));
    link.on_line_bytes(now, bytes);
    drain();
  }
  void see(Buffer const& line) {
    said += line.size();
    Decoder decoder(3000);
    decoder.set_accm(0);
    auto const got = decoder.receive(line).frame;
    OFFHOOK_CHECK(got);
    if (!is_encrypted(got->protocol) && !got->payload.empty() && got->payload[0] == std::byte{1})
      asked[got->protocol].assign(got->payload.begin(), got->payload.end());
    bool const clear = is_encrypted(got->protocol);
    OFFHOOK_CHECK(!clear || link.phase() != Phase::network || !must_encrypt());
  }
  bool must_encrypt() const { return link.ccp() && link.ccp()->options().config.insist; }
  void drain() {
    size_t actions = 0;
    while (auto action = link.poll_action()) {
      OFFHOOK_CHECK(!ended && ++actions < 1000);
      if (auto const* line = std::get_if<ToLine>(&*action)) see(line->bytes);
      if (auto const* up = std::get_if<NetworkUp>(&*action)) {
        OFFHOOK_CHECK(!v4 && up->addresses.own != 0 && (!must_encrypt() || link.encrypted()));
        v4 = true;
      }
      if (auto const* up = std::get_if<Network6Up>(&*action)) {
        OFFHOOK_CHECK(!v6 && up->identifiers.own != up->identifiers.peer);
        v6 = true;
      }
      if (std::holds_alternative<NetworkDown>(*action)) OFFHOOK_CHECK(std::exchange(v4, false));
      if (std::holds_alternative<Network6Down>(*action)) OFFHOOK_CHECK(std::exchange(v6, false));
      if (auto const* packet = std::get_if<FromPeer>(&*action))
        OFFHOOK_CHECK(packet->protocol == protocol::ip ? v4 : v6);
      if (std::holds_alternative<Ended>(*action)) {
        OFFHOOK_CHECK(!v4 && !v6);
        ended = true;
      }
    }
  }
  void agree(uint16_t protocol) {
    auto packet = asked[protocol];
    if (packet.empty()) return;
    packet[0] = std::byte{2};
    hear(protocol, packet);
  }
  /// A peer that asks for MS-CHAP, and takes whatever is answered.
  void let_in() {
    link.on_line_up(now);
    drain();
    hear(protocol::lcp, make_packet(Code::configure_request, 1, bytes_of({3, 5, 0xc2, 0x23, 0x80})));
    agree(protocol::lcp);
    hear(protocol::chap, make_packet(uint8_t{1}, 1, bytes_of({8, 1, 2, 3, 4, 5, 6, 7, 8, 's'})));
    hear(protocol::chap, make_packet(uint8_t{3}, 1, {}));
    OFFHOOK_CHECK(link.phase() == Phase::network);
  }
  void pass_time() {
    if (auto const next = link.next_timeout()) now = std::max(now, *next);
    link.on_timeout(now);
    drain();
  }
  void send() {
    static constexpr std::array<uint8_t, 44> tcp{
        0x45, 0, 0, 44, 0, 1, 0x40, 0, 64, 6, 0,    0,    10,   0, 0, 1, 10, 0, 0,   2,   0,   80,
        4,    0, 0, 0,  0, 1, 0,    0, 0,  1, 0x50, 0x10, 0x20, 0, 1, 1, 0,  0, 'd', 'a', 't', 'a'};
    (void)link.send(protocol::ip, std::as_bytes(std::span(tcp)));
    (void)link.send(protocol::ipv6, as_bytes("six"));
    drain();
  }
  void order(uint8_t byte) {
    switch (byte & 7) {
      case 0:
        return pass_time();
      case 1:
        return send();
      case 2:
        now += 1s;
        return;
      default:
        return agree(protocols[byte % 3]);
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 1) return 0;
  Run run(data[0]);
  run.let_in();
  for (size_t i = 1; i < size;) {
    uint8_t const order = data[i++];
    if (order >= 0x80) {
      run.order(order);
      continue;
    }
    auto const left = std::as_bytes(std::span(data + i, size - i));
    auto const frame = left.first(std::min<size_t>(order, left.size()));
    i += frame.size();
    if (!frame.empty())
      run.hear(protocols[static_cast<size_t>(frame[0]) % std::size(protocols)], frame.subspan(1));
  }
  // However mad the peer was: left alone, a link that is not up ends.
  for (int i = 0; i < 2000 && !run.ended && !run.v4 && !run.v6; ++i) run.pass_time();
  OFFHOOK_CHECK(run.ended || run.v4 || run.v6);
  OFFHOOK_CHECK(run.said <= 100'000 + 400 * size);
  return 0;
}
