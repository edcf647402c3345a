// One PPP link from carrier to carrier: framing, LCP, authentication, callback, encryption and the network
// protocols, wired after the phases of RFC 1661 3.2.
//
// Pure: it is driven by calls and reads no clock. After every call the driver drains poll_action() and then
// asks next_timeout(). A link is used once: it comes up, ends, and says why. It does not know lines, routes
// or secrets.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "emulator/base/timers.h"
#include "rasd/ppp/auth.h"
#include "rasd/ppp/cbcp.h"
#include "rasd/ppp/ccp.h"
#include "rasd/ppp/chap.h"
#include "rasd/ppp/hdlc.h"
#include "rasd/ppp/ipcp.h"
#include "rasd/ppp/ipv6cp.h"
#include "rasd/ppp/lcp.h"
#include "rasd/ppp/pap.h"
#include "rasd/ppp/statistics.h"
#include "rasd/ppp/vj.h"

namespace offhook::ppp {

/// RFC 1661 3.2, and [MS-CBCP]'s behind authentication; `ended` is Dead again.
enum class Phase : uint8_t { dead, establish, authenticate, callback, network, terminate, ended };
std::string_view name(Phase phase);

/// MPPE, whose keys come of MS-CHAP alone: without it, `require` ends the link.
enum class Encryption : uint8_t { off, allow, require };

struct LinkConfig {
  LcpConfig lcp = {};
  EchoConfig echo = {};
  bool ipv4 = true, ipv6 = false;  // at least one; where one of two fails, the other stands
  IpcpConfig ipcp = {};
  Ipv6cpConfig ipv6cp = {};
  Encryption encryption = Encryption::off;
  CcpConfig ccp = {};
  /// By which this end proves itself; lcp.prove says how.
  std::optional<Credentials> credentials = std::nullopt;
  bool can_ask = false;          // somebody is there to answer TryAgain; otherwise a refusal is the end
  CallbackWish callback = {};    // where lcp.callback asks for one
  std::string name = "offhook";  // what this end calls itself in a challenge
  Limits limits = {};
  AuthLimits auth = {};
  bool operator==(LinkConfig const&) const = default;
};

enum class Direction : uint8_t { received, sent };

/// Frames for the line.
struct ToLine {
  Buffer bytes;
  bool operator==(ToLine const&) const = default;
};
/// A network packet from the peer.
struct FromPeer {
  uint16_t protocol = 0;
  Buffer packet;
  bool operator==(FromPeer const&) const = default;
};
/// Somebody was authenticated, or not: the peer to us, or we to the peer.
struct Authenticated {
  enum class Who : uint8_t { peer, ourselves } who = Who::peer;
  AuthOutcome outcome;
  bool operator==(Authenticated const&) const = default;
};
/// What callback shall this user have? To be answered by on_callback(). Asked wherever lcp.grant_callback
/// holds, also of a peer that wants none, so that a preset callback cannot be got round.
struct CallbackAsked {
  std::string user;                       // empty where nobody had to prove himself
  std::optional<uint8_t> operation = {};  // of LCP's option; nothing: the peer wants none
  std::string number = {};                // the peer's, where its operation names one
  bool operator==(CallbackAsked const&) const = default;
};
/// The call is given up so that one end can call the other. The link ends behind it, with error 0.
struct CallbackAgreed {
  bool by_us = false;  // this end calls, `delay` after the line has gone down
  std::string number;  // empty at the other end where it is preset
  std::chrono::seconds delay{0};
  bool operator==(CallbackAgreed const&) const = default;
};
/// IPv4.
struct NetworkUp {
  IpcpAgreed addresses;
  uint16_t mtu = default_mru;  // the longest packet that the peer takes
  bool operator==(NetworkUp const&) const = default;
};
struct NetworkDown {
  bool operator==(NetworkDown const&) const = default;
};
/// IPv6.
struct Network6Up {
  Ipv6cpAgreed identifiers;
  uint16_t mtu = default_mru;
  bool operator==(Network6Up const&) const = default;
};
struct Network6Down {
  bool operator==(Network6Down const&) const = default;
};
/// One network protocol will not come up, or is gone for good; the link goes on with the other.
struct NetworkFailed {
  uint16_t protocol = 0;  // ip or ipv6
  unsigned error = 0;     // RAS's number
  std::string text;
  bool operator==(NetworkFailed const&) const = default;
};
struct Entered {
  Phase phase = Phase::dead;
  bool operator==(Entered const&) const = default;
};
/// A frame as it passed, for capture.h: the protocol in two bytes, and the information. It tells passwords.
struct Passed {
  Direction direction = Direction::received;
  Buffer frame;
  bool operator==(Passed const&) const = default;
};
/// The last action of a link. `error` is RAS's number, 0 where close() was called.
struct Ended {
  unsigned error = 0;
  std::string text;
  bool operator==(Ended const&) const = default;
};
/// A Proof asks the driver for an Answer: check() it against the user's secret and call on_answer(). TryAgain
/// asks a peer for credentials: retry(), change_password() or give_up().
using LinkAction = std::variant<ToLine, FromPeer, Proof, Authenticated, TryAgain, CallbackAsked,
                                CallbackAgreed, NetworkUp, NetworkDown, Network6Up, Network6Down,
                                NetworkFailed, Entered, Identified, TimeRemaining, Passed, Ended>;

class Link {
 public:
  Link(LinkConfig config, Chance::Seed const& seed);

