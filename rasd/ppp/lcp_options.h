// LCP's options (RFC 1661 6, RFC 1662 7.1, RFC 1570 2.3): what one end asks for, agrees to and has agreed on.
// One row an option stands in lcp_options.cc; what has no row is rejected.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rasd/ppp/auth_method.h"
#include "rasd/ppp/chance.h"
#include "rasd/ppp/control.h"
#include "rasd/ppp/hdlc.h"

namespace offhook::ppp {

inline constexpr uint16_t default_mru = 1500;  // RFC 1661 6.1: always to be taken
inline constexpr uint16_t smallest_mru = 128;  // ours: a smaller one is not agreed to
// Operations of the Callback option: RFC 1570 2.3, and CBCP's ([MS-CBCP] 2.2.1).
inline constexpr uint8_t callback_by_user = 0, callback_dialled = 1, callback_e164 = 3, callback_cbcp = 6;

struct LcpConfig {
  uint16_t mru = default_mru;  // what the peer may send us; asked for where it is not the default
  Accm accm = 0;               // what the peer must escape towards us
  std::vector<AuthMethod> demand =
      {};  // the peer must prove itself by one of these, best first; empty: by none
  std::vector<AuthMethod> prove = {};  // how this end can prove itself, best first; empty: it cannot
  bool magic = true;
  bool compression = true;                         // PFC and ACFC, both ways
  std::optional<uint8_t> callback = std::nullopt;  // asked for with this operation (RFC 1570 2.3)
  std::string callback_number = {};                // for the operations that name one: 1 and 3
  bool grant_callback = false;                     // agreed to when the peer asks: operations 0, 1, 3 and 6
  bool operator==(LcpConfig const&) const = default;
};

/// What one direction has agreed on.
struct LcpAgreed {
  uint16_t mru = default_mru;
  Accm accm = accm_all;
  std::optional<AuthMethod> auth = std::nullopt;
  uint32_t magic = 0;  // 0: none
  bool pfc = false, acfc = false;
  std::optional<uint8_t> callback = std::nullopt;
  std::string callback_number = {};
  bool operator==(LcpAgreed const&) const = default;
};

/// The policy of LCP, as control.h wants it.
struct LcpOptions {
  /// So many requests in a row with our own magic number are a loop (RFC 1661 6.4).
  static constexpr unsigned loop_limit = 4;

  LcpOptions(LcpConfig with, Chance random) : config(std::move(with)), chance(random) { restart(); }

  static std::span<OptionRow<LcpOptions> const> rows();
  void restart();
  void clear_ours() { ours = {}; }
  void clear_peer() { peer = {}; }
  bool looped() const { return own_magic_seen >= loop_limit; }
  bool asks(uint8_t type) const { return !(dropped >> type & 1); }
  void drop(uint8_t type) { dropped |= uint32_t{1} << type; }

  LcpConfig config;
  Chance chance;
  // What is asked for at present.
  uint32_t dropped = 0;  // bit n: option n is asked for no more
  uint16_t mru = default_mru;
  Accm accm = 0;
  std::vector<AuthMethod> left;  // demands the peer has not refused yet; the first is asked for
  uint32_t magic = 0;
  std::optional<uint8_t> callback;  // an operation
  unsigned own_magic_seen = 0;
  bool auth_refused = false;  // the peer proves itself by nothing that we demand
  std::string unmet = {};     // by what the peer would have us prove ourselves, and we do not; empty: nothing
  // What was agreed on. ours: what the peer sends must be like; peer: what we send.
  LcpAgreed ours, peer;

  bool operator==(LcpOptions const&) const = default;
};

}  // namespace offhook::ppp
