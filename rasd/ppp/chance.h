// Chance that a peer must not foresee: challenges and magic numbers, from a secret that the driver draws once
// a link. base/random.h would not do: its next number follows from the last.
#pragma once

#include <cstdint>

#include "rasd/ppp/digest.h"
#include "rasd/ppp/packet.h"

namespace offhook::ppp {

class Chance {
 public:
  using Seed = Block<32>;
  explicit Chance(Seed const& seed) : seed_(seed) {}

  /// 20 fresh bytes: SHA-1 over the secret and a count.
  Block<20> next() {
    Buffer count;
    put32(count, ++count_);
    return sha1({seed_, count});
  }
  /// The secret of another sequence, which tells nothing of this one.
  Seed fork() {
    auto const a = next(), b = next();
    Seed seed;
    for (size_t i = 0; i < seed.size() / 2; ++i) {
      seed[i] = a[i];
      seed[seed.size() / 2 + i] = b[i];
    }
    return seed;
  }
  /// Never nought.
  uint32_t next_number() {
    for (;;)
      if (auto const number = get32(next())) return number;
  }
  bool operator==(Chance const&) const = default;

 private:
  Seed seed_;
  uint32_t count_ = 0;
};

}  // namespace offhook::ppp
