// The arithmetic of Microsoft's CHAP, versions 1 and 2 (RFC 2433, RFC 2759), and the texts of its answers.
// Pure functions; chap.h has the dialogue.
//
// The change of password is in ms_chap_change.h; the keys of MPPE are in mppe_keys.h.
#pragma once

#include <string>
#include <string_view>

#include "rasd/ppp/auth.h"
#include "rasd/ppp/digest.h"

namespace offhook::ppp {

/// MD4 over the password in UTF-16, low byte first (RFC 2433 A.3, RFC 2759 8.3). `password` is UTF-8; a byte
/// that is not stands for itself.
Block<16> nt_password_hash(std::string_view password);
/// DES three times over the challenge with the hash as keys (RFC 2433 A.5, RFC 2759 8.5).
Block<24> challenge_response(Bytes challenge8, Bytes hash16);
/// The eight bytes that version 2 makes of both challenges and the user's name without its domain (RFC 2759
/// 8.2).
Block<8> challenge_hash(Bytes peer_challenge, Bytes challenge, std::string_view user);

/// The 49 bytes of a Response to `proof.challenge` by `proof.user` (RFC 2433 6, RFC 2759 4). `fresh` is
/// chance, at least 16 bytes. No LAN Manager response is made: it gives the password away.
Buffer ms_chap_response(Proof const& proof, std::string_view password, Bytes fresh);
/// The 24 bytes of it that answer the challenge; `proof.response` has all 49.
Bytes nt_part(Proof const& proof);
bool ms_chap_v1_proves(Proof const& proof, std::string_view secret);
bool ms_chap_v2_proves(Proof const& proof, std::string_view secret);
/// "S=" and 40 hexadecimal digits (RFC 2759 8.7).
std::string ms_chap_v2_signature(Proof const& proof, std::string_view secret);

/// The message of a Success or a Failure (RFC 2433 7, 8; RFC 2759 5, 6). `challenge` is for the next try,
/// where there may be one.
std::string answer_text(AuthMethod method, Answer const& answer, Bytes challenge, bool may_retry);
/// What such a message means. A Success of version 2 without the right signature is none.
Answer read_answer(AuthMethod method, bool accepted, std::string_view text, Proof const& proof,
                   std::string_view password);

/// What a Failure leaves open.
struct Reprieve {
  bool retry = false;         // R=1
  bool new_password = false;  // 648 as well, by a version of the change that we know
  Buffer challenge;           // for the next response
  bool operator==(Reprieve const&) const = default;
};
/// `challenge` is the one before: the next is made of it where version 1's text has none (RFC 2433 8).
Reprieve read_reprieve(AuthMethod method, std::string_view text, Bytes challenge);

}  // namespace offhook::ppp
