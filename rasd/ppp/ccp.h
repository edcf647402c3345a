// The Compression Control Protocol (RFC 1962): the automaton with one option, MPPE (RFC 3078 2), and the two
// codes that are CCP's alone. Everything that compresses has no row and is rejected.
//
// It agrees on modes; mppe.h encrypts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "rasd/ppp/control.h"
#include "rasd/ppp/mppe.h"

namespace offhook::ppp {

struct CcpConfig {
  bool bits40 = true, bits56 = true, bits128 = true;  // what may be agreed on
  // Keys that change every 256 packets are asked for, and a peer that would have it otherwise is let. Linux
  // changes its key also at a reset, where RFC 3078 8.2 keeps it: with it, state means loss.
  bool stateful = false;
  bool insist = false;  // a peer that asks for no encryption is told to
  bool operator==(CcpConfig const&) const = default;
};

/// What the peer may encrypt with towards us, and we towards it; nothing: it goes in the clear.
struct CcpAgreed {
  std::optional<MppeMode> receive, send;
  bool operator==(CcpAgreed const&) const = default;
};

struct CcpOptions {
  explicit CcpOptions(CcpConfig with) : config(with) { restart(); }

  static std::span<OptionRow<CcpOptions> const> rows();
  void restart();
  void clear_ours() { agreed.receive.reset(); }
  void clear_peer() { agreed.send.reset(); }

  CcpConfig config;
  uint32_t wanted = 0;   // the bits that are asked for at present
  bool refused = false;  // the peer encrypts with nothing that we have
  CcpAgreed agreed;

  bool operator==(CcpOptions const&) const = default;
};

/// Whether a Configure-Request of CCP asks for encryption.
bool asks_for_mppe(Bytes packet);

/// The peer starts its tables anew with its next packet.
struct ResetAsked {
  bool operator==(ResetAsked const&) const = default;
};
using CcpAction = std::variant<Buffer, Layer, ResetAsked>;

class Ccp {
 public:
  explicit Ccp(CcpConfig config, Limits limits = {}) : control_(CcpOptions(config), limits) {}

  void start(Instant now) {
    control_.open(now);
    control_.up(now);
  }
  void on_packet(Instant now, Bytes bytes);
  /// Packets were lost. Once a second at most, however many: the peer needs a moment to answer.
  void ask_for_reset(Instant now);
  void on_timeout(Instant now) { control_.on_timeout(now); }
  std::optional<Instant> next_timeout() const { return control_.next_timeout(); }
  std::optional<CcpAction> poll_action();

  State state() const { return control_.state(); }
  CcpOptions const& options() const { return control_.policy; }
  CcpAgreed const& agreed() const { return control_.policy.agreed; }
  bool diverged() const { return control_.diverged(); }
  void close(Instant now) { control_.close(now); }

  bool operator==(Ccp const&) const = default;

 private:
  Control<CcpOptions> control_;
  std::optional<Instant> asked_;  // when a reset was last asked for
  std::deque<CcpAction> out_;
};

}  // namespace offhook::ppp
