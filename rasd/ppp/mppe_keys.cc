#include "rasd/ppp/mppe_keys.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "rasd/ppp/auth.h"
#include "rasd/ppp/ms_chap.h"

namespace offhook::ppp {
namespace {

template <size_t n, size_t m>
Block<n> front(Block<m> const& block) {
  static_assert(n <= m);
  Block<n> out;
  std::copy_n(block.begin(), n, out.begin());
  return out;
}

template <size_t n>
Block<n> filled(unsigned value) {
  Block<n> out;
  out.fill(static_cast<std::byte>(value));
  return out;
}

/// RFC 3079 2: both directions have the same keys.
MppeKeys keys_of_version_1(Proof const& proof, std::string_view password) {
  auto const hash_of_hash = md4({nt_password_hash(password)});
  StartKeys const keys{front<8>(lm_password_hash(password)),
                       front<16>(sha1({hash_of_hash, hash_of_hash, proof.challenge}))};
  return {keys, keys};
}

/// RFC 3079 3.4: GetMasterKey and GetAsymmetricStartKey, whose constants the RFC calls Magic1 to Magic3. The
/// last two say what the key is to one end: what the client sends with, the server receives with.
MppeKeys keys_of_version_2(Proof const& proof, std::string_view password, MppeRole role) {
  constexpr std::string_view master_text = "This is the MPPE Master Key",
                             client_sends =
                                 "On the client side, this is the send key; "
                                 "on the server side, it is the receive key.",
                             client_receives =
                                 "On the client side, this is the receive key; "
                                 "on the server side, it is the send key.";
  auto const hash_of_hash = md4({nt_password_hash(password)});
  auto const master = front<16>(sha1({hash_of_hash, nt_part(proof), as_bytes(master_text)}));
  auto const pad1 = filled<40>(0), pad2 = filled<40>(0xf2);
  auto const start = [&](std::string_view text) {
    auto const digest = sha1({master, pad1, as_bytes(text), pad2});
    return StartKeys{front<8>(digest), front<16>(digest)};
  };
  auto const up = start(client_sends), down = start(client_receives);
  return role == MppeRole::peer ? MppeKeys{up, down} : MppeKeys{down, up};
}

}  // namespace

Block<16> lm_password_hash(std::string_view password) {
  constexpr std::string_view clear = "KGS!@#$%";  // RFC 2433 A.2
  Block<14> capitals{};
  for (size_t i = 0; i < std::min(password.size(), capitals.size()); ++i) {
    char const c = password[i];
    capitals[i] = static_cast<std::byte>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  Block<16> out;
  for (size_t half = 0; half < 2; ++half)
    std::ranges::copy(des(Bytes(capitals).subspan(7 * half, 7), as_bytes(clear)),
                      out.begin() + static_cast<std::ptrdiff_t>(8 * half));
  return out;
}

Block<16> new_key_from_sha(Bytes start, Bytes current) {
  return front<16>(sha1({start, filled<40>(0), current, filled<40>(0xf2)}));
}

MppeKeys mppe_keys(Proof const& proof, std::string_view password, MppeRole role) {
  return proof.method == AuthMethod::ms_chap_v1 ? keys_of_version_1(proof, password)
                                                : keys_of_version_2(proof, password, role);
}

}  // namespace offhook::ppp
