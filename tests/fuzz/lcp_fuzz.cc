// LCP against a mad peer: its packets, in every state of its automaton, with echo, notes and rejects.
#include <string>

#include "rasd/ppp/lcp.h"
#include "tests/fuzz/ppp_machine.h"

namespace {

using namespace offhook;
using namespace offhook::ppp;

LcpConfig config_of(uint8_t choice) {
  LcpConfig config;
  if (choice & 1) config.demand = {AuthMethod::ms_chap_v2, AuthMethod::pap};
  if (choice & 2) config.prove = {AuthMethod::chap_md5, AuthMethod::ms_chap_v1};
  if (choice & 4) config.mru = 1000;
  config.magic = !(choice & 8);
  config.compression = !(choice & 16);
  config.grant_callback = choice & 32;
  if (choice & 64) config.callback = callback_dialled;
  config.callback_number = "5550100";
  return config;
}

struct Target {
  explicit Target(uint8_t choice) : lcp(config_of(choice), Chance({}), {.interval = 20s}) {
    lcp.open(now);
    lcp.up(now);
  }

  Lcp lcp;
  Instant now{};
  bool up = false;

  Lcp const& machine() const { return lcp; }
  void hear(Bytes packet) { lcp.on_packet(now, packet); }
  void settle() {
    drain(lcp, [&](LcpAction const& action) {
      if (auto const* packet = std::get_if<Buffer>(&action)) OFFHOOK_CHECK(parse_packet(*packet));
      if (auto const* layer = std::get_if<Layer>(&action)) {
        OFFHOOK_CHECK(*layer != Layer::up || !up);
        OFFHOOK_CHECK(*layer != Layer::down || up);
        if (*layer == Layer::up) up = true;
        if (*layer == Layer::down) up = false;
      }
      if (auto const* note = std::get_if<Identified>(&action)) OFFHOOK_CHECK(note->text.size() <= note_limit);
    });
    OFFHOOK_CHECK(up == (lcp.state() == State::opened));
    OFFHOOK_CHECK(!up || lcp.peer().mru >= smallest_mru);
    OFFHOOK_CHECK(!up || lcp.options().config.demand.empty() || lcp.ours().auth);
    OFFHOOK_CHECK(lcp.peer_reason().size() < 1024);
  }
  void order(uint8_t byte) {
    switch (byte & 7) {
      case 0:
        return lcp.open(now);
      case 1:
        return lcp.close(now, "enough");
      case 2:
        return lcp.reject_protocol(protocol::ccp, Buffer(byte));
      case 3:
        return (void)lcp.say(TimeRemaining{byte, std::string(byte, 'x')});
      case 4:
        return answer();
      default:
        return pass_time(lcp, now);
    }
  }
  /// The peer agrees to all of it, so that Opened is reached often.
  void answer() {
    auto copy = lcp;
    copy.down(now);
    copy.up(now);
    lcp.down(now);
    lcp.up(now);
    settle();
    drain(copy, [&](LcpAction const& action) {
      auto const* sent = std::get_if<Buffer>(&action);
      auto const packet = sent ? parse_packet(*sent) : std::nullopt;
      if (packet && packet->code == static_cast<uint8_t>(Code::configure_request))
        lcp.on_packet(now, make_packet(Code::configure_ack, packet->id, packet->data));
    });
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, size_t size) {
  if (size < 1) return 0;
  Target target(data[0]);
  drive(target, data + 1, size - 1);
  return 0;
}