  /// The line carries data: LCP is opened.
  void on_line_up(Instant now);
  /// It no longer does.
  void on_line_down(Instant now);
  void on_line_bytes(Instant now, Bytes bytes);
  /// The verdict on the Proof of that serial number. One that was overtaken by a new start of LCP is ignored.
  void on_answer(Instant now, uint32_t serial, Answer const& answer);
  /// What TryAgain asked for; at any other time these do nothing.
  void retry(Instant now, Credentials const& credentials);
  void change_password(Instant now, std::string const& password);
  void give_up(Instant now);
  /// What was CallbackAsked; at any other time it does nothing.
  void on_callback(Instant now, CallbackGrant const& grant);
  /// Where the peer's addresses depend on who it is: to be called before on_answer() accepts.
  void set_ipcp(IpcpConfig const& config);
  /// A network packet for the peer: ip or ipv6. False where that network is not up, the packet is longer than
  /// the mtu, or it must be encrypted and cannot be.
  [[nodiscard]] bool send(uint16_t protocol, Bytes packet);
  /// Tells the peer's person; false before LCP is up.
  [[nodiscard]] bool say(Instant now, Identified const& note);
  [[nodiscard]] bool say(Instant now, TimeRemaining const& note);
  void close(Instant now, std::string_view reason = {});
  /// Whether frames are given out as Passed.
  void set_capture(bool on) { capturing_ = on; }

  /// Early or repeated calls are no-ops.
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  std::optional<LinkAction> poll_action() { return take_front(out_); }

  Phase phase() const { return phase_; }
  bool network_up() const { return network_.has_value(); }
  bool network6_up() const { return network6_.has_value(); }
  /// Whether what we send, and what we take, is encrypted.
  bool encrypted() const { return mppe_out_ && mppe_in_; }
  Lcp const& lcp() const { return lcp_; }
  Ipcp const& ipcp() const { return ipcp_; }
  std::optional<Ccp> const& ccp() const { return ccp_; }
  std::optional<VjCompressor> const& vj_out() const { return vj_out_; }
  std::optional<VjDecompressor> const& vj_in() const { return vj_in_; }
  FramingErrors const& errors() const { return decoder_.errors(); }
  LinkStatistics statistics() const;

  bool operator==(Link const&) const = default;

 private:
  enum class Timer : uint8_t { phase, count_ };
  using Verifier = std::variant<std::monostate, PapAuthenticator, ChapAuthenticator>;
  using Prover = std::variant<std::monostate, PapPeer, ChapPeer>;
  /// An end can have called and be called upon to call back; each is its own dialogue, told apart by codes.
  struct Callback {
    bool to_grant = false, to_get = false;  // what is not settled yet
    bool asked = false;                     // the driver has not said what it grants
    bool agreed = false;                    // the link is to end
    std::optional<CbcpAnswerer> answerer;
    std::optional<CbcpCaller> caller;
    bool operator==(Callback const&) const = default;
  };

  // link.cc: phases
  void enter(Instant now, Phase phase);
  void limit_phase(Instant now);
  void fail(Instant now, unsigned error, std::string_view text = {});
  void miss(Instant now);
  void finish(Instant now);
  Ended reason() const;
  unsigned blame_of_proof() const;
  std::string words_of(unsigned blame) const;
  void settle(Instant now);
  void look(Instant now);

