// The stream cipher RC4, which MPPE is made of (RFC 3078 1). A value: its state is what both ends must keep
// alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "emulator/base/byte_queue.h"

namespace offhook::ppp {

class Rc4 {
 public:
  /// `key` is not empty.
  explicit Rc4(Bytes key) {
    for (size_t i = 0; i < box_.size(); ++i) box_[i] = static_cast<uint8_t>(i);
    for (size_t i = 0, j = 0; i < box_.size(); ++i) {
      j = (j + box_[i] + static_cast<uint8_t>(key[i % key.size()])) & 0xff;
      std::swap(box_[i], box_[j]);
    }
  }
  /// Encrypts or decrypts in place.
  void apply(std::span<std::byte> bytes) {
    for (auto& byte : bytes) {
      auto const a = box_[++i_];
      j_ = static_cast<uint8_t>(j_ + a);
      auto const b = box_[j_];
      box_[i_] = b;
      box_[j_] = a;
      byte ^= static_cast<std::byte>(box_[static_cast<uint8_t>(a + b)]);
    }
  }
  bool operator==(Rc4 const&) const = default;

 private:
  std::array<uint8_t, 256> box_;
  uint8_t i_ = 0, j_ = 0;
};

}  // namespace offhook::ppp
