// The network phase: IPv4 and IPv6 side by side (RFC 1661 3.6), their packets, and what becomes of the link
// where one of them fails.
#include <algorithm>
#include <utility>

#include "emulator/base/check.h"
#include "rasd/ppp/errors.h"
#include "rasd/ppp/link.h"

namespace offhook::ppp {

void Link::start_network(Instant now) {
  enter(now, Phase::network);
  start_encryption(now);
  // Where all must be encrypted nothing is agreed on before it is (RFC 3078 3); else both go side by side.
  if (!must_encrypt()) open_networks(now);
}

void Link::open_networks(Instant now) {
  lost_ = {};
  if (config_.ipv4) {
    ipcp_ = Ipcp(IpcpOptions(config_.ipcp), config_.limits);
    open_network(now, Net::ipv4, ipcp_);
  }
  if (config_.ipv6 && mtu() < smallest_ipv6_mtu)
    return lose_network(now, Net::ipv6, ras::no_network_protocol);
  if (config_.ipv6) {
    ipv6cp_ = Ipv6cp(Ipv6cpOptions(config_.ipv6cp, Chance(chance_.fork())), config_.limits);
    open_network(now, Net::ipv6, ipv6cp_);
  }
}

template <class Ncp>
void Link::open_network(Instant now, Net net, Ncp& ncp) {
  ncp.open(now);
  ncp.up(now);
  auto const early = std::exchange(early_[static_cast<size_t>(net)], {});
  if (!early.empty()) ncp.on_packet(now, early);
}

/// A peer that does not wait for encryption as we do asks before we open. RFC 1661 4.1 has such a request
/// dropped, and the peer's restart timer would cost the link 3 s: the last one is kept for then.
template <class Ncp>
void Link::hear_network(Instant now, Net net, Ncp& ncp, Bytes packet) {
  bool const early = ncp.state() == State::initial && must_encrypt();
  if (!early) return ncp.on_packet(now, packet);
  auto const parsed = parse_packet(packet);
  if (parsed && parsed->code == static_cast<uint8_t>(Code::configure_request))
    early_[static_cast<size_t>(net)].assign(packet.begin(), packet.end());
}

/// False for a protocol that this end does not speak, or not on this link.
bool Link::on_network_frame(Instant now, uint16_t protocol, Bytes packet) {
  switch (protocol) {
    case protocol::ipcp:
      if (config_.ipv4) hear_network(now, Net::ipv4, ipcp_, packet);
      return config_.ipv4;
    case protocol::ipv6cp:
      if (config_.ipv6) hear_network(now, Net::ipv6, ipv6cp_, packet);
      return config_.ipv6;
    case protocol::ccp:
      on_ccp(now, packet);
      return ccp_.has_value();
    case protocol::mppe:
      return on_mppe(now, packet);
    default:
      break;
  }
  if (is_encrypted(protocol) && must_encrypt()) return true;  // in the clear it is nobody's
  return on_data(protocol, packet);
}

/// A packet for a network, out of the cipher where there is one.
bool Link::on_data(uint16_t protocol, Bytes packet) {
  bool const compressed = protocol == protocol::vj_compressed || protocol == protocol::vj_uncompressed;
  if (compressed && network_up() && vj_in_) on_vj(protocol, packet);
  if (compressed) return config_.ipv4 && (!network_up() || vj_in_);
  bool const v4 = protocol == protocol::ip && config_.ipv4;
  if (!v4 && !(protocol == protocol::ipv6 && config_.ipv6)) return false;
  if (v4 ? network_up() : network6_up())
    give(protocol, Buffer(packet.begin(), packet.end()));
  else
    ++counts_.out_of_phase;
  return true;
}

void Link::on_vj(uint16_t protocol, Bytes packet) {
  if (auto whole = vj_in_->decompress(protocol, packet)) give(protocol::ip, *std::move(whole));
}

void Link::give(uint16_t protocol, Buffer packet) {
  ++counts_.received.packets;
  counts_.received.packet_bytes += packet.size();
  out_.emplace_back(FromPeer{protocol, std::move(packet)});
}

bool Link::send(uint16_t protocol, Bytes packet) {
  bool const up = protocol == protocol::ip ? network_up() : protocol == protocol::ipv6 && network6_up();
  if (!up || packet.size() > mtu() || (must_encrypt() && !mppe_out_)) return false;
  ++counts_.sent.packets;
  counts_.sent.packet_bytes += packet.size();
  if (protocol != protocol::ip || !vj_out_) {
    send_data(protocol, packet);
  } else {
    auto const sent = vj_out_->compress(packet);
    send_data(sent.protocol, sent.packet);
  }
  return true;
}

void Link::send_data(uint16_t protocol, Bytes packet) {
  if (mppe_out_)
    transmit(protocol::mppe, mppe_out_->encrypt(protocol, packet));
  else
    transmit(protocol, packet);
}

/// What the peer takes, less what encryption adds wherever it may yet come.
uint16_t Link::mtu() const {
  return static_cast<uint16_t>(std::min(lcp_.peer().mru, default_mru) - (ccp_ ? mppe_overhead : 0));
}

/// RFC 1661 5.7: that protocol stops; the others go on.
void Link::on_protocol_rejected(Instant now, uint16_t protocol) {
  switch (protocol) {
    case protocol::ip:
    case protocol::ipcp:
      return lose_network(now, Net::ipv4, ras::rejected_by_peer);
    case protocol::ipv6:
    case protocol::ipv6cp:
      return lose_network(now, Net::ipv6, ras::rejected_by_peer);
    case protocol::ccp:
    case protocol::mppe:
      return lose_encryption(now);
    case protocol::vj_compressed:
    case protocol::vj_uncompressed:
      return vj_out_.reset();
    default:
      return;
  }
}

bool Link::drain_networks(Instant now) {
  bool const v4 = drain_network(now, Net::ipv4, ipcp_), v6 = drain_network(now, Net::ipv6, ipv6cp_);
  return v4 || v6;
}

template <class Ncp>
bool Link::drain_network(Instant now, Net net, Ncp& ncp) {
  bool any = false;
  while (auto action = ncp.poll_action()) {
    any = true;
    auto const protocol = net == Net::ipv4 ? protocol::ipcp : protocol::ipv6cp;
    if (auto const* packet = std::get_if<Buffer>(&*action)) transmit(protocol, *packet);
    if (auto const* layer = std::get_if<Layer>(&*action)) on_network_layer(now, net, *layer);
  }
  return any;
}

void Link::on_network_layer(Instant now, Net net, Layer layer) {
  switch (layer) {
    case Layer::started:
      return;
    case Layer::up:
      return announce(now, net);
    case Layer::down:
      withdraw(net);
      if (!network_ && !network6_) limit_phase(now);
      return;
    case Layer::finished: {
      bool const v4 = net == Net::ipv4;
      if (v4 ? ipcp_.terminated_by_peer() : ipv6cp_.terminated_by_peer())
        return lose_network(now, net, ras::ncp_terminated);
      bool const heard = v4 ? ipcp_.heard() : ipv6cp_.heard();
      return lose_network(now, net, heard ? ras::no_network_protocol : ras::timed_out);
    }
  }
}

void Link::announce(Instant now, Net net) {
  if (must_encrypt() && !encrypted()) return;  // when CCP is open again
  if (net == Net::ipv4) {
    auto const& agreed = ipcp_.policy.agreed;
    if (agreed.own == 0) return lose_network(now, net, ras::no_address);
    if (agreed.vj_send) vj_out_ = VjCompressor(*agreed.vj_send);
    if (agreed.vj_receive) vj_in_ = VjDecompressor(*agreed.vj_receive);
    network_ = NetworkUp{agreed, mtu()};
    out_.emplace_back(*network_);
  } else {
    network6_ = Network6Up{ipv6cp_.policy.agreed, mtu()};
    out_.emplace_back(*network6_);
  }
  timers_.cancel(Timer::phase);
}

void Link::withdraw(Net net) {
  if (net == Net::ipv4) {
    if (network_) out_.emplace_back(NetworkDown{});
    network_.reset();
    vj_out_.reset();
    vj_in_.reset();
  } else {
    if (network6_) out_.emplace_back(Network6Down{});
    network6_.reset();
  }
}

/// The link stands while one network is left. The number is the network's own where it was the only one.
void Link::lose_network(Instant now, Net net, unsigned error) {
  bool const v4 = net == Net::ipv4;
  auto& lost = lost_[static_cast<size_t>(net)];
  if (lost || phase_ != Phase::network || !(v4 ? config_.ipv4 : config_.ipv6)) return;
  lost = error;
  if (!(config_.ipv4 && config_.ipv6)) return fail(now, error);
  // A peer that has no IPv6 is not why IPv4 failed.
  if (lost_[0] && lost_[1]) {
    bool const blame_ipv4 = *lost_[1] == ras::rejected_by_peer && *lost_[0] != ras::rejected_by_peer;
    return fail(now, blame_ipv4 ? *lost_[0] : ras::no_network_protocol);
  }
  withdraw(net);
  if (!network_ && !network6_) limit_phase(now);
  v4 ? ipcp_.close(now) : ipv6cp_.close(now);
  out_.emplace_back(NetworkFailed{v4 ? protocol::ip : protocol::ipv6, error, std::string(ras::text(error))});
}

/// What the network protocols know and do not say.
void Link::look_at_networks(Instant now) {
  if (phase_ != Phase::network) return;
  if (ipcp_.policy.address_refused)
    lose_network(now, Net::ipv4, config_.ipcp.own == 0 ? ras::no_address : ras::address_rejected);
  if (ipcp_.diverged()) lose_network(now, Net::ipv4, ras::not_converging);
  if (ipv6cp_.diverged()) lose_network(now, Net::ipv6, ras::not_converging);
}

/// LCP goes: the networks with it, without a word to the peer.
void Link::forget_network() {
  withdraw(Net::ipv4);
  withdraw(Net::ipv6);
  ipcp_ = Ipcp(IpcpOptions(config_.ipcp), config_.limits);
  ipv6cp_ = Ipv6cp(Ipv6cpOptions(config_.ipv6cp, Chance(chance_.fork())), config_.limits);
  ccp_.reset();
  mppe_in_.reset();
  mppe_out_.reset();
  keys_ = {};
  lost_ = {};
  early_ = {};
  peer_asks_encryption_ = false;
}

}  // namespace offhook::ppp
