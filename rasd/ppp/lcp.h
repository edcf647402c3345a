// The Link Control Protocol (RFC 1661, RFC 1570): the automaton with LCP's options, and the codes that are
// LCP's alone: rejects of protocols, echo, identification.
//
// It does not know phases, nor who may use the link: link.h does.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "emulator/base/timers.h"
#include "rasd/ppp/lcp_options.h"

namespace offhook::ppp {

/// Whether a peer that says nothing is still there. RFC 1661 5.8 leaves both numbers open.
struct EchoConfig {
  Duration interval = 20s;  // nought: no echo
  unsigned failures = 4;    // unanswered in a row before the peer counts as gone
  bool operator==(EchoConfig const&) const = default;
};

/// The peer will not have this protocol.
struct ProtocolRejected {
  uint16_t protocol = 0;
  bool operator==(ProtocolRejected const&) const = default;
};
/// Nobody has answered so many Echo-Requests.
struct PeerSilent {
  bool operator==(PeerSilent const&) const = default;
};
/// What an end calls itself, or has to say to a person (RFC 1570 2.1). Bytes as they came: escape them.
struct Identified {
  std::string text;
  bool operator==(Identified const&) const = default;
};
/// How long the link has yet to live (RFC 1570 2.2).
struct TimeRemaining {
  static constexpr uint32_t forever = 0xffffffff;
  uint32_t seconds = forever;
  std::string text;
  bool operator==(TimeRemaining const&) const = default;
};
inline constexpr size_t note_limit = 255;  // ours: longer texts are cut, both ways
using LcpAction = std::variant<Buffer, Layer, ProtocolRejected, PeerSilent, Identified, TimeRemaining>;

class Lcp {
 public:
  Lcp(LcpConfig config, Chance chance, EchoConfig echo = {}, Limits limits = {})
      : control_(LcpOptions(std::move(config), chance), limits), echo_(echo) {}

  void up(Instant now);
  void down(Instant now);
  void open(Instant now);
  void close(Instant now, std::string_view reason = {});
  void on_packet(Instant now, Bytes bytes);
  /// Tells the peer that its packet was of a protocol that this end does not speak; only while Opened.
  void reject_protocol(uint16_t protocol, Bytes information);
  /// Tells the peer. False where LCP is not Opened: RFC 1570 has Time-Remaining then alone, and what goes out
  /// before is most often lost.
  [[nodiscard]] bool say(Identified const& note);
  [[nodiscard]] bool say(TimeRemaining const& note);

  /// Early or repeated calls are no-ops.
  void on_timeout(Instant now);
  std::optional<Instant> next_timeout() const;
  std::optional<LcpAction> poll_action();

  State state() const { return control_.state(); }
  LcpOptions const& options() const { return control_.policy; }
  LcpAgreed const& ours() const { return control_.policy.ours; }
  LcpAgreed const& peer() const { return control_.policy.peer; }
  /// Our own packets come back: the line is looped, or a modem echoes.
  bool looped() const { return control_.policy.looped(); }
  bool diverged() const { return control_.diverged(); }
  bool heard() const { return control_.heard(); }
  bool terminated_by_peer() const { return control_.terminated_by_peer(); }

  std::string const& peer_reason() const { return control_.peer_reason(); }

  bool operator==(Lcp const&) const = default;

 private:
  enum class Timer : uint8_t { echo, count_ };

  void on_rejected_protocol(Instant now, Packet const& packet);
  void on_echo(Instant now, Packet const& packet);
  void on_note(Packet const& packet);
  void send_echo(Instant now);
  void drain(Instant now);

  Control<LcpOptions> control_;
  EchoConfig echo_;
  Timers<Timer> timers_;
  unsigned unanswered_ = 0;
  std::deque<LcpAction> out_;
};

}  // namespace offhook::ppp
