// The protocols of a link: who gets which frame in which phase, and what becomes of what each says.
#include <algorithm>

#include "emulator/base/check.h"
#include "emulator/base/text.h"
#include "rasd/ppp/errors.h"
#include "rasd/ppp/link.h"

namespace offhook::ppp {
namespace {

template <class Variant>
std::optional<AuthAction> poll(Variant& variant) {
  return std::visit(
      [](auto& each) -> std::optional<AuthAction> {
        if constexpr (requires { each.poll_action(); })
          return each.poll_action();
        else
          return std::nullopt;
      },
      variant);
}

template <class Variant>
void start(Variant& variant, Instant now) {
  std::visit(
      [&](auto& each) {
        if constexpr (requires { each.start(now); }) each.start(now);
      },
      variant);
}

template <class Variant>
void hear(Variant& variant, Instant now, Bytes packet) {
  std::visit(
      [&](auto& each) {
        if constexpr (requires { each.on_packet(now, packet); }) each.on_packet(now, packet);
      },
      variant);
}

bool is_of(std::optional<AuthMethod> method, uint16_t protocol) {
  return method && (is_chap(*method) ? protocol::chap : protocol::pap) == protocol;
}

}  // namespace

void Link::on_frame(Instant now, Frame const& frame) {
  if (frame.protocol == protocol::lcp) return on_lcp(now, frame.payload);
  // RFC 1661 3.4, 3.5: until LCP is Opened nothing else counts, and until the peer is authenticated nothing
  // but authentication.
  if (lcp_.state() != State::opened) return (void)++counts_.out_of_phase;
  if (frame.protocol == protocol::pap || frame.protocol == protocol::chap)
    return on_auth(now, frame.protocol, frame.payload);
  bool const cbcp = frame.protocol == protocol::cbcp && (callback_.answerer || callback_.caller);
  if (cbcp) return on_cbcp(now, frame.payload);
  if (phase_ != Phase::network)
    return (void)++counts_.out_of_phase;  // in Callback the same silence: [MS-CBCP] 1.3
  if (on_network_frame(now, frame.protocol, frame.payload)) return;
  ++counts_.rejected;
  lcp_.reject_protocol(frame.protocol, frame.payload);
}

void Link::on_lcp(Instant now, Bytes packet) { lcp_.on_packet(now, packet); }

void Link::on_auth(Instant now, uint16_t protocol, Bytes packet) {
  if (is_of(lcp_.ours().auth, protocol)) hear(verifier_, now, packet);
  auto* const peer = std::get_if<ChapPeer>(&prover_);
  auto const* const chap = std::get_if<ChapAuthenticator>(&verifier_);
  if (peer && chap) peer->refuse(chap->challenge());
  if (is_of(lcp_.peer().auth, protocol)) hear(prover_, now, packet);
}

/// LCP always goes in full and with everything escaped (RFC 1661 5, RFC 1662 7.1), the others as was agreed.
void Link::transmit(uint16_t protocol, Bytes packet) {
  Framing framing;
  auto const& peer = lcp_.peer();
  if (protocol != protocol::lcp && lcp_.state() == State::opened) framing = {peer.accm, peer.pfc, peer.acfc};
  Buffer bytes(encoded_limit(packet.size()));
  bytes.resize(encode(framing, protocol, packet, bytes));
  count(Direction::sent, protocol, packet);
  counts_.sent.bytes += bytes.size();
  out_.emplace_back(ToLine{std::move(bytes)});
}

bool Link::drain_lcp(Instant now) {
  bool any = false;
  while (auto action = lcp_.poll_action()) {
    any = true;
    if (auto const* packet = std::get_if<Buffer>(&*action)) transmit(protocol::lcp, *packet);
    if (auto const* layer = std::get_if<Layer>(&*action)) on_lcp_layer(now, *layer);
    if (auto* note = std::get_if<Identified>(&*action)) out_.emplace_back(std::move(*note));
    if (auto* note = std::get_if<TimeRemaining>(&*action)) out_.emplace_back(std::move(*note));
    if (std::holds_alternative<PeerSilent>(*action)) miss(now);
    if (auto const* rejected = std::get_if<ProtocolRejected>(&*action)) {
      bool const callback = rejected->protocol == protocol::cbcp && phase_ == Phase::callback;
      if (callback) fail(now, ras::rejected_by_peer);
      if (phase_ == Phase::network) on_protocol_rejected(now, rejected->protocol);
    }
  }
  return any;
}

void Link::on_lcp_layer(Instant now, Layer layer) {
  if (layer == Layer::finished) return finish(now);
  if (layer == Layer::down) {
    decoder_.set_accm(accm_all);
    verifier_ = {};
    prover_ = {};
    forget_callback(now);
    blame_ = blame_of_encryption();
    if (blame_ == 0) blame_ = blame_of_proof();
    forget_network();
    // Down by a Configure-Request: LCP begins anew, and all that stood on it with it. By the peer's end: the
    // phase in which that came stands until LCP has finished.
    bool const anew = lcp_.state() >= State::req_sent;
    bool const above = phase_ == Phase::network || phase_ == Phase::callback || phase_ == Phase::authenticate;
    if (anew && above) enter(now, Phase::establish);
  }
  if (layer == Layer::up && phase_ == Phase::establish) {
    decoder_.set_accm(lcp_.ours().accm);
    start_authentication(now);
  }
}

void Link::start_authentication(Instant now) {
  auto const demanded = lcp_.ours().auth, to_prove = lcp_.peer().auth;
  peer_pending_ = demanded.has_value();
  ourselves_pending_ = to_prove.has_value();
  peer_user_.clear();
  refused_ = 0;
  OFFHOOK_CHECK(peer_pending_ || config_.lcp.demand.empty());  // no request without a demand is ever sent
  if (peer_pending_ || ourselves_pending_) enter(now, Phase::authenticate);
  if (demanded && is_chap(*demanded))
    verifier_ = ChapAuthenticator(*demanded, config_.name, Chance(chance_.fork()), config_.auth);
  else if (demanded)
    verifier_ = PapAuthenticator();
  if (to_prove && is_chap(*to_prove)) {
    prover_ =
        ChapPeer(*to_prove, *config_.credentials, Chance(chance_.fork()), config_.auth, config_.can_ask);
  } else if (to_prove) {
    prover_ = PapPeer(*config_.credentials, config_.auth);
  }
  start(verifier_, now);
  start(prover_, now);
  if (!peer_pending_ && !ourselves_pending_) start_callback(now);
}

bool Link::drain_auth(Instant now) {
  bool any = false;
  while (auto action = poll(verifier_)) {
    any = true;
    on_auth_action(now, Authenticated::Who::peer, *std::move(action));
  }
  while (auto action = poll(prover_)) {
    any = true;
    on_auth_action(now, Authenticated::Who::ourselves, *std::move(action));
  }
  return any;
}

void Link::on_auth_action(Instant now, Authenticated::Who who, AuthAction action) {
  bool const of_peer = who == Authenticated::Who::peer;
  if (auto const* packet = std::get_if<Buffer>(&action)) {
    auto const method = of_peer ? lcp_.ours().auth : lcp_.peer().auth;
    if (method) transmit(is_chap(*method) ? protocol::chap : protocol::pap, *packet);
    return;
  }
  if (auto* proof = std::get_if<Proof>(&action)) {
    proof->serial = ++proofs_;
    out_.emplace_back(std::move(*proof));
    return;
  }
  if (auto* again = std::get_if<TryAgain>(&action)) {
    if (phase_ == Phase::authenticate) timers_.set(Timer::phase, now + config_.auth.patience);
    if (of_peer)
      refused_ = again->error;
    else
      out_.emplace_back(std::move(*again));
    return;
  }
  auto& outcome = std::get<AuthOutcome>(action);
  keep_keys(who, outcome);
  out_.emplace_back(Authenticated{who, outcome});
  if (!outcome.accepted) return fail(now, outcome.error, escaped(outcome.message));
  (of_peer ? peer_pending_ : ourselves_pending_) = false;
  if (of_peer) peer_user_ = outcome.user;
  if (phase_ == Phase::authenticate && !peer_pending_ && !ourselves_pending_) start_callback(now);
}

void Link::on_answer(Instant now, uint32_t serial, Answer const& answer) {
  if (serial != proofs_) return;
  std::visit(
      [&](auto& each) {
        if constexpr (requires { each.on_answer(now, answer); }) each.on_answer(now, answer);
      },
      verifier_);
  settle(now);
}

void Link::retry(Instant now, Credentials const& credentials) {
  auto* const peer = std::get_if<ChapPeer>(&prover_);
  if (!peer || !peer->asking()) return;
  config_.credentials = credentials;
  peer->retry(now, credentials);
  settle(now);
}

void Link::change_password(Instant now, std::string const& password) {
  auto* const peer = std::get_if<ChapPeer>(&prover_);
  if (!peer || !peer->asking()) return;
  peer->change_password(now, password);
  settle(now);
}

void Link::give_up(Instant now) {
  if (auto* const peer = std::get_if<ChapPeer>(&prover_)) peer->give_up();
  settle(now);
}

void Link::set_ipcp(IpcpConfig const& config) {
  config_.ipcp = config;
  ipcp_.policy.config = config;
}

}  // namespace offhook::ppp
