// The digests and the cipher that PPP's authentication is made of. Small pure functions: nothing here opens,
// reads or looks anything up.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>

#include "emulator/base/byte_queue.h"

namespace offhook::ppp {

template <size_t n>
using Block = std::array<std::byte, n>;

/// Each over its parts, one behind the other.
Block<16> md4(std::initializer_list<Bytes> parts);
Block<16> md5(std::initializer_list<Bytes> parts);
Block<20> sha1(std::initializer_list<Bytes> parts);

/// DES in ECB mode with a key of 56 bits, packed as RFC 2433 A.4 has it.
Block<8> des(Bytes key7, Bytes clear8);

/// Whether both are equal, in a time that does not depend on where they differ.
bool equal_in_constant_time(Bytes a, Bytes b);

}  // namespace offhook::ppp
