#include "rasd/ppp/ms_chap_change.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "rasd/ppp/digest.h"
#include "rasd/ppp/ms_chap.h"
#include "rasd/ppp/rc4.h"
#include "rasd/ppp/utf16.h"

namespace offhook::ppp {
namespace {

constexpr size_t room = 2 * longest_password, block_size = room + 4, hash_size = 16;
constexpr size_t change_size = block_size + hash_size;
constexpr size_t lm_size = 24, nt_size = 24, response_size = lm_size + nt_size + 1;

/// What differs between the versions: RFC 2433 9.2 has a block and a hash under the LAN Manager hash, which
/// are never set here, RFC 2759 7 has none. Both end with the 48 bytes of a Response, and flags.
struct Form {
  AuthMethod method;
  uint8_t code;
  size_t unused;
  uint16_t flags;
};
constexpr Form forms[] = {
    {AuthMethod::ms_chap_v1, 6, change_size, 1},  // flag: the NT response is the one to look at
    {AuthMethod::ms_chap_v2, 7, 0, 0},
};
Form const* form_of(AuthMethod method) {
  auto const at = std::ranges::find(forms, method, &Form::method);
  return at == std::end(forms) ? nullptr : &*at;
}

/// RFC 2759 8.9, 8.10: the password at the end of a block that is otherwise chance, then its length.
Buffer password_block(std::string_view password, Bytes old_hash, Chance& chance) {
  Buffer block;
  while (block.size() < block_size) put(block, chance.next());
  block.resize(block_size);
  auto const text = utf16(password);
  auto const length = std::min(text.size(), room);
  std::copy_n(text.begin(), length, block.begin() + static_cast<std::ptrdiff_t>(room - length));
  for (size_t i = 0; i < 4; ++i) block[room + i] = static_cast<std::byte>(length >> 8 * i & 0xff);
  Rc4(old_hash).apply(block);
  return block;
}

/// Its inverse; nothing where the length cannot be: it was not `old_hash` that it was made with.
std::optional<std::string> open_block(Bytes sealed, Bytes old_hash) {
  Buffer block(sealed.begin(), sealed.end());
  Rc4(old_hash).apply(block);
  size_t length = 0;
  for (size_t i = 0; i < 4; ++i) length |= static_cast<size_t>(block[room + i]) << 8 * i;
  if (length > room || length % 2 != 0) return std::nullopt;
  return utf8(Bytes(block).subspan(room - length, length));
}

/// RFC 2759 8.13: the halves of a hash under DES, with the first and the next seven bytes of the other as
/// keys.
Buffer hash_under_hash(Bytes hash, Bytes key) {
  Buffer out;
  put(out, des(key.first(7), hash.first(8)));
  put(out, des(key.subspan(7, 7), hash.subspan(8, 8)));
  return out;
}

}  // namespace

ChangePacket make_change(Proof const& proof, std::string_view old_password, std::string_view new_password,
                         Chance& chance) {
  auto const& form = *form_of(proof.method);
  auto const old_hash = nt_password_hash(old_password);
  ChangePacket packet{
      .code = form.code, .data = password_block(new_password, old_hash, chance), .response = {}};
  put(packet.data, hash_under_hash(old_hash, nt_password_hash(new_password)));
  packet.data.resize(packet.data.size() + form.unused);
  packet.response = ms_chap_response(proof, new_password, chance.next());
  put(packet.data, Bytes(packet.response).first(lm_size + nt_size));
  put16(packet.data, form.flags);
  return packet;
}

bool read_change(Proof& proof, uint8_t code, Bytes data) {
  auto const* form = form_of(proof.method);
  if (!form || code != form->code) return false;
  if (data.size() != change_size + form->unused + lm_size + nt_size + 2) return false;
  auto const response = data.subspan(change_size + form->unused, lm_size + nt_size);
  proof.change.assign(data.begin(), data.begin() + change_size);
  proof.response.assign(response.begin(), response.end());
  proof.response.resize(response_size);
  proof.response.back() = data.back() & std::byte{1};
  return true;
}

std::optional<std::string> changed_password(Proof const& proof, std::string_view old_password) {
  if (proof.change.size() != change_size) return std::nullopt;
  auto const old_hash = nt_password_hash(old_password);
  auto password = open_block(Bytes(proof.change).first(block_size), old_hash);
  if (!password || password->empty()) return std::nullopt;
  auto const wanted = hash_under_hash(old_hash, nt_password_hash(*password));
  if (!equal_in_constant_time(Bytes(proof.change).subspan(block_size), wanted)) return std::nullopt;
  bool const proven = proof.method == AuthMethod::ms_chap_v1 ? ms_chap_v1_proves(proof, *password)
                                                             : ms_chap_v2_proves(proof, *password);
  if (!proven) return std::nullopt;
  return password;
}

}  // namespace offhook::ppp