  // link_protocols.cc: what each protocol has to say
  void on_frame(Instant now, Frame const& frame);
  void on_lcp(Instant now, Bytes packet);
  void on_auth(Instant now, uint16_t protocol, Bytes packet);
  bool drain_lcp(Instant now);
  bool drain_auth(Instant now);
  void on_lcp_layer(Instant now, Layer layer);
  void on_auth_action(Instant now, Authenticated::Who who, AuthAction action);
  void start_authentication(Instant now);
  void transmit(uint16_t protocol, Bytes packet);
  void count(Direction direction, uint16_t protocol, Bytes information);

  // link_networks.cc: the network phase
  enum class Net : uint8_t { ipv4, ipv6 };
  void start_network(Instant now);
  void open_networks(Instant now);
  template <class Ncp>
  void open_network(Instant now, Net net, Ncp& ncp);
  template <class Ncp>
  void hear_network(Instant now, Net net, Ncp& ncp, Bytes packet);
  bool on_network_frame(Instant now, uint16_t protocol, Bytes packet);
  bool on_data(uint16_t protocol, Bytes packet);
  void on_vj(uint16_t protocol, Bytes packet);
  void give(uint16_t protocol, Buffer packet);
  void on_protocol_rejected(Instant now, uint16_t protocol);
  bool drain_networks(Instant now);
  template <class Ncp>
  bool drain_network(Instant now, Net net, Ncp& ncp);
  void on_network_layer(Instant now, Net net, Layer layer);
  void announce(Instant now, Net net);
  void withdraw(Net net);
  void lose_network(Instant now, Net net, unsigned error);
  void look_at_networks(Instant now);
  void send_data(uint16_t protocol, Bytes packet);
  void forget_network();
  uint16_t mtu() const;

  // link_encryption.cc: CCP and MPPE
  void keep_keys(Authenticated::Who who, AuthOutcome& outcome);
  void start_encryption(Instant now);
  void on_ccp(Instant now, Bytes packet);
  bool on_mppe(Instant now, Bytes packet);
  bool drain_encryption(Instant now);
  void on_ccp_layer(Instant now, Layer layer);
  void lose_encryption(Instant now);
  void look_at_encryption(Instant now);
  unsigned blame_of_encryption() const;
  bool must_encrypt() const { return config_.encryption == Encryption::require; }

  // link_callback.cc
  void start_callback(Instant now);
  void on_cbcp(Instant now, Bytes packet);
  bool drain_callback(Instant now);
  void callback_chosen(Instant now, bool by_us, CallbackChoice const& choice);
  void callback_settled(Instant now, bool by_us);
  void forget_callback(Instant now);

  LinkConfig config_;
  Chance chance_;
  Decoder decoder_;
  Phase phase_ = Phase::dead;
  Timers<Timer> timers_;
  Lcp lcp_;
  Ipcp ipcp_;
  Ipv6cp ipv6cp_;
  std::optional<Ccp> ccp_;  // only where there are keys
  Verifier verifier_;
  Prover prover_;
  bool peer_pending_ = false, ourselves_pending_ = false;  // who has yet to be authenticated
  unsigned refused_ = 0;                                   // the peer's last try, while another is heard
  std::string peer_user_;                                  // who the peer has proven to be
  Callback callback_;
  uint32_t proofs_ = 0;                          // the serial number of the last Proof
  std::optional<NetworkUp> network_;             // what was announced, while it holds
  std::optional<Network6Up> network6_;           // the same
  std::array<std::optional<unsigned>, 2> lost_;  // by Net: why it is no more
  std::array<Buffer, 2> early_;                  // by Net: what the peer asked for before it was opened
  std::optional<VjCompressor> vj_out_;
  std::optional<VjDecompressor> vj_in_;
  std::array<std::optional<MppeKeys>, 2> keys_;  // by Authenticated::Who
  std::optional<MppeSender> mppe_out_;
  std::optional<MppeReceiver> mppe_in_;
  bool peer_asks_encryption_ = false;  // and it is off
  unsigned blame_ = 0;                 // what a peer means that ends the link now; 0: not known
  std::optional<Ended> why_;           // the first thing that went wrong
  LinkStatistics counts_;              // without the decoder's errors
  bool capturing_ = false;
  std::deque<LinkAction> out_;
};

}  // namespace offhook::ppp
