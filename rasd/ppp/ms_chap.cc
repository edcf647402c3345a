#include "rasd/ppp/ms_chap.h"

#include <algorithm>
#include <charconv>

#include "emulator/base/text.h"
#include "rasd/ppp/hex.h"
#include "rasd/ppp/utf16.h"

namespace offhook::ppp {
namespace {

constexpr size_t response_size = 49, nt_at = 24, nt_size = 24, flag_at = 48;
constexpr size_t peer_challenge_size = 16;
constexpr std::string_view message_field = " M=";

std::string_view without_domain(std::string_view user) {
  auto const at = user.rfind('\\');
  return at == std::string_view::npos ? user : user.substr(at + 1);
}

/// A field such as "E=691" of a Failure's message. "M=" comes last, and may have anything in it.
std::optional<std::string_view> field(std::string_view text, std::string_view name) {
  if (name != message_field) text = text.substr(0, text.find(message_field));
  auto const at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  return text.substr(at + name.size());
}
unsigned number(std::optional<std::string_view> digits) {
  unsigned value = 0;
  if (digits) std::from_chars(digits->data(), digits->data() + digits->size(), value);
  return value;
}

constexpr unsigned change_version(AuthMethod method) { return method == AuthMethod::ms_chap_v1 ? 2 : 3; }

}  // namespace

Block<16> nt_password_hash(std::string_view password) { return md4({utf16(password)}); }

Block<24> challenge_response(Bytes challenge8, Bytes hash16) {
  Block<21> keys{};
  std::ranges::copy(hash16, keys.begin());
  Block<24> out;
  for (size_t i = 0; i < 3; ++i)
    std::ranges::copy(des(Bytes(keys).subspan(7 * i, 7), challenge8),
                      out.begin() + static_cast<std::ptrdiff_t>(8 * i));
  return out;
}

Block<8> challenge_hash(Bytes peer_challenge, Bytes challenge, std::string_view user) {
  auto const digest = sha1({peer_challenge, challenge, as_bytes(without_domain(user))});
  Block<8> out;
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

Buffer ms_chap_response(Proof const& proof, std::string_view password, Bytes fresh) {
  Buffer out(response_size);
  auto const hash = nt_password_hash(password);
  Block<24> nt;
  if (proof.method == AuthMethod::ms_chap_v1) {
    nt = challenge_response(proof.challenge, hash);
    out[flag_at] = std::byte{1};  // RFC 2433 6: the NT response is the one to look at
  } else {
    auto const peer_challenge = fresh.first(peer_challenge_size);
    std::ranges::copy(peer_challenge, out.begin());
    nt = challenge_response(challenge_hash(peer_challenge, proof.challenge, proof.user), hash);
  }
  std::ranges::copy(nt, out.begin() + nt_at);
  return out;
}

Bytes nt_part(Proof const& proof) { return Bytes(proof.response).subspan(nt_at, nt_size); }

bool ms_chap_v1_proves(Proof const& proof, std::string_view secret) {
  if (proof.response.size() != response_size || proof.challenge.size() != 8) return false;
  if (proof.response[flag_at] != std::byte{1}) return false;
  return equal_in_constant_time(nt_part(proof),
                                challenge_response(proof.challenge, nt_password_hash(secret)));
}

bool ms_chap_v2_proves(Proof const& proof, std::string_view secret) {
  if (proof.response.size() != response_size) return false;
  auto const peer_challenge = Bytes(proof.response).first(peer_challenge_size);
  auto const challenge = challenge_hash(peer_challenge, proof.challenge, proof.user);
  return equal_in_constant_time(nt_part(proof), challenge_response(challenge, nt_password_hash(secret)));
}

std::string ms_chap_v2_signature(Proof const& proof, std::string_view secret) {
  // RFC 2759 8.7's two constants
  constexpr std::string_view first = "Magic server to client signing constant",
                             second = "Pad to make it do more than one iteration";
  auto const hash_of_hash = md4({nt_password_hash(secret)});
  auto const digest = sha1({hash_of_hash, nt_part(proof), as_bytes(first)});
  auto const peer_challenge = Bytes(proof.response).first(peer_challenge_size);
  auto const challenge = challenge_hash(peer_challenge, proof.challenge, proof.user);
  return "S=" + hex(sha1({digest, challenge, as_bytes(second)}));
}

std::string answer_text(AuthMethod method, Answer const& answer, Bytes challenge, bool may_retry) {
  bool const microsoft = method == AuthMethod::ms_chap_v1 || method == AuthMethod::ms_chap_v2;
  if (!microsoft) return answer.message;
  bool const second = method == AuthMethod::ms_chap_v2;
  auto const message = std::string(message_field) + answer.message;
  if (answer.accepted) return second ? answer.signature + message : answer.message;
  auto text = "E=" + std::to_string(answer.error) + (may_retry ? " R=1 C=" : " R=0 C=") + hex(challenge) +
              " V=" + std::to_string(change_version(method));
  return second ? text + message : text;
}

Answer read_answer(AuthMethod method, bool accepted, std::string_view text, Proof const& proof,
                   std::string_view password) {
  bool const microsoft = method == AuthMethod::ms_chap_v1 || method == AuthMethod::ms_chap_v2;
  Answer answer{.accepted = accepted, .error = accepted ? 0 : ras::access_denied};
  answer.message = microsoft ? std::string(field(text, message_field).value_or("")) : std::string(text);
  if (!accepted && microsoft) {
    auto const error = number(field(text, "E="));
    if (error >= 600 && error < 1000) answer.error = error;
  }
  if (accepted && method == AuthMethod::ms_chap_v2) {
    auto const wanted = ms_chap_v2_signature(proof, password);
    auto const told = text.substr(0, wanted.size());
    if (equal_in_constant_time(as_bytes(told), as_bytes(wanted))) return answer;
    return {.message = "The server did not prove that it knows the password"};
  }
  return answer;
}

Reprieve read_reprieve(AuthMethod method, std::string_view text, Bytes challenge) {
  if (method != AuthMethod::ms_chap_v1 && method != AuthMethod::ms_chap_v2) return {};
  Reprieve reprieve{.retry = number(field(text, "R=")) == 1, .challenge = {}};
  auto const told = unhex(field(text, "C=").value_or(""), challenge.size());
  if (told) {
    reprieve.challenge = *told;
  } else if (method == AuthMethod::ms_chap_v1 && !challenge.empty()) {
    // RFC 2433 8: the challenge before, with 23 added to its first byte
    reprieve.challenge.assign(challenge.begin(), challenge.end());
    reprieve.challenge[0] = static_cast<std::byte>((static_cast<unsigned>(challenge[0]) + 23) & 0xff);
  } else {
    return {};  // RFC 2759 6: version 2's must be there
  }
  bool const expired = number(field(text, "E=")) == ras::password_expired;
  reprieve.new_password = reprieve.retry && expired && number(field(text, "V=")) >= change_version(method);
  return reprieve;
}

}  // namespace offhook::ppp
