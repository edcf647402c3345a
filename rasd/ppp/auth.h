// What PAP and CHAP have in common: credentials, what there is to check, and how it ended. Two roles: the
// authenticator asks, its peer proves itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/base/time.h"
#include "rasd/ppp/auth_method.h"
#include "rasd/ppp/errors.h"
#include "rasd/ppp/mppe_keys.h"
#include "rasd/ppp/packet.h"

namespace offhook::ppp {

struct Credentials {
  std::string user, password;
  bool operator==(Credentials const&) const = default;
};

/// Retransmission: RFC 1334 2.1 and RFC 1994 4.1 ask for it and leave the numbers open. The others are
/// CHAP's.
struct AuthLimits {
  Duration restart = 3s;
  unsigned attempts = 10;
  unsigned retries = 0;       // MS-CHAP: further tries that a wrong password may have
  Duration patience = 120s;   // for whom a further try, or a new password, is asked
  Duration rechallenge = 0s;  // in mid-call (RFC 1994 4.1); nought: never
  bool operator==(AuthLimits const&) const = default;
};

/// What a peer offers to prove that it is `user`: to be checked by whoever knows the secrets. `password` is
/// of PAP alone, the others of CHAP.
struct Proof {
  AuthMethod method = AuthMethod::pap;
  std::string user;
  std::string password;
  uint8_t id = 0;
  Buffer challenge, response;
  Buffer change = {};   // MS-CHAP: a new password comes with it, under the old one (ms_chap_change.h)
  uint32_t serial = 0;  // of a link: goes back with the answer, so that none is taken for another
  bool operator==(Proof const&) const = default;
};

/// What came of checking a proof.
struct Answer {
  bool accepted = false;
  unsigned error = 691;        // RAS's number where it is not accepted; MS-CHAP carries it to the peer
  std::string message = {};    // for the person at the other end
  std::string signature = {};  // MS-CHAP-V2, accepted: "S=..." by which we prove that we know the secret too
  std::optional<MppeKeys> keys = {};             // MS-CHAP, accepted: for encryption
  bool may_change = false;                       // 648, not accepted: a new password would be taken
  std::optional<std::string> new_password = {};  // accepted: to be stored before the answer is given
  bool operator==(Answer const&) const = default;
};
/// Checks a proof against the secret of its user; none: there is no such user. Whether that user may come in
/// at all (646 to 649) is for the caller to say.
Answer check(Proof const& proof, std::optional<std::string_view> secret);

/// Who was authenticated, and how it ended.
struct AuthOutcome {
  bool accepted = false;
  unsigned error = 0;  // RAS's number where it is not: 691, 718, or what MS-CHAP's E= said
  std::string user;
  std::string message;                // the authenticator's
  std::optional<MppeKeys> keys = {};  // of MS-CHAP; a link keeps them to itself
  bool operator==(AuthOutcome const&) const = default;
};
/// MS-CHAP: it was refused, but another try is heard. To the peer: somebody is to give other credentials, or,
/// where the old password has expired, a new one.
struct TryAgain {
  unsigned error = 691;
  std::string message;
  bool new_password = false;
  bool operator==(TryAgain const&) const = default;
};
using AuthAction = std::variant<Buffer, Proof, AuthOutcome, TryAgain>;

inline constexpr size_t name_limit = 255;

}  // namespace offhook::ppp
