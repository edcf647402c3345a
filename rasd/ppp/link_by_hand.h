// A link and, by hand, the peer of it: for tests of what a peer does that no link of ours would.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/text.h"
#include "rasd/ppp/link.h"
#include "rasd/ppp/link_pair.h"

namespace offhook::ppp {

/// What the peer says to a Configure-Request.
struct ByHand {
  bool answers = true;
  bool has_ipv4 = false;  // else to those of LCP alone
  Buffer nak = {};        // options that it would rather have; empty: it agrees to whatever it is asked for
};

/// A caller of such a peer.
class Caller {
 public:
  explicit Caller(std::vector<AuthMethod> prove, std::vector<AuthMethod> demand = {}, ByHand peer = {})
      : peer_(std::move(peer)), link_(config(std::move(prove), std::move(demand)), seed_of(1)) {
    decoder_.set_accm(0);
    link_.on_line_up(now_);
    drain();
  }
  void hears(uint16_t protocol, Code code, Buffer const& data) {
    say(protocol, make_packet(code, ++id_, data));
    drain();
  }
  /// A Configure-Request with this demand, or with none.
  void is_asked(std::optional<Buffer> const& demand) {
    hears(protocol::lcp, Code::configure_request, demand ? make_options({{3, *demand}}) : Buffer{});
  }
  void is_left(std::string_view reason) {
    Buffer text;
    put(text, as_bytes(reason));
    hears(protocol::lcp, Code::terminate_request, text);
    link_.on_line_down(now_);
    drain();
  }
  /// Until it has ended, or nothing more will happen.
  void waits() {
    while (auto const next = ended ? std::nullopt : link_.next_timeout()) {
      link_.on_timeout(now_ = *next);
      drain();
    }
  }
  std::vector<Code> answers;  // to what was asked
  std::vector<Buffer> chap;   // of what the caller says
  std::optional<Ended> ended;

 private:
  static LinkConfig config(std::vector<AuthMethod> prove, std::vector<AuthMethod> demand) {
    LinkConfig made;
    made.lcp.prove = std::move(prove);
    made.lcp.demand = std::move(demand);
    made.credentials = Credentials{"user", "pass"};
    return made;
  }
  void say(uint16_t protocol, Buffer const& packet) {
    Buffer bytes(encoded_limit(packet.size()));
    bytes.resize(encode({}, protocol, packet, bytes));
    link_.on_line_bytes(now_, bytes);
  }
  void drain() {
    while (auto action = link_.poll_action()) {
      if (auto const* over = std::get_if<Ended>(&*action)) ended = *over;
      if (auto const* line = std::get_if<ToLine>(&*action)) heard(line->bytes);
    }
  }
  void heard(Bytes bytes) {
    auto const got = decoder_.receive(bytes);
    auto const packet = got.frame ? parse_packet(got.frame->payload) : std::nullopt;
    if (!packet) return;
    uint16_t const protocol = got.frame->protocol;
    if (protocol == protocol::chap) chap.emplace_back(got.frame->payload.begin(), got.frame->payload.end());
    if (protocol != protocol::lcp && !(protocol == protocol::ipcp && peer_.has_ipv4)) return;
    if (static_cast<Code>(packet->code) != Code::configure_request)
      return answers.push_back(static_cast<Code>(packet->code));
    if (!peer_.answers) return;
    bool const agrees = peer_.nak.empty();
    say(protocol, make_packet(agrees ? Code::configure_ack : Code::configure_nak, packet->id,
                              agrees ? packet->data : Bytes(peer_.nak)));
  }

  ByHand peer_;
  Link link_;
  Decoder decoder_{1500};
  Instant now_{};
  uint8_t id_ = 0;
};

}  // namespace offhook::ppp
