// OpenSSL's low-level functions, not EVP: EVP reads openssl.cnf and loads providers on first use, which a
// pure room must not, and a system whose legacy provider is off would have no MD4 and no DES. They are
// deprecated since 3.0, and in every libcrypto of Debian 12.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "rasd/ppp/digest.h"

#include <openssl/des.h>
#include <openssl/md4.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include "emulator/base/check.h"

namespace offhook::ppp {
namespace {

template <size_t n, class Context>
Block<n> digest(std::initializer_list<Bytes> parts, int (*init)(Context*),
                int (*update)(Context*, void const*, size_t), int (*final)(unsigned char*, Context*)) {
  Context context;
  Block<n> out;
  init(&context);
  for (auto const& part : parts) update(&context, part.data(), part.size());
  final(reinterpret_cast<unsigned char*>(out.data()), &context);
  return out;
}

}  // namespace

Block<16> md4(std::initializer_list<Bytes> parts) {
  return digest<16>(parts, MD4_Init, MD4_Update, MD4_Final);
}
Block<16> md5(std::initializer_list<Bytes> parts) {
  return digest<16>(parts, MD5_Init, MD5_Update, MD5_Final);
}
Block<20> sha1(std::initializer_list<Bytes> parts) {
  return digest<20>(parts, SHA1_Init, SHA1_Update, SHA1_Final);
}

Block<8> des(Bytes key7, Bytes clear8) {
  OFFHOOK_CHECK(key7.size() == 7 && clear8.size() == 8);
  DES_cblock key, in, out;
  uint64_t bits = 0;
  for (auto byte : key7) bits = bits << 8 | static_cast<uint64_t>(byte);
  // Seven bits a byte from the top; the lowest is parity, which DES_set_key_unchecked ignores.
  for (size_t i = 0; i < 8; ++i) key[i] = static_cast<unsigned char>((bits >> (49 - 7 * i) & 0x7f) << 1);
  for (size_t i = 0; i < 8; ++i) in[i] = static_cast<unsigned char>(clear8[i]);
  DES_key_schedule schedule;
  DES_set_key_unchecked(&key, &schedule);
  DES_ecb_encrypt(&in, &out, &schedule, DES_ENCRYPT);
  Block<8> result;
  for (size_t i = 0; i < 8; ++i) result[i] = static_cast<std::byte>(out[i]);
  return result;
}

bool equal_in_constant_time(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  std::byte different{};
  for (size_t i = 0; i < a.size(); ++i) different |= a[i] ^ b[i];
  return different == std::byte{};
}

}  // namespace offhook::ppp
