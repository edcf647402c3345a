// Encryption of a link: keys out of MS-CHAP, CCP's agreement, MPPE both ways, and what it means where there
// is none.
#include <algorithm>

#include "rasd/ppp/errors.h"
#include "rasd/ppp/link.h"

namespace offhook::ppp {

/// The keys stay here: nobody above has a use for them.
void Link::keep_keys(Authenticated::Who who, AuthOutcome& outcome) {
  if (phase_ == Phase::authenticate && outcome.accepted) keys_[static_cast<size_t>(who)] = outcome.keys;
  outcome.keys.reset();
}

void Link::start_encryption(Instant now) {
  if (config_.encryption == Encryption::off) return;
  auto const& ours = config_.ccp;
  auto const microsoft = [](auto const& methods) { return std::ranges::any_of(methods, is_microsoft); };
  bool const able = (microsoft(config_.lcp.demand) || microsoft(config_.lcp.prove)) &&
                    (ours.bits40 || ours.bits56 || ours.bits128);
  bool const keyed = keys_[0] || keys_[1];
  if (must_encrypt() && !(able && keyed))
    return fail(now, able ? ras::no_encryption_there : ras::no_encryption_here);
  if (!able || !keyed) return;
  auto config = ours;
  config.insist = must_encrypt();
  ccp_.emplace(config, config_.limits);
  ccp_->start(now);
}

void Link::on_ccp(Instant now, Bytes packet) {
  if (ccp_)
    ccp_->on_packet(now, packet);
  else
    peer_asks_encryption_ |= asks_for_mppe(packet);
}

bool Link::on_mppe(Instant now, Bytes packet) {
  if (!ccp_ || !mppe_in_) return ccp_.has_value();
  auto const clear = mppe_in_->decrypt(packet);
  if (mppe_in_->lost()) ccp_->ask_for_reset(now);
  if (!clear && vj_in_) vj_in_->on_error();
  if (clear && !on_data(clear->protocol, clear->packet)) lcp_.reject_protocol(clear->protocol, clear->packet);
  return true;
}

bool Link::drain_encryption(Instant now) {
  bool any = false;
  while (auto action = ccp_ ? ccp_->poll_action() : std::nullopt) {
    any = true;
    if (auto const* packet = std::get_if<Buffer>(&*action)) transmit(protocol::ccp, *packet);
    if (auto const* layer = std::get_if<Layer>(&*action)) on_ccp_layer(now, *layer);
    if (std::holds_alternative<ResetAsked>(*action) && mppe_out_) mppe_out_->flush();
  }
  return any;
}

void Link::on_ccp_layer(Instant now, Layer layer) {
  if (layer == Layer::finished) return lose_encryption(now);
  if (layer == Layer::down) {
    mppe_in_.reset();
    mppe_out_.reset();
  }
  if (layer != Layer::up) return;
  // Where both ends proved themselves by MS-CHAP there are two sets of keys. The RFC is silent on it; two of
  // ours take those of the authenticator with the higher magic number.
  bool const higher = lcp_.ours().magic > lcp_.peer().magic;
  auto const first = static_cast<size_t>(higher ? Authenticated::Who::peer : Authenticated::Who::ourselves);
  auto const& keys = keys_[first] ? *keys_[first] : *keys_[1 - first];
  auto const& agreed = ccp_->agreed();
  if (agreed.receive) mppe_in_ = MppeReceiver(keys.receive, *agreed.receive);
  if (agreed.send) mppe_out_ = MppeSender(keys.send, *agreed.send);
  if (!must_encrypt()) return;
  if (!encrypted()) return fail(now, ras::no_encryption_there);
  bool const begun = ipcp_.state() != State::initial || ipv6cp_.state() != State::initial;
  if (!begun) return open_networks(now);
  if (ipcp_.state() == State::opened && !network_) announce(now, Net::ipv4);
  if (ipv6cp_.state() == State::opened && !network6_) announce(now, Net::ipv6);
}

void Link::lose_encryption(Instant now) {
  if (must_encrypt()) return fail(now, ras::no_encryption_there);
  mppe_in_.reset();
  mppe_out_.reset();
  ccp_.reset();
}

void Link::look_at_encryption(Instant now) {
  if (!ccp_ || phase_ != Phase::network) return;
  bool const hopeless = ccp_->options().refused || ccp_->diverged();
  if (must_encrypt() && hopeless) fail(now, ras::no_encryption_there);
}

/// A peer that has got no network, and gives no other reason, may well have missed encryption.
unsigned Link::blame_of_encryption() const {
  if (phase_ != Phase::network || network_ || network6_ || !lcp_.terminated_by_peer()) return 0;
  std::string_view const said = lcp_.peer_reason();
  bool const of_encryption =
      said.empty() || said.find("ncrypt") != said.npos || said.find("MPPE") != said.npos;
  if (!of_encryption) return 0;
  if (peer_asks_encryption_) return ras::encryption_required;
  return ccp_ && ccp_->options().refused ? ras::no_encryption_here : 0;
}

}  // namespace offhook::ppp
