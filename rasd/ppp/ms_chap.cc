#include "rasd/ppp/ms_chap.h"

#include <algorithm>
#include <charconv>

#include "emulator/base/text.h"

namespace offhook::ppp {
namespace {

constexpr size_t response_size = 49, nt_at = 24, nt_size = 24, flag_at = 48;
constexpr size_t peer_challenge_size = 16;

void put16_low_first(Buffer& out, uint32_t value) {
  put8(out, value & 0xff);
  put8(out, value >> 8 & 0xff);
}

struct Character {
  uint32_t value;
  size_t length;
};
Character next_character(std::string_view text) {
  auto const byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned const first = byte(0);
  size_t const more = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
  if (first < 0xc2 || first >= 0xf5 || text.size() <= more) return {first, 1};
  uint32_t value = first & (0x3fu >> more);
  for (size_t i = 1; i <= more; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {first, 1};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  return {value, 1 + more};
}

Buffer utf16(std::string_view text) {
  Buffer out;
  while (!text.empty()) {
    auto const [value, length] = next_character(text);
    text.remove_prefix(length);
    if (value < 0x10000) {
      put16_low_first(out, value);
    } else {
      put16_low_first(out, 0xd800 + ((value - 0x10000) >> 10));
      put16_low_first(out, 0xdc00 + ((value - 0x10000) & 0x3ff));
    }
  }
  return out;
}

std::string hex(Bytes bytes) {
  std::string out;
  for (auto byte : bytes)
    for (int shift : {4, 0}) out += "0123456789ABCDEF"[static_cast<unsigned>(byte) >> shift & 15];
  return out;
}

std::string_view without_domain(std::string_view user) {
  auto const at = user.rfind('\\');
  return at == std::string_view::npos ? user : user.substr(at + 1);
}

/// A field such as "E=691" of a Failure's message.
std::optional<std::string_view> field(std::string_view text, std::string_view name) {
  auto const at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  return text.substr(at + name.size());
}

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

std::string answer_text(AuthMethod method, Answer const& answer, Bytes challenge) {
  bool const microsoft = method == AuthMethod::ms_chap_v1 || method == AuthMethod::ms_chap_v2;
  if (!microsoft) return answer.message;
  bool const second = method == AuthMethod::ms_chap_v2;
  if (answer.accepted) return second ? answer.signature + " M=" + answer.message : answer.message;
  auto text = "E=" + std::to_string(answer.error) + " R=0 C=" + hex(challenge) + (second ? " V=3" : " V=2");
  return second ? text + " M=" + answer.message : text;
}

Answer read_answer(AuthMethod method, bool accepted, std::string_view text, Proof const& proof,
                   std::string_view password) {
  bool const microsoft = method == AuthMethod::ms_chap_v1 || method == AuthMethod::ms_chap_v2;
  Answer answer{.accepted = accepted, .error = accepted ? 0 : ras::access_denied};
  answer.message = microsoft ? std::string(field(text, " M=").value_or("")) : std::string(text);
  if (!accepted && microsoft) {
    auto const number = field(text, "E=").value_or("");
    unsigned error = 0;
    std::from_chars(number.data(), number.data() + number.size(), error);
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

}  // namespace offhook::ppp
